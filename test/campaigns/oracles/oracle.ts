// A rule that no run may break, and what several rules need: the ledger as the life of each VM.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
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

/** All versions of the object with that UID, in the order of their writes. */
export function versionsOf(evidence: Evidence, uid: string): readonly HistoryEntry[] {
  return evidence.history.filter(({ object }) => object.metadata.uid === uid);
}

export function lastVersion(evidence: Evidence, uid: string): KnownObject | undefined {
  return versionsOf(evidence, uid).at(-1)?.object;
}

/** When its deletion was asked for, epoch milliseconds in whole seconds; undefined when it never was. */
export function deletionAskedAt(evidence: Evidence, uid: string): number | undefined {
  const asked = versionsOf(evidence, uid).find(({ object }) => object.metadata.deletionTimestamp !== undefined);
  const at = asked?.object.metadata.deletionTimestamp;
  return at === undefined ? undefined : Date.parse(at);
}

export function describeEntry({ seq, method, target, args }: LedgerEntry): string {
  return `ledger ${seq}: ${method} ${target}${args.name === undefined ? '' : ` "${args.name}"`}`;
}
