// A rule that no run may break, and what several rules need: the ledger as the life of each VM.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
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

/** When its deletion was asked for at the earliest, epoch milliseconds; undefined when it never was. */
export function deletionAskedAt(versions: readonly HistoryEntry[]): number | undefined {
  const asked = versions.find(({ object }) => object.metadata.deletionTimestamp !== undefined);
  // in whole seconds, rounded down
  const stamp = asked?.object.metadata.deletionTimestamp;
  return asked === undefined || stamp === undefined ? undefined : Math.max(Date.parse(stamp), asked.at - HEARD_LATE_MS);
}

export function describeEntry({ seq, method, target, args }: LedgerEntry): string {
  return `ledger ${seq}: ${method} ${target}${args.name === undefined ? '' : ` "${args.name}"`}`;
}
