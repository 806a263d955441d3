// What the tests of bases and VCenters have in common: the operator's changes in vCenter, the simulator's truth by VM name,
// and the way of a condition from Reconciling to Stalled.
import { expect } from '@jest/globals';
import { waitUntil } from '../../../../src/testbed/wait-until.ts';
import type { AnyObject, Lab } from '../../../support/lab.ts';
import { conditionOf, reasonOf } from '../../../support/lab.ts';
import type { SimulatedInventory, SimulatedVm } from '../../../support/simulator-admin.ts';
import { OTHER } from './inventory.ts';
import { watching } from './saw.ts';
import { PATIENCE_MS } from './story.ts';

/** For waits that take the machine's load into account. */
export const LONG = { timeoutMs: PATIENCE_MS } as const;

/** Applies by `apply`, then waits until the object is Stalled for `reason`: it must have been Reconciling for it before. */
export async function stallsAfterGrace<T extends AnyObject>(
  lab: Lab,
  plural: string,
  name: string,
  reason: string,
  apply: () => Promise<void>,
): Promise<T> {
  const [stalled, reconciling] = await watching(lab, async (saw) => {
    await apply();
    return [
      await saw<T>(plural, name, `Stalled for ${reason}`, (one) => reasonOf(one, 'Stalled') === reason),
      await saw<T>(plural, name, `Reconciling for ${reason}`, (one) => reasonOf(one, 'Reconciling') === reason),
    ];
  });
  const stalledAt = Date.parse(conditionOf(stalled, 'Stalled')?.lastTransitionTime ?? '');
  const reconcilingSince = Date.parse(conditionOf(reconciling, 'Reconciling')?.lastTransitionTime ?? '');
  // the grace is 2 s in these labs; conditions carry whole seconds
  expect(stalledAt - reconcilingSince).toBeGreaterThanOrEqual(1000);
  expect(reasonOf(stalled)).toBe(reason);
  expect(conditionOf(stalled, 'Ready')?.status).toBe('False');
  expect(conditionOf(stalled, 'Reconciling')).toBeUndefined();
  return stalled;
}

/** What the operator changed in vCenter since entry `seq` of the ledger: `method target name`, calls that failed included. */
export async function changesSince(lab: Lab, seq: number): Promise<string[]> {
  return (await lab.vcenter.ledger(seq))
    .filter((entry) => entry.phase === 'call' && entry.user !== OTHER.username)
    .map((entry) => `${entry.method} ${entry.target} ${entry.args.name ?? ''}`.trim());
}

/** The same as counts by method. */
export async function changeCounts(lab: Lab, seq: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const change of await changesSince(lab, seq)) {
    const method = change.split(' ')[0] ?? '';
    counts[method] = (counts[method] ?? 0) + 1;
  }
  return counts;
}

/** The registered VM of that name. */
export async function machineNamed(lab: Lab, name: string): Promise<SimulatedVm> {
  const found = (await lab.vcenter.inventory()).vms.find((machine) => machine.name === name);
  if (found === undefined) throw new Error(`the vCenter has no virtual machine "${name}"`);
  return found;
}

export type SimulatedSnapshot = SimulatedInventory['snapshots'][number];

/** Snapshots of the registered VM of that name. */
export async function snapshotsOf(lab: Lab, name: string): Promise<SimulatedSnapshot[]> {
  const { vms, snapshots } = await lab.vcenter.inventory();
  const moRef = vms.find((machine) => machine.name === name)?.moRef;
  return snapshots.filter((snapshot) => snapshot.vm === moRef);
}

/** Message of a condition, '' without it. */
export function messageOf(object: AnyObject | undefined, type = 'Ready'): string {
  return conditionOf(object, type)?.message ?? '';
}

/** Waits until the vCenter has answered `calls` more calls of a method: the operator looked again that often. */
export async function looksAgain(lab: Lab, method: string, calls: number): Promise<void> {
  const count = async (): Promise<number> => (await lab.vcenter.stats()).calls[method] ?? 0;
  const before = await count();
  await waitUntil(`${calls} more calls of ${method}`, async () => (await count()) >= before + calls, LONG);
}

/** Waits until the object's condition has this reason and its message has this text in it. */
export async function saysSoon<T extends AnyObject>(
  lab: Lab,
  plural: string,
  name: string,
  expected: { type?: string; reason: string; text: string; namespace?: string },
): Promise<T> {
  const { type = 'Ready', reason, text, namespace } = expected;
  let last: T | undefined;
  try {
    return await waitUntil(
      `${plural}/${name} ${type}=${reason} with "${text}"`,
      async () => {
        last = await lab.api.get<T>(plural, name, namespace ?? (plural === 'vcenters' ? '' : 'lab'));
        return reasonOf(last, type) === reason && messageOf(last, type).includes(text) ? last : undefined;
      },
      LONG,
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}; it says: ${JSON.stringify(last?.status)}`, { cause: error });
  }
}
