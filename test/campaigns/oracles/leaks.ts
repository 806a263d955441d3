// Oracle 3, leak: at rest there is a VM for each clone and a clone for each VM, and nothing else of ours is left: snapshot,
// task, finalizer, session, Lease.
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { KnownObject } from '../harness/history.ts';
import { lostLease } from './conduct.ts';
import type { Oracle } from './oracle.ts';
import { byOperator, describeEntry } from './oracle.ts';

interface OwnMarker {
  readonly cluster?: string;
  readonly uid?: string;
  readonly instanceUuid?: string;
  readonly state?: string;
}

/** VMs that carry our marker truly, and that nobody let go. */
export function ownedVms({ inventory, clusterId }: Pick<Evidence, 'inventory' | 'clusterId'>): SimulatedVm[] {
  return inventory.vms.filter((one) => {
    const marker = one.marker as OwnMarker | null | undefined;
    return marker?.cluster === clusterId && marker.instanceUuid === one.instanceUuid && marker.state === undefined;
  });
}

/** A clone that says that it's lost, or that it has never had a VM, has none. */
function expectsVm(clone: KnownObject): boolean {
  const conditions = (clone.status?.['conditions'] ?? []) as readonly { type: string; status: string }[];
  const lost = conditions.some(({ type, status }) => type === 'Lost' && status === 'True');
  return !lost && clone.status?.['vm'] !== undefined;
}

export function strayVms(evidence: Pick<Evidence, 'objects' | 'inventory' | 'clusterId' | 'mayHold'>): string[] {
  const clones = evidence.objects.filter(({ kind }) => kind === 'LinkedClone');
  const uids = new Set(clones.map(({ metadata }) => metadata.uid));
  const owned = ownedVms(evidence);
  const owners = new Set(owned.map((one) => (one.marker as OwnMarker).uid ?? ''));
  return [
    ...owned
      .filter((one) => !uids.has((one.marker as OwnMarker).uid ?? ''))
      .map((one) => `VM "${one.name}" (${one.moRef}) in ${one.folder} is left over: its object is gone`),
    ...clones
      .filter(
        (clone) => expectsVm(clone) && !owners.has(clone.metadata.uid) && !evidence.mayHold.has(clone.metadata.name),
      )
      .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name} has no VM`),
  ];
}

export function leakedSnapshots({
  ledger,
  inventory,
  history,
  objects,
}: Pick<Evidence, 'ledger' | 'inventory' | 'history' | 'objects'>): string[] {
  const made = ledger.flatMap((entry) =>
    entry.phase === 'end' && entry.method === 'CreateSnapshot_Task' && byOperator(entry) ? (entry.result ?? []) : [],
  );
  const present = made.filter((moRef) => inventory.snapshots.some((one) => one.moRef === moRef));
  const pinnedBy = (object: KnownObject, moRef: string): boolean =>
    object.kind === 'BaseSnapshot' && (object.status?.['snapshot'] as { moRef?: string } | undefined)?.moRef === moRef;
  return present.flatMap((moRef) => {
    if (objects.some((object) => pinnedBy(object, moRef))) return [];
    const owner = history.findLast(({ object }) => pinnedBy(object, moRef))?.object;
    if (owner !== undefined && owner.spec['deletionPolicy'] !== 'Delete') return []; // kept, as its base asked for
    return [`snapshot ${moRef} is left over: no base is pinned to it`];
  });
}

function openTasks({ ledger, vCenterForgot }: Evidence): string[] {
  if (vCenterForgot) return []; // what ran when it restarted has no end
  const ended = new Set(ledger.filter(({ phase }) => phase === 'end').map(({ task }) => task));
  return ledger
    .filter((entry) => entry.phase === 'call' && byOperator(entry) && entry.task !== undefined)
    .filter(({ task }) => !ended.has(task))
    .map((entry) => `${describeEntry(entry)}: its task still runs`);
}

export const noLeak: Oracle = {
  name: 'leak',
  rule: 'at rest: owned VMs = clones; no snapshot, task, finalizer, session or Lease is left over',
  check(evidence) {
    const { objects, exits, installs, sessionsAtRest, sessionsAfterStop, leaseHolderAfterStop } = evidence;
    const held = objects.filter(
      ({ metadata }) => metadata.deletionTimestamp !== undefined && !evidence.mayHold.has(metadata.name),
    );
    const died = exits.filter((exit) => exit.asked !== 'stop' || lostLease(exit)).length;
    const last = exits.at(-1);
    return [
      ...strayVms(evidence),
      ...leakedSnapshots(evidence),
      ...openTasks(evidence),
      ...held.map(
        ({ kind, metadata }) => `${kind} ${metadata.name} is still held by ${(metadata.finalizers ?? []).join(', ')}`,
      ),
      ...(sessionsAtRest > installs + died ? [`${sessionsAtRest} sessions of ${installs + died} processes`] : []),
      ...(sessionsAfterStop > died
        ? [`${sessionsAfterStop} sessions after the stop, ${died} processes were killed`]
        : []),
      ...(last?.asked === 'stop' && !lostLease(last) && leaseHolderAfterStop !== ''
        ? [`the Lease is still held by ${leaseHolderAfterStop}`]
        : []),
    ];
  },
};
