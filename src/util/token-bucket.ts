// So many at once, and so many a second after that: work that would crowd out other work is spread over time.
import type { Clock } from './clock.ts';

/** Tokens that a sum of fractions may lack of a whole one. */
const ROUNDING = 1e-9;

export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  /** `burst` tokens at first and at most; `perSecond` more come in every second. */
  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = clock.monotonic();
  }

  /** Takes up to `wanted` whole tokens; the number that was there. */
  take(wanted: number): number {
    this.#fill();
    const taken = Math.max(0, Math.min(wanted, Math.floor(this.#tokens + ROUNDING)));
    this.#tokens -= taken;
    return taken;
  }

  /** Milliseconds until `count` tokens are there, `burst` at most; 0: now. */
  waitMs(count: number): number {
    this.#fill();
    const missing = Math.min(count, this.#burst) - this.#tokens;
    return missing <= 0 ? 0 : Math.ceil((missing / this.#perSecond) * 1000);
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond);
    this.#filledAt = now;
  }
}
