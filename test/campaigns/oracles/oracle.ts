// A rule that no run may break, and what several rules need: the ledger as the life of each VM.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { AuditDelete } from '../harness/audit.ts';
import type { Evidence } from '../harness/evidence.ts';
import { grouped } from '../harness/grouped.ts';
import type { HistoryEntry, KnownObject } from '../harness/history.ts';
import { OPERATOR_ACCOUNTS } from '../harness/lab-inventory.ts';

export interface Oracle {
  readonly name: string;
  /** One sentence, for the page and the report. */
  readonly rule: string;
  /** What breaks it; empty when nothing does. */
  check(evidence: Evidence): readonly string[];
}

export function byOperator(entry: LedgerEntry): boolean {
  return OPERATOR_ACCOUNTS.includes(entry.user);
}

/** VMs that the operator's own calls made, by MoRef value: the UID that the call carried. */
export function madeByOperator(ledger: readonly LedgerEntry[]): Map<string, string> {
  const made = new Map<string, string>();
  for (const entry of ledger) {
    if (entry.phase === 'end' && entry.method === 'CloneVM_Task' && byOperator(entry) && entry.result !== undefined)
      made.set(entry.result, entry.args.instanceUuid ?? '');
  }
  return made;
}

function uidOf({ object }: HistoryEntry): string {
  return object.metadata.uid;
}

/** All versions of the object with that UID, in the order of their writes. */
export function versionsOf(evidence: Pick<Evidence, 'history'>, uid: string): readonly HistoryEntry[] {
  return grouped(evidence.history, uidOf).get(uid) ?? [];
}

export function lastVersion(evidence: Pick<Evidence, 'history'>, uid: string): KnownObject | undefined {
  return versionsOf(evidence, uid).at(-1)?.object;
}

/** We may hear of a version so much later than the operator, milliseconds: both hear through this process. */
export const HEARD_LATE_MS = 500;

/** How old the version may be by which the operator decides, when its call comes: as what it reads right before a Destroy. */
export const DECIDED_MS = 2_000;

/** Plurals are the kinds in small letters, and an s. */
function pluralOf({ kind }: KnownObject): string {
  return `${kind.toLowerCase()}s`;
}

/** Of two deletes within the second in which the mark was set, the first may have set it. */
function mayHaveMarked({ object, at }: HistoryEntry, stamp: number, one: AuditDelete): boolean {
  const { name, namespace = '' } = object.metadata;
  const isOfIt = one.resource === pluralOf(object) && one.namespace === namespace;
  const isThen = one.at <= at && one.at < stamp + 1000 && one.answeredAt >= stamp;
  return isOfIt && (one.name === '' || one.name === name) && isThen;
}

/**
 * When its deletion was asked for at the earliest, epoch milliseconds: no sooner than the request came that did it, by the API
 * server's own log, and where that has none (a definition that goes takes its objects along), than the stamp says. Undefined
 * when it never was.
 */
export function deletionAskedAt(evidence: Pick<Evidence, 'history' | 'deletes'>, uid: string): number | undefined {
  const asked = versionsOf(evidence, uid).find(({ object }) => object.metadata.deletionTimestamp !== undefined);
  if (asked === undefined) return undefined;
  // in whole seconds, rounded down
  const stamp = Date.parse(asked.object.metadata.deletionTimestamp ?? '');
  const requests = evidence.deletes.filter((one) => mayHaveMarked(asked, stamp, one));
  return requests.length === 0 ? stamp : Math.max(stamp, Math.min(...requests.map(({ at }) => at)));
}

export function describeEntry({ seq, method, target, args }: LedgerEntry): string {
  return `ledger ${seq}: ${method} ${target}${args.name === undefined ? '' : ` "${args.name}"`}`;
}
