// What sharing saves: full copies, thin copies, and what base and deltas really take. Pure arithmetic over figures that
// vCenter reported; bytes are 2^30-based where people see "GB", as vSphere clients show them.
import type { BaseSnapshotStatusDisks, LinkedClone, StorageSavings } from '../../api/types.generated.ts';

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export type SavingsFigures = Omit<StorageSavings, 'asOf'>;

/** Savings of `clones` on a base with these disks; `withBase`: the base's own bytes count, once. */
export function savingsOf(
  disks: readonly BaseSnapshotStatusDisks[],
  clones: readonly LinkedClone[],
  withBase: boolean,
): SavingsFigures {
  const made = clones.filter((clone) => clone.status?.vm !== undefined);
  const used = sum(disks.map((disk) => disk.usedBytes));
  const fullCloneBytes = sum(disks.map((disk) => disk.capacityBytes)) * made.length;
  const linkedBytes = (withBase ? used : 0) + sum(made.map((clone) => clone.status?.storage?.unsharedBytes ?? 0));
  const savedBytes = fullCloneBytes - linkedBytes; // below zero while too few clones share the base's own bytes
  return {
    fullCloneBytes,
    thinCloneBytes: used * made.length,
    linkedBytes,
    savedBytes,
    savedPercent: fullCloneBytes === 0 ? 0 : Math.round((savedBytes / fullCloneBytes) * 1000) / 10,
  };
}

/** The new figures with their time; the stored ones when nothing changed, so that nothing is written. */
export function stampSavings(stored: StorageSavings | undefined, figures: SavingsFigures, now: string): StorageSavings {
  const same =
    stored !== undefined &&
    (Object.keys(figures) as (keyof SavingsFigures)[]).every((key) => stored[key] === figures[key]);
  return same ? stored : { ...figures, asOf: now };
}
