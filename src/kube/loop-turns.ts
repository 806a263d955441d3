// Keeps long synchronous work from blocking the event loop: lease renewals, timers and other connections get their turn.
import type { Clock } from '../util/clock.ts';

/** Longest stretch of work without a turn of the event loop, in milliseconds. */
const STRETCH_MS = 10;

export class LoopTurns {
  readonly #clock: Clock;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** To be called between pieces of work: lets the event loop turn when the last turn is long ago. */
  async giveWay(): Promise<void> {
    if (this.#clock.monotonic() - this.#since < STRETCH_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = this.#clock.monotonic();
  }
}
