// Parents (sets, bases, VCenters) summarise many children; their status is written at most once an interval, and the last
// change is never lost: who comes too early is told when to come again.
import type { Clock } from '../../util/clock.ts';

/** A step waits this many intervals. */
const STEP_INTERVALS = 2.5;

export class WriteLimiter {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #lastWrite = new Map<string, number>();

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /**
   * Milliseconds until the object's status may be written again; 0: now. Steps on the way wait longer than what people
   * and other controllers wait for, so that a result is seldom held up by the step before it.
   */
  waitMs(uid: string, what: 'step' | 'result' = 'result'): number {
    const last = this.#lastWrite.get(uid);
    const interval = what === 'step' ? this.#intervalMs * STEP_INTERVALS : this.#intervalMs;
    return last === undefined ? 0 : Math.max(0, last + interval - this.#clock.monotonic());
  }

  wrote(uid: string): void {
    this.#lastWrite.set(uid, this.#clock.monotonic());
  }

  forget(uid: string): void {
    this.#lastWrite.delete(uid);
  }
}
