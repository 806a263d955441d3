// What the tests of single clones have in common: objects to apply, the simulator's truth by LinkedClone, and waiting for
// an object or the vCenter to be as described.
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { waitUntil } from '../../../../src/testbed/wait-until.ts';
import type { Lab } from '../../../support/lab.ts';
import type { LedgerEntry, SimulatedVm } from '../../../support/simulator-admin.ts';
import { SecondClient } from '../../../support/second-client.ts';
import { OTHER } from './inventory.ts';

/** The longest wait of these tests; the machine may be loaded. */
export const PATIENCE_MS = 60_000;

type Spec = Readonly<Record<string, unknown>>;

/** A LinkedClone of one's own on `base`. */
export async function applyClone(lab: Lab, name: string, base: string, spec: Spec = {}): Promise<void> {
  await lab.api.apply({
    apiVersion: 'linkedclone.dev/v1alpha1',
    kind: 'LinkedClone',
    metadata: { name, namespace: 'lab' },
    spec: { baseSnapshotRef: { name: base }, ...spec },
  });
}

/** Waits until the clone is as `holds` says, and gives it. Fails with what it said last. */
export async function cloneWhen(
  lab: Lab,
  name: string,
  what: string,
  holds: (clone: LinkedClone) => boolean,
  timeoutMs = PATIENCE_MS,
): Promise<LinkedClone> {
  let last: LinkedClone | undefined;
  try {
    return await waitUntil(
      `clone ${name}: ${what}`,
      async () => {
        last = await lab.api.get<LinkedClone>('linkedclones', name);
        return last !== undefined && holds(last) ? last : undefined;
      },
      { timeoutMs },
    );
  } catch (error) {
    const log = lab.operator?.process.logTail().slice(-2000) ?? 'not running';
    throw new Error(`${(error as Error).message}; it says: ${JSON.stringify(last?.status)}; the operator: ${log}`, {
      cause: error,
    });
  }
}

export function cloneReady(lab: Lab, name: string): Promise<LinkedClone> {
  return lab.waitReason<LinkedClone>('linkedclones', name, 'Ready', { timeoutMs: PATIENCE_MS });
}

export async function getClone(lab: Lab, name: string): Promise<LinkedClone> {
  const clone = await lab.api.get<LinkedClone>('linkedclones', name);
  if (clone === undefined) throw new Error(`there is no clone ${name}`);
  return clone;
}

/** Waits until the operator has seen the clone as it is now. */
export function cloneObserved(lab: Lab, name: string): Promise<LinkedClone> {
  return cloneWhen(lab, name, 'observed', (one) => one.status?.observedGeneration === one.metadata.generation);
}

/** The VM that carries the clone's UID as its instanceUuid; undefined when there is none. */
export async function vmOf(lab: Lab, uid: string): Promise<SimulatedVm | undefined> {
  return (await lab.vcenter.inventory()).vms.find((vm) => vm.instanceUuid === uid);
}

/** As vmOf; there must be one. */
export async function mustVmOf(lab: Lab, uid: string): Promise<SimulatedVm> {
  const vm = await vmOf(lab, uid);
  if (vm === undefined) throw new Error(`the vCenter has no virtual machine of ${uid}`);
  return vm;
}

/** Waits until the simulator's VM of that MoRef is as `holds` says. */
export async function vmWhen(
  lab: Lab,
  moRef: string,
  what: string,
  holds: (vm: SimulatedVm) => boolean,
): Promise<SimulatedVm> {
  return waitUntil(
    `${moRef}: ${what}`,
    async () => {
      const vm = (await lab.vcenter.inventory()).vms.find((one) => one.moRef === moRef);
      return vm !== undefined && holds(vm) ? vm : undefined;
    },
    { timeoutMs: PATIENCE_MS },
  );
}

/** CloneVM calls for the clone of that UID, failed ones included. */
export function cloneCalls(ledger: readonly LedgerEntry[], uid: string): LedgerEntry[] {
  return ledger.filter(
    (entry) => entry.phase === 'call' && entry.method === 'CloneVM_Task' && entry.args.instanceUuid === uid,
  );
}

/** CloneVM tasks for the clone of that UID that came to a good end. */
export function cloneSuccesses(ledger: readonly LedgerEntry[], uid: string): LedgerEntry[] {
  return ledger.filter(
    (entry) =>
      entry.phase === 'end' &&
      entry.method === 'CloneVM_Task' &&
      entry.args.instanceUuid === uid &&
      entry.fault === undefined,
  );
}

/** How long the CloneVM task of that UID took by the vCenter's clock; NaN when none came to a good end. */
export function cloneSeconds(ledger: readonly LedgerEntry[], uid: string): number {
  const ended = cloneSuccesses(ledger, uid)[0];
  const called = ledger.find(({ phase, task }) => phase === 'call' && task === ended?.task);
  return (Date.parse(ended?.time ?? '') - Date.parse(called?.time ?? '')) / 1000;
}

/** Changes that the operator asked for on an object: everybody's but the second client's. */
export function operatorCallsOn(ledger: readonly LedgerEntry[], moRef: string): LedgerEntry[] {
  return ledger.filter((entry) => entry.phase === 'call' && entry.target === moRef && entry.user !== OTHER.username);
}

export async function lastSeq(lab: Lab): Promise<number> {
  return (await lab.vcenter.ledger()).at(-1)?.seq ?? 0;
}

/** Notes of the events about an object with this reason. */
export async function eventNotes(lab: Lab, name: string, reason: string): Promise<string[]> {
  const events = await lab.api.list<{
    reason: string;
    message: string;
    involvedObject: { name: string };
  }>('events');
  return events
    .filter((event) => event.reason === reason && event.involvedObject.name === name)
    .map((event) => event.message);
}

/** Somebody else in the lab's vCenter. */
export function secondClient(lab: Lab): Promise<SecondClient> {
  return SecondClient.connect({ ...lab.simulator, ...OTHER });
}

/** Looks of one of the operator's controllers at its objects, by its own count. */
export async function reconciles(lab: Lab, controller: string): Promise<number> {
  const text = await (await fetch(`${lab.operator?.metricsUrl ?? ''}/metrics`)).text();
  const counts = [...text.matchAll(/^controller_runtime_reconcile_total\{controller="([^"]+)",.* (\S+)$/gm)];
  return counts.reduce((sum, [, name, count]) => (name === controller ? sum + Number(count) : sum), 0);
}
