// Oracle 1, wrong deletion: every change that the operator made in vCenter hit an object that the ledger says the operator
// made, and every one that takes something away was asked for by its object, known by UID, or hit an orphan that may go.
// Decoys are as they were.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { HistoryEntry } from '../harness/history.ts';
import { witnessOf } from '../harness/witness.ts';
import type { Oracle } from './oracle.ts';
import {
  DECIDED_MS,
  HEARD_LATE_MS,
  byOperator,
  deletionAskedAt,
  describeEntry,
  lastVersion,
  versionsOf,
} from './oracle.ts';
import { isKeptBySet, isLetGo } from './let-go.ts';
import { snapshotsMade } from './machines.ts';
import { graceAt, heardGoneAt } from './orphans.ts';
import { ownersOf } from './owners.ts';

/** What is done to a source, a folder or the vCenter itself, not to a VM of ours. */
const ON_OTHERS = new Set(['CloneVM_Task', 'CreateSnapshot_Task', 'CreateFolder', 'SetField', 'AddCustomFieldDef']);
/** What may still be done to the machine of an object that is gone. */
const OF_ORPHANS = new Set(['PowerOffVM_Task', 'ShutdownGuest', 'Destroy_Task']);
/** What takes something away from a machine that is there. */
const TAKES_AWAY = new Set([...OF_ORPHANS, 'UnregisterVM', 'RevertToCurrentSnapshot_Task']);

function policyOf(evidence: Evidence, uid: string): unknown {
  return lastVersion(evidence, uid)?.spec['deletionPolicy'];
}

function destroyed(evidence: Evidence, entry: LedgerEntry, uid: string): string | undefined {
  if (isCleanUp(evidence, entry)) return undefined;
  const askedAt = deletionAskedAt(evidence, uid);
  const what = `${describeEntry(entry)}, the VM of ${uid}`;
  const at = evidence.arrivedAt(entry);
  if (askedAt === undefined && !isOrphanToGo(evidence, uid, at)) return `${what}, whose object was never deleted`;
  if (askedAt !== undefined && at < askedAt) return `${what}, ${askedAt - at} ms before its object was deleted`;
  if (entry.method === 'Destroy_Task' && policyOf(evidence, uid) === 'Retain')
    return `${what}, which was to be retained`;
  if (entry.method === 'Destroy_Task' && isKeptBySet(evidence, uid))
    return `${what}, which was to be retained by its set`;
  return entry.method === 'Destroy_Task' && isReleased(evidence, entry, uid)
    ? `${what}, which was released`
    : undefined;
}

/** Its object went without a word, and orphans were to be deleted; when one may go, another oracle says. */
function isOrphanToGo(evidence: Evidence, uid: string, at: number): boolean {
  const heard = heardGoneAt(evidence, uid);
  return heard !== undefined && at >= heard - HEARD_LATE_MS && graceAt(evidence, uid, at) !== undefined;
}

/** When the operator sent it, as far as can be told: a plan may have held it up after that. */
function sentAt(evidence: Evidence, entry: LedgerEntry): number {
  return witnessOf(evidence, entry)?.cameAt ?? evidence.arrivedAt(entry);
}

/**
 * Somebody had let it go when that was decided. What it was decided by may be so old that it was to go by the version before;
 * not where it was let go before it was deleted.
 */
function isReleased(evidence: Evidence, entry: LedgerEntry, uid: string): boolean {
  const versions = versionsOf(evidence, uid);
  const first = versions.findIndex(({ object }) => object.metadata.annotations?.['linkedclone.dev/release'] === uid);
  const [released, before] = [versions[first], versions[first - 1]];
  if (released === undefined) return false;
  const mayGoBefore = before?.object.metadata.deletionTimestamp !== undefined;
  return released.at < sentAt(evidence, entry) - (mayGoBefore ? DECIDED_MS : 0);
}

/** A VM that came out of its clone as a full copy may go, before it was ever powered on. */
function isCleanUp(evidence: Evidence, entry: LedgerEntry): boolean {
  const seen = witnessOf(evidence, entry);
  if (entry.method !== 'Destroy_Task' || seen === undefined || !seen.chains.some((length) => length === 1))
    return false;
  return !evidence.ledger.some(
    (other) => other.seq < entry.seq && other.target === entry.target && other.method === 'PowerOnVM_Task',
  );
}

/** Versions of the object by which a call may have been decided: the API server's within the time in which that was. */
function decidedBy(evidence: Evidence, entry: LedgerEntry, uid: string): readonly HistoryEntry[] {
  const at = sentAt(evidence, entry);
  const versions = versionsOf(evidence, uid);
  return versions.filter((version, i) => {
    const until = versions[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    return version.type !== 'DELETED' && version.at <= at + HEARD_LATE_MS && until >= at - DECIDED_MS;
  });
}

/** Nothing at all is done to the machine of a paused object, whatever else is asked for. */
function paused(evidence: Evidence, entry: LedgerEntry, uid: string): string | undefined {
  if (!TAKES_AWAY.has(entry.method)) return undefined;
  const versions = decidedBy(evidence, entry, uid);
  const isPaused = versions.length > 0 && versions.every(({ object }) => object.spec['paused'] === true);
  return isPaused ? `${describeEntry(entry)}, the VM of ${uid}, which was paused` : undefined;
}

/** A version of that moment wants the machine off. */
function isToBeOff(evidence: Evidence, entry: LedgerEntry, uid: string): boolean {
  return decidedBy(evidence, entry, uid).some(({ object }) => object.spec['powerPolicy'] === 'Off');
}

function poweredOff(evidence: Evidence, entry: LedgerEntry, uid: string): string | undefined {
  if (isToBeOff(evidence, entry, uid)) return undefined;
  const why = destroyed(evidence, entry, uid);
  return why === undefined ? undefined : `${why}; nor was the machine to be off then`;
}

/** UID of the base that it was made for: by the call that made it, or, under another reference, by its own description. */
function baseOfSnapshot(evidence: Evidence, entry: LedgerEntry): string | undefined {
  const made = snapshotsMade(evidence.ledger);
  const said = witnessOf(evidence, entry)?.forUid;
  return made.get(entry.target) ?? (said !== undefined && [...made.values()].includes(said) ? said : undefined);
}

function snapshotRemoved(evidence: Evidence, entry: LedgerEntry): string | undefined {
  // whoever took those: nothing ever asks for them
  if (entry.args.removeChildren === true) return `${describeEntry(entry)}, with all that were taken on top of it`;
  const uid = baseOfSnapshot(evidence, entry);
  if (uid === undefined) return `${describeEntry(entry)}, which the operator didn't make`;
  const what = `${describeEntry(entry)}, made for base ${uid}`;
  const versions = versionsOf(evidence, uid);
  const askedAt = deletionAskedAt(evidence, uid);
  if (askedAt === undefined) return `${what}, which was never deleted`;
  const at = evidence.arrivedAt(entry);
  if (at < askedAt) return `${what}, ${askedAt - at} ms before that was deleted`;
  if (isReleased(evidence, entry, uid)) return `${what}, which was released`;
  // what was changed until then counts: its deletion may have been asked for long before
  const policy = (versions.findLast((version) => version.at < at) ?? versions.at(-1))?.object.spec['deletionPolicy'];
  return policy === 'Delete' ? undefined : `${what}, which was to be retained`;
}

/** What is done to a machine when its object is gone: it's nobody's, and only an orphan may still be powered off and go. */
function afterItsEnd(evidence: Evidence, entry: LedgerEntry, uid: string): string | undefined {
  const isLet = isLetGo(evidence, uid);
  if (!isLet && OF_ORPHANS.has(entry.method)) return destroyed(evidence, entry, uid); // in time, another oracle says
  const mark = entry.method === 'ReconfigVM_Task' ? markIn(entry) : {};
  if (mark.uid !== undefined && mark.uid !== uid) return undefined; // taken over: another oracle says whether rightly
  if (isLet && mark.state !== undefined) return undefined; // where it couldn't be marked at once, that comes later
  return `${describeEntry(entry)}, the VM of ${uid}, after its object was gone`;
}

function markIn({ args }: LedgerEntry): { readonly uid?: string; readonly state?: string } {
  return JSON.parse(args.marker ?? '{}') as { readonly uid?: string; readonly state?: string };
}

function isGoneAt(evidence: Evidence, uid: string, at: number): boolean {
  const heard = heardGoneAt(evidence, uid);
  return heard !== undefined && at > heard;
}

function wrong(
  evidence: Evidence,
  ownerOf: (entry: LedgerEntry) => string | undefined,
  entry: LedgerEntry,
): string | undefined {
  if (ON_OTHERS.has(entry.method)) return undefined;
  if (entry.method === 'RemoveAllSnapshots_Task') return `${describeEntry(entry)}, whoever took them`;
  if (entry.method === 'RemoveSnapshot_Task') return snapshotRemoved(evidence, entry);
  const uid = ownerOf(entry);
  if (uid === undefined) return `${describeEntry(entry)}, which isn't a VM that the operator made`;
  if (isGoneAt(evidence, uid, evidence.arrivedAt(entry))) return afterItsEnd(evidence, entry, uid);
  const held = paused(evidence, entry, uid);
  if (held !== undefined) return held;
  if (entry.method === 'Destroy_Task' || entry.method === 'UnregisterVM') return destroyed(evidence, entry, uid);
  if (entry.method === 'PowerOffVM_Task' || entry.method === 'ShutdownGuest') return poweredOff(evidence, entry, uid);
  return undefined;
}

/** Objects that have a machine for their own that wasn't made for them, and that nobody told them to take over. */
function takenOver(evidence: Evidence): string[] {
  const made = new Map<string, Set<string>>();
  for (const { phase, method, result, args } of evidence.ledger)
    if (phase === 'end' && method === 'CloneVM_Task' && result !== undefined)
      made.set(result, (made.get(result) ?? new Set()).add(args.instanceUuid ?? ''));
  const found = evidence.history.flatMap(({ object: { kind, metadata, spec, status } }) => {
    const { moRef } = (status?.['vm'] ?? {}) as { readonly moRef?: string };
    if (kind !== 'LinkedClone' || moRef === undefined || spec['adopt'] !== undefined) return [];
    // what was registered again has another reference: then its identity tells
    const uids = made.get(moRef) ?? new Set(identitiesOf(evidence, moRef));
    if (uids.size === 0 || uids.has(metadata.uid)) return [];
    const whose = [...uids].map((uid) => (uid === '' ? 'nobody here' : uid)).join(', ');
    return [`${metadata.namespace ?? ''}/${metadata.name} (${metadata.uid}) took ${moRef} over, the VM of ${whose}`];
  });
  return [...new Set(found)];
}

/** What a machine ever had for an identity, by the inventory and by what calls hit. */
function identitiesOf({ inventory, witnessed }: Evidence, moRef: string): string[] {
  const there = inventory.vms.filter((one) => one.moRef === moRef);
  const hit = witnessed.filter(({ target }) => target === moRef);
  return [...there, ...hit].flatMap(({ instanceUuid }) => instanceUuid ?? []);
}

export const wrongDeletion: Oracle = {
  name: 'wrong-deletion',
  rule: "every destroy, power-off and snapshot removal hit what the operator made and its object, by UID, asked for while it wasn't paused; no machine that wasn't made for an object is taken over unasked",
  check(evidence) {
    const ownerOf = ownersOf(evidence);
    const calls = evidence.ledger.filter((entry) => entry.phase === 'call' && byOperator(entry));
    return [...calls.flatMap((entry) => wrong(evidence, ownerOf, entry) ?? []), ...takenOver(evidence)];
  },
};

export const decoysUntouched: Oracle = {
  name: 'decoys',
  rule: 'machines that only look like ours are as they were',
  check({ decoysBefore, decoysAfter }) {
    return [...decoysBefore].flatMap(([uuid, before]) => {
      const after = decoysAfter.get(uuid);
      return after === before ? [] : [`was ${before}, is ${after ?? 'gone'}`];
    });
  },
};
