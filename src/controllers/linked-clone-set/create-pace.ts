// How fast sets make LinkedClones, all sets together. A vCenter makes a few clones a second; objects written much faster
// than that only keep the API server from what the clones under way need of it. Sets take turns.
import type { Clock } from '../../util/clock.ts';
import { TokenBucket } from '../../util/token-bucket.ts';

/** Creates of one set in a turn: what is scaled down meanwhile soon sees it. */
const TURN = 10;

export interface CreatePaceOptions {
  readonly clock: Clock;
  /** Creates a second, beyond the burst. */
  readonly rate: number;
  readonly burst: number;
}

export class CreatePace {
  readonly #bucket: TokenBucket;
  /** Sets that wait for another turn: so many share the rate. */
  readonly #waiting = new Set<string>();

  constructor({ clock, rate, burst }: CreatePaceOptions) {
    this.#bucket = new TokenBucket(clock, rate, burst);
  }

  /** How many of the `missing` clones of a set (by UID) may be made now. */
  take(set: string, missing: number): number {
    const taken = this.#bucket.take(Math.min(missing, TURN));
    if (taken < missing) this.#waiting.add(set);
    else this.#waiting.delete(set);
    return taken;
  }

  /** Milliseconds until the set's next turn; undefined: it waits for none. */
  waitMs(set: string): number | undefined {
    if (!this.#waiting.has(set)) return undefined;
    return Math.max(1, this.#bucket.waitMs((this.#waiting.size * TURN) / 2));
  }

  /** The set wants no more, or is gone. */
  forget(set: string): void {
    this.#waiting.delete(set);
  }
}
