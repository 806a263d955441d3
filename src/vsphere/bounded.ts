// Waiting for something that may never come, for a while.
import type { Clock } from '../util/clock.ts';

/** Resolves when `work` has settled or the time (milliseconds) is over; rejects as `work` does before that. */
export async function bounded(work: Promise<void>, clock: Clock, timeoutMs: number): Promise<void> {
  let giveUp: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const timer = clock.schedule(timeoutMs, giveUp);
  try {
    await Promise.race([work, over]);
  } finally {
    timer.cancel();
  }
}
