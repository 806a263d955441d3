// What came of it, from the status of sets and bases: the line that `--output json` prints and the figures of the summary.
import type { BaseSnapshot, LinkedCloneSet } from '../../api/types.generated.ts';
import { formatKey, keyOf, parseKey } from '../../kube/objects.ts';
import type { LabWatch } from './lab-watch.ts';
import type { Savings } from './savings.ts';
import { savingsOf, totalSavings } from './savings.ts';

export interface LabResult {
  labs: { name: string; replicas: number; ready: number; seconds: number; storage: Savings | null }[];
  /** Bases included, once. */
  storage: Savings | null;
  /** From the first apply until all were ready. */
  seconds: number;
}

export interface Timing {
  /** Monotonic milliseconds. */
  appliedAt: number;
  /** By namespace/name, monotonic milliseconds. */
  readyAt: ReadonlyMap<string, number>;
}

/** The sets of `names` (namespace/name), in that order. */
export function describeResult(names: readonly string[], watch: LabWatch, { appliedAt, readyAt }: Timing): LabResult {
  const seconds = (name: string): number => Math.round((readyAt.get(name) ?? Number.NaN) - appliedAt) / 1000;
  const sets = new Map(watch.sets().map((set) => [formatKey(keyOf(set)), set]));
  return {
    labs: names.map((name) => {
      const set = sets.get(name);
      const storage = set?.status?.storage;
      return {
        name: parseKey(name).name,
        replicas: set?.spec.replicas ?? 0,
        ready: set?.status?.readyReplicas ?? 0,
        seconds: seconds(name),
        storage: storage === undefined ? null : savingsOf(storage),
      };
    }),
    storage: totalSavings(watch.bases().map((base) => base.status?.storage)) ?? null,
    seconds: Math.max(...names.map(seconds)),
  };
}

/**
 * Whether the status of sets and bases speaks of the same clones. Each is written once a second at most, so right after the
 * last clone became ready one may be behind.
 */
export function figuresAgree(sets: readonly LinkedCloneSet[], bases: readonly BaseSnapshot[]): boolean {
  const ofSets = sets.map((set) => set.status?.storage);
  const ofBases = bases.map((base) => base.status?.storage);
  if (![...ofSets, ...ofBases].every((storage) => storage !== undefined)) return false;
  const sum = (values: readonly (number | undefined)[]): number => values.reduce<number>((a, b) => a + (b ?? 0), 0);
  const disks = bases.flatMap((base) => base.status?.disks ?? []);
  return (
    sum(ofSets.map((storage) => storage?.fullCloneBytes)) === sum(ofBases.map((storage) => storage?.fullCloneBytes)) &&
    sum(ofSets.map((storage) => storage?.linkedBytes)) + sum(disks.map((disk) => disk.usedBytes)) ===
      sum(ofBases.map((storage) => storage?.linkedBytes))
  );
}
