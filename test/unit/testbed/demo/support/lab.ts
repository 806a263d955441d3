// What the operator says about a set, for tests: everything that isn't given is zero or absent.
import type { StorageSavings } from '../../../../../src/api/types.generated.ts';
import type { CloneCounts, SetProgress } from '../../../../../src/testbed/demo/operator-progress.ts';

export const GB = 2 ** 30;

const NONE: CloneCounts = {
  Queued: 0,
  Cloning: 0,
  Booting: 0,
  Customizing: 0,
  Ready: 0,
  NotReady: 0,
  Failed: 0,
  Deleting: 0,
};

export type Given = Partial<Omit<SetProgress, 'states'>> & { states?: Partial<CloneCounts> };

/** A set of 25 in the namespace lab. */
export function progressOf(name: string, { states, ...given }: Given): SetProgress {
  return { namespace: 'lab', wanted: 25, waitingFor: '', ...given, name, states: { ...NONE, ...states } };
}

/** Figures in GB. */
export function storageOf({ full, thin, linked }: { full: number; thin: number; linked: number }): StorageSavings {
  const saved = full - linked;
  return {
    fullCloneBytes: Math.ceil(full * GB),
    thinCloneBytes: Math.ceil(thin * GB),
    linkedBytes: Math.ceil(linked * GB),
    savedBytes: Math.ceil(full * GB) - Math.ceil(linked * GB),
    savedPercent: full === 0 ? 0 : Math.round((saved / full) * 1000) / 10,
    asOf: '2026-01-01T00:00:00Z',
  };
}
