// Oracle 3, leak: at rest there is a clone for each VM that the operator made, by the ledger, unless people let it go, and a VM
// for each clone, unless somebody took it; and nothing else of ours is left: snapshot, task, finalizer, session, Lease.
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { KnownObject } from '../harness/history.ts';
import { snapshotOwner } from '../harness/witness.ts';
import { takeOvers } from './adoption.ts';
import { couldNotRenew } from './conduct.ts';
import { isLetGo, wasTornAway } from './let-go.ts';
import { machinesOf, snapshotsMade, snapshotsOfOthers, wasTaken } from './machines.ts';
import type { Known } from './machines.ts';
import type { Oracle } from './oracle.ts';
import { byOperator, describeEntry, lastVersion } from './oracle.ts';

/** What tells of remains; where no vCenter was restored, no call witnessed or no audit log kept, that is left out. */
type Remains = Known &
  Pick<Evidence, 'history' | 'objects' | 'clusterId' | 'mayHold'> &
  Partial<Pick<Evidence, 'audit'>>;

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

function uidOf({ marker }: SimulatedVm): string {
  return (marker as OwnMarker | null | undefined)?.uid ?? '';
}

/** Nobody has to have it: it was to stay, or the operator didn't end its object, or it was unregistered and came back. */
function mayBeNobodys(evidence: Remains, uid: string): boolean {
  return isLetGo(evidence, uid) || mayStay(evidence, uid);
}

/** Machines that the ledger says the operator made, and those that carry its mark, without an object: whose UID each is of. */
function leftOver(evidence: Remains): string[] {
  const { inventory, objects } = evidence;
  const clones = new Set(objects.filter(({ kind }) => kind === 'LinkedClone').map(({ metadata }) => metadata.uid));
  const adopted = new Map(rightTakeOvers(evidence).map(({ entry, uid }) => [entry.target, uid]));
  const marked = ownedVms(evidence)
    .filter((one) => !clones.has(uidOf(one)) && !mayStay(evidence, uidOf(one)))
    .map((one) => `VM "${one.name}" (${one.moRef}) in ${one.folder} is left over: its object is gone`);
  const made = machinesOf(evidence).flatMap(({ uid, moRef, until }) => {
    const there = inventory.vms.find((one) => (until === Infinity && one.moRef === moRef) || one.instanceUuid === uid);
    if (there === undefined || clones.has(uid) || clones.has(adopted.get(there.moRef) ?? '')) return [];
    return mayBeNobodys(evidence, uid) ? [] : [`VM "${there.name}" (${there.moRef}), made for ${uid}, is left over`];
  });
  return [...marked, ...made];
}

/** An unmarked one that was let go is an orphan for the next scan: only where its object was torn away is it meant to be one. */
function mayStay(evidence: Remains, uid: string): boolean {
  const { history, audit } = evidence;
  return (audit !== undefined && wasTornAway({ history, audit }, uid)) || wasTaken(evidence, uid);
}

function rightTakeOvers(evidence: Remains): ReturnType<typeof takeOvers> {
  return takeOvers({ witnessed: [], ...evidence }).filter(({ why }) => why === undefined);
}

/** Clones that are to have a machine, because one was made or taken over for them, and have none, though nobody took it. */
function withoutMachine(evidence: Remains): string[] {
  const owners = new Set(ownedVms(evidence).map(uidOf));
  const adopted = new Map(rightTakeOvers(evidence).map(({ entry, uid }) => [uid, entry.target]));
  const machines = machinesOf(evidence);
  const clones = evidence.objects.filter(
    ({ kind, metadata }) =>
      kind === 'LinkedClone' && metadata.deletionTimestamp === undefined && !evidence.mayHold.has(metadata.name),
  );
  return clones.flatMap(({ metadata, spec, status }) => {
    const { uid, name, namespace = '' } = metadata;
    const own = machines.filter((one) => one.uid === uid);
    const adopt = spec['adopt'] as { readonly instanceUuid?: string } | undefined;
    if (owners.has(uid) || wasTaken(evidence, adopted.has(uid) ? (adopt?.instanceUuid ?? uid) : uid)) return [];
    if (own.length === 0 && !adopted.has(uid))
      return status?.['vm'] === undefined
        ? []
        : [`${namespace}/${name} says that it has a VM, and none was made for it`];
    // one that came out as a full copy goes again, what another oracle judges
    return own.length > 0 && own.every(({ end }) => end !== undefined && byOperator(end))
      ? []
      : [`${namespace}/${name} has no VM`];
  });
}

/** Machines without a clone, and clones without a machine. */
export function strayVms(evidence: Remains): string[] {
  return [...leftOver(evidence), ...withoutMachine(evidence)];
}

function pinOf({ status }: KnownObject): string | undefined {
  return (status?.['snapshot'] as { readonly moRef?: string } | undefined)?.moRef;
}

export function leakedSnapshots({
  ledger,
  inventory,
  history,
  objects,
}: Pick<Evidence, 'ledger' | 'inventory' | 'history' | 'objects'>): string[] {
  const made = snapshotsMade(ledger);
  const others = snapshotsOfOthers(ledger); // also with the description of ours
  const present = inventory.snapshots.flatMap(({ moRef, description = '' }) => {
    const uid = made.get(moRef) ?? snapshotOwner(description);
    return others.has(moRef) || uid === undefined || ![...made.values()].includes(uid) ? [] : [{ moRef, uid }];
  });
  return present.flatMap(({ moRef, uid }, i) => {
    const isSecond = present.findIndex((one) => one.uid === uid) < i;
    if (isSecond) return [`snapshot ${moRef} is left over: base ${uid} has another one`];
    const base = objects.find(({ metadata }) => metadata.uid === uid);
    if (base !== undefined)
      return pinOf(base) === moRef ? [] : [`snapshot ${moRef} is left over: its base ${uid} isn't pinned to it`];
    const last = lastVersion({ history }, uid);
    const isReleased = last?.metadata.annotations?.['linkedclone.dev/release'] === uid;
    if (last !== undefined && (isReleased || last.spec['deletionPolicy'] !== 'Delete')) return []; // as its base asked for
    return [`snapshot ${moRef} is left over: its base ${uid} is gone`];
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
    const { objects, exits, installs, leases, sessionsAtRest, sessionsAfterStop } = evidence;
    const held = objects.filter(
      ({ metadata }) => metadata.deletionTimestamp !== undefined && !evidence.mayHold.has(metadata.name),
    );
    const died = exits.filter((exit) => exit.asked !== 'stop' || couldNotRenew(exit)).length;
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
      ...leases.flatMap(({ namespace, holder, last }) =>
        holder !== '' && last?.asked === 'stop' && !couldNotRenew(last)
          ? [`the Lease in ${namespace} is still held by ${holder}`]
          : [],
      ),
    ];
  },
};
