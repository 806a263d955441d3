// Somebody removes the snapshot that a base is pinned to, or puts another of its name into its place.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { vm } from '../../support/second-client.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';
import { insist } from './insist.ts';

/** The base whose snapshot it is, by its parent: that of the story is made by the operator. */
const BASES: Readonly<Record<string, string>> = { Tmpl: 'gold', 'Tmpl-2': 'own' };

/** MoRef of what the base is pinned to. Of a base that the story makes: once it's to go, as nothing else is asked of it then. */
async function pinnedOn(stage: Stage, machine: SimulatedVm, signal: AbortSignal): Promise<string | undefined> {
  const name = BASES[machine.name] ?? '';
  return waitUntil(
    `base ${name} to be pinned`,
    async () => {
      if (signal.aborted) return { moRef: undefined };
      const base = await stage.get('basesnapshots', name);
      const pin = base?.status?.['snapshot'] as { readonly moRef: string } | undefined;
      return pin === undefined || (name !== 'gold' && base?.metadata.deletionTimestamp === undefined) ? undefined : pin;
    },
    { timeoutMs: STORY_MS, intervalMs: 5 },
  ).then(({ moRef }) => moRef);
}

/** Resolves with its name and description. */
async function remove(
  stage: Stage,
  machine: SimulatedVm,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly description?: string }> {
  const moRef = await pinnedOn(stage, machine, signal);
  const found = (await stage.vcenter.inventory()).snapshots.find((one) => one.moRef === moRef);
  if (found === undefined) throw new Error('ManagedObjectNotFound: the operator was faster');
  await insist(stage, { type: 'VirtualMachineSnapshot', value: found.moRef }, 'RemoveSnapshot_Task', {
    removeChildren: false,
    consolidate: true,
  });
  return found;
}

export async function removePinned(stage: Stage, machine: SimulatedVm, signal: AbortSignal): Promise<void> {
  await remove(stage, machine, signal);
}

export async function recreatePinned(stage: Stage, machine: SimulatedVm, signal: AbortSignal): Promise<void> {
  const { name, description = '' } = await remove(stage, machine, signal);
  const spec = { name, description, memory: false, quiesce: false };
  await insist(stage, vm(machine.moRef), 'CreateSnapshot_Task', spec);
}
