// Oracle 4, of snapshots: a base stands for one snapshot for good, whatever has its name later; and no snapshot goes while
// another base is pinned to one that was taken after it, on its files.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { HistoryEntry } from '../harness/history.ts';
import type { Oracle } from './oracle.ts';
import { byOperator, describeEntry } from './oracle.ts';

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

/** Bases that were pinned to a snapshot when the call arrived. */
function pinnedAt({ history }: Evidence, moRef: string, at: number): string[] {
  const bases = new Map<string, string>();
  for (const entry of history) {
    if (entry.at >= at || entry.object.kind !== 'BaseSnapshot') continue;
    const { uid, name } = entry.object.metadata;
    if (entry.type !== 'DELETED' && pinOf(entry)?.moRef === moRef) bases.set(uid, name);
    else bases.delete(uid);
  }
  return [...bases.values()];
}

/**
 * By the ledger: those that were taken later on the same machine stand on it, as nobody goes back in these stories, until they
 * are gone themselves.
 */
function removedUnderBases(evidence: Evidence): string[] {
  const done = evidence.ledger.filter(({ phase, fault }) => phase === 'end' && fault === undefined);
  const taken = done.filter(({ method, result }) => method === 'CreateSnapshot_Task' && result !== undefined);
  const gone = done.filter(({ method }) => method === 'RemoveSnapshot_Task');
  const removals = evidence.ledger.filter(
    (entry) => entry.phase === 'call' && entry.method === 'RemoveSnapshot_Task' && byOperator(entry),
  );
  return removals.flatMap((entry) => {
    const own = taken.find(({ result }) => result === entry.target);
    if (own === undefined) return [];
    const isThere = ({ result, seq }: LedgerEntry): boolean =>
      seq < entry.seq && !gone.some((end) => end.target === result && end.seq < entry.seq);
    const above = taken.filter((other) => other.target === own.target && other.seq > own.seq && isThere(other));
    const at = evidence.arrivedAt(entry);
    const bases = above.flatMap(({ result = '' }) => pinnedAt(evidence, result, at));
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
