// Oracle adoption: a machine is taken over only where an object asks for it by its instanceUuid and it's nobody's, a linked
// clone, without disks of others. Told by the marks that the operator wrote and what the machine was when each arrived.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { Witnessed } from '../harness/witness.ts';
import { witnessOf } from '../harness/witness.ts';
import type { Oracle } from './oracle.ts';
import { HEARD_LATE_MS, byOperator, describeEntry, madeByOperator, versionsOf } from './oracle.ts';

interface OwnMarker {
  readonly cluster?: string;
  readonly uid?: string;
  readonly instanceUuid?: string;
  readonly state?: string;
}

interface Adopt {
  readonly instanceUuid?: string;
  readonly clusterId?: string;
}

/** What tells of it. */
type Told = Pick<Evidence, 'ledger' | 'history' | 'witnessed' | 'clusterId'>;

interface TakeOver {
  readonly entry: LedgerEntry;
  /** Of the object that has the machine from then on. */
  readonly uid: string;
  /** Why it was wrong. */
  readonly why: string | undefined;
}

function markOf({ args }: LedgerEntry): OwnMarker | undefined {
  return args.marker === undefined ? undefined : (JSON.parse(args.marker) as OwnMarker);
}

/** What every version of the object that has been heard of by then wants to take over. */
function wantedBy(evidence: Told, uid: string, at: number): readonly Adopt[] {
  return versionsOf(evidence, uid).flatMap(({ at: heard, object }) =>
    heard <= at + HEARD_LATE_MS && object.spec['adopt'] !== undefined ? [object.spec['adopt'] as Adopt] : [],
  );
}

/** It went before; what a copy of the cluster's data knows of it doesn't count. */
function isGone(evidence: Told, uid: string, at: number): boolean {
  const versions = versionsOf(evidence, uid);
  return versions.length === 0 || versions.some((one) => one.type === 'DELETED' && one.at <= at + HEARD_LATE_MS);
}

function whyWrong(evidence: Told, uid: string, seen: Witnessed): string | undefined {
  const { at, instanceUuid, chains, homes } = seen;
  const asked = wantedBy(evidence, uid, at).filter((adopt) => adopt.instanceUuid === instanceUuid);
  if (asked.length === 0) return `${uid} never asked for it`;
  const before = seen.marker as OwnMarker | undefined;
  // a copied mark, on a machine with another identity, says nothing
  if (before?.instanceUuid === instanceUuid && before?.state === undefined && before?.uid !== uid) {
    const { cluster = '', uid: owner = '' } = before ?? {};
    if (cluster !== evidence.clusterId && asked.every(({ clusterId }) => clusterId !== cluster))
      return `it is of another cluster, ${cluster}`;
    if (cluster === evidence.clusterId && !isGone(evidence, owner, at)) return `it belongs to ${owner}`;
  }
  if (chains.length === 0 || chains.some((length) => length === 1)) return "it isn't a linked clone";
  return homes.length > 1 ? `it has disks of others: ${homes.join(', ')}` : undefined;
}

/** Marks by which a machine came to another object than it was made for, in their order. */
export function takeOvers(evidence: Told): readonly TakeOver[] {
  const made = madeByOperator(evidence.ledger);
  const found: TakeOver[] = [];
  for (const entry of evidence.ledger) {
    if (entry.phase !== 'call' || entry.method !== 'ReconfigVM_Task' || entry.task === undefined) continue;
    const uid = byOperator(entry) ? markOf(entry)?.uid : undefined;
    if (uid === undefined) continue;
    const last = found.findLast((one) => one.entry.target === entry.target && one.why === undefined);
    const seen = witnessOf(evidence, entry);
    const owner = last?.uid ?? made.get(entry.target) ?? seen?.instanceUuid;
    if (owner === uid || seen === undefined) continue;
    found.push({ entry, uid, why: whyWrong(evidence, uid, seen) });
  }
  return found;
}

export const rightAdoption: Oracle = {
  name: 'adoption',
  rule: "a machine is taken over only where that was asked for, and it is a linked clone, nobody's, without disks of others",
  check(evidence) {
    return takeOvers(evidence).flatMap(({ entry, uid, why }) =>
      why === undefined ? [] : [`${describeEntry(entry)} gave it to ${uid}: ${why}`],
    );
  },
};
