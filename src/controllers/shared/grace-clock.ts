// How long something has been missing: a reference that isn't there yet is normal for a minute after an apply and a
// human's business after that. An object that already says Stalled for the same reason stays so over a restart.
import type { Clock } from '../../util/clock.ts';

export class GraceClock {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #since = new Map<string, { reason: string; at: number }>();

  constructor(clock: Clock, graceMs: number) {
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  /** Milliseconds left until `reason` on the object counts as stalled; 0: it does. */
  leftMs(uid: string, reason: string, stalledAlready: boolean): number {
    const known = this.#since.get(uid);
    if (known === undefined || known.reason !== reason) {
      const at = stalledAlready ? this.#clock.monotonic() - this.#graceMs : this.#clock.monotonic();
      this.#since.set(uid, { reason, at });
      return stalledAlready ? 0 : this.#graceMs;
    }
    return Math.max(0, known.at + this.#graceMs - this.#clock.monotonic());
  }

  clear(uid: string): void {
    this.#since.delete(uid);
  }
}
