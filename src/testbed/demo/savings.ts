// What linked clones save, as the status of sets and bases has it and as the demo gives it on: nothing is computed here
// that isn't a sum of those figures.
import type { StorageSavings } from '../../api/types.generated.ts';

/** In bytes; `savedPercent` with one decimal. */
export interface Savings {
  fullBytes: number;
  thinBytes: number;
  linkedBytes: number;
  savedBytes: number;
  savedPercent: number;
}

/** The figures of one set or base. */
export function savingsOf(storage: StorageSavings): Savings {
  const { fullCloneBytes, thinCloneBytes, linkedBytes, savedBytes, savedPercent } = storage;
  return { fullBytes: fullCloneBytes, thinBytes: thinCloneBytes, linkedBytes, savedBytes, savedPercent };
}

/** The figures of all bases together: each holds its clones and, once, itself. Undefined while no base has any. */
export function totalSavings(bases: readonly (StorageSavings | undefined)[]): Savings | undefined {
  const known = bases.filter((storage) => storage !== undefined).map(savingsOf);
  if (known.length === 0) return undefined;
  const sum = (field: keyof Savings): number => known.reduce((total, savings) => total + savings[field], 0);
  const fullBytes = sum('fullBytes');
  const linkedBytes = sum('linkedBytes');
  const savedBytes = fullBytes - linkedBytes;
  return {
    fullBytes,
    thinBytes: sum('thinBytes'),
    linkedBytes,
    savedBytes,
    savedPercent: fullBytes === 0 ? 0 : Math.round((savedBytes / fullBytes) * 1000) / 10,
  };
}
