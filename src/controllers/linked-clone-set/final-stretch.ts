// When all machines of a set are made and only their guests are waited for, the result is near, and a status written now
// would hold it up for the interval between two writes. So steps wait then, for a while: a guest may take minutes.
import type { Clock } from '../../util/clock.ts';

/** How many status intervals steps wait from the beginning of the stretch. */
const INTERVALS = 5;

export class FinalStretch {
  readonly #clock: Clock;
  readonly #longestMs: number;
  /** By the set's UID: when its last machine was seen made, monotonic milliseconds. */
  readonly #since = new Map<string, number>();

  constructor(clock: Clock, statusIntervalMs: number) {
    this.#clock = clock;
    this.#longestMs = statusIntervalMs * INTERVALS;
  }

  /** Milliseconds that a step of the set waits for the result; 0: it needn't. `near`: only guests are waited for. */
  waitMs(set: string, near: boolean): number {
    if (!near) {
      this.#since.delete(set);
      return 0;
    }
    const now = this.#clock.monotonic();
    const since = this.#since.get(set) ?? now;
    this.#since.set(set, since);
    return Math.max(0, since + this.#longestMs - now);
  }

  forget(set: string): void {
    this.#since.delete(set);
  }
}
