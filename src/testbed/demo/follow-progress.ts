// Keeps the table on the screen up to date, for as long as it's wanted. An operator that doesn't answer is said, not fatal:
// whether its process is gone is noticed elsewhere.
import { isAbort, sleep } from '../../util/abort.ts';
import { systemClock } from '../../util/clock.ts';
import { errorMessage } from '../../util/errors.ts';
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
      waitingFor = errorMessage(error);
    }
    const now = systemClock.monotonic();
    const key = ({ namespace, name }: SetProgress): string => `${namespace}/${name}`;
    const rows = sets.map((set) => rowOf(set, stopwatch.time(key(set), isSettled(set), now)));
    const storage = totalSavings(watch.bases().map((base) => base.status?.storage));
    const elapsedMs = stopwatch.time(TOTAL, sets.length > 0 && sets.every(isSettled), now);
    screen.show({ rows, total: totalRow(rows, { storage, elapsedMs, waitingFor }) });
  }

  return {
    refresh,
    async run() {
      while (!signal.aborted) {
        await refresh();
        await sleep(systemClock, screen.intervalMs, signal).catch((error: unknown) => {
          if (!signal.aborted && !isAbort(error)) throw error;
        });
      }
    },
  };
}
