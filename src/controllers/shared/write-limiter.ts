// Parents (sets, bases, VCenters) summarise many children; their status is written at most once an interval, and the last
// change is never lost: who comes too early is told when to come again.
import type { Clock } from '../../util/clock.ts';

export class WriteLimiter {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #lastWrite = new Map<string, number>();

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Milliseconds until the object's status may be written again; 0: now. */
  waitMs(uid: string): number {
    const last = this.#lastWrite.get(uid);
    return last === undefined ? 0 : Math.max(0, last + this.#intervalMs - this.#clock.monotonic());
  }

  wrote(uid: string): void {
    this.#lastWrite.set(uid, this.#clock.monotonic());
  }

  forget(uid: string): void {
    this.#lastWrite.delete(uid);
  }
}
