// Oracle 4, of snapshots: a base stands for one snapshot for good, whatever has its name later; and no snapshot goes while
// another base is pinned to one that was taken after it, on its files.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { HistoryEntry } from '../harness/history.ts';
import { witnessOf } from '../harness/witness.ts';
import type { Oracle } from './oracle.ts';
import { byOperator, describeEntry } from './oracle.ts';
import { snapshotAt } from './standing.ts';

interface Pin {
  readonly moRef: string;
  readonly id: number;
  readonly name: string;
  readonly createTime: string;
}

function pinOf({ object }: HistoryEntry): Pin | undefined {
  return object.kind === 'BaseSnapshot' ? (object.status?.['snapshot'] as Pin | undefined) : undefined;
}

function secondOf({ createTime }: Pin): number {
  return Math.floor(Date.parse(createTime) / 1000);
}

/** References follow a registration; id and time are the snapshot's own. */
function changedPins({ history }: Evidence): string[] {
  const first = new Map<string, Pin>();
  const problems = new Map<string, string>();
  for (const entry of history) {
    const pin = pinOf(entry);
    if (pin === undefined) continue;
    const { uid, name } = entry.object.metadata;
    const known = first.get(uid);
    if (known === undefined) first.set(uid, pin);
    else if (known.id !== pin.id || secondOf(known) !== secondOf(pin))
      problems.set(
        uid,
        `base ${name} was pinned to ${known.name} (${known.moRef}, id ${known.id}), then to ${pin.name} (${pin.moRef}, id ${pin.id})`,
      );
  }
  return [...problems.values()];
}

/** Bases that were pinned to one of these snapshots when the call arrived. */
function pinnedAt(evidence: Evidence, snapshots: ReadonlySet<string>, { seq, at }: Moment): string[] {
  const bases = new Map<string, string>();
  for (const entry of evidence.history) {
    if (entry.at >= at || entry.object.kind !== 'BaseSnapshot') continue;
    const { uid, name } = entry.object.metadata;
    const pin = pinOf(entry);
    if (entry.type !== 'DELETED' && pin !== undefined && snapshots.has(snapshotAt(evidence, pin.moRef, seq)))
      bases.set(uid, name);
    else bases.delete(uid);
  }
  return [...bases.values()];
}

interface Moment {
  readonly seq: number;
  readonly at: number;
}

/**
 * By the ledger alone: those that were taken later on the same machine stand on it, as nobody goes back in these stories, until
 * they are gone themselves.
 */
function takenLater({ ledger }: Evidence, entry: LedgerEntry): string[] {
  const done = ledger.filter(({ phase, fault }) => phase === 'end' && fault === undefined);
  const taken = done.filter(({ method, result }) => method === 'CreateSnapshot_Task' && result !== undefined);
  const gone = done.filter(({ method }) => method === 'RemoveSnapshot_Task');
  const own = taken.find(({ result }) => result === entry.target);
  if (own === undefined) return [];
  const isThere = ({ result, seq }: LedgerEntry): boolean =>
    seq < entry.seq && !gone.some((end) => end.target === result && end.seq < entry.seq);
  const above = taken.filter((other) => other.target === own.target && other.seq > own.seq && isThere(other));
  return above.flatMap(({ result }) => result ?? []);
}

/** By the tree of snapshots as it was when the call arrived, whatever their references were when they were taken. */
function removedUnderBases(evidence: Evidence): string[] {
  const removals = evidence.ledger.filter(
    (entry) => entry.phase === 'call' && entry.method === 'RemoveSnapshot_Task' && byOperator(entry),
  );
  return removals.flatMap((entry) => {
    const { seq } = entry;
    const above = witnessOf(evidence, entry)?.above ?? takenLater(evidence, entry);
    const snapshots = new Set(above.map((moRef) => snapshotAt(evidence, moRef, seq)));
    const bases = pinnedAt(evidence, snapshots, { seq, at: evidence.arrivedAt(entry) });
    return bases.length === 0
      ? []
      : [`${describeEntry(entry)} while base ${bases.join(', ')} was pinned to a snapshot that stands on it`];
  });
}

export const pinsKept: Oracle = {
  name: 'pins',
  rule: 'a base is pinned to one snapshot for good, and none goes below the snapshot of another base',
  check: (evidence) => [...changedPins(evidence), ...removedUnderBases(evidence)],
};
