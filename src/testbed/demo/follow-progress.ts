// Keeps the table on the screen up to date, for as long as it's wanted. An operator that doesn't answer is said, not fatal:
// whether its process is gone is noticed elsewhere.
import { formatKey, keyOf } from '../../kube/objects.ts';
import { sleep } from '../../util/abort.ts';
import { systemClock } from '../../util/clock.ts';
import { toError } from '../../util/errors.ts';
import type { LabWatch } from './lab-watch.ts';
import type { SetProgress } from './operator-progress.ts';
import { readOperatorProgress } from './operator-progress.ts';
import { totalSavings } from './savings.ts';
import type { Screen } from './screen.ts';
import { isSettled, rowOf, totalRow } from './set-row.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface Follower {
  /** Shows the table as it is now. */
  refresh(): Promise<void>;
  /** Refreshes until the signal fires; never rejects. */
  run(): Promise<void>;
}

export interface FollowOptions {
  metricsUrl: string;
  watch: LabWatch;
  screen: Screen;
  stopwatch: Stopwatch;
  signal: AbortSignal;
}

const TOTAL = '';

/** A follower; it does nothing until one of its methods is called. */
export function createFollower({ metricsUrl, watch, screen, stopwatch, signal }: FollowOptions): Follower {
  let sets: readonly SetProgress[] = [];

  async function refresh(): Promise<void> {
    let waitingFor = '';
    try {
      sets = await readOperatorProgress(metricsUrl, signal);
    } catch (error) {
      if (signal.aborted) return;
      waitingFor = toError(error).message;
    }
    const now = systemClock.monotonic();
    const leaving = new Set(
      watch
        .sets()
        .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
        .map((set) => formatKey(keyOf(set))),
    );
    // Of a set that is being deleted nothing is wanted, whatever its spec says.
    const wanted = sets.map((set) => (leaving.has(formatKey(set)) ? { ...set, wanted: 0 } : set));
    const rows = wanted.map((set) => rowOf(set, stopwatch.time(formatKey(set), isSettled(set), now)));
    const storage = totalSavings(watch.bases().map((base) => base.status?.storage));
    const elapsedMs = stopwatch.time(TOTAL, sets.length > 0 && wanted.every(isSettled), now);
    screen.show({ rows, total: totalRow(rows, { storage, elapsedMs, waitingFor }) });
  }

  return {
    refresh,
    async run() {
      while (!signal.aborted) {
        await refresh();
        await sleep(systemClock, screen.intervalMs, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
    },
  };
}
