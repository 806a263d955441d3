// May we still act as the leader? Kept apart from the election, because it must answer without I/O, right before every
// change, on a machine that may have been stunned for minutes: by the age of the last renewal on the monotonic clock, and
// by whether wall and monotonic clock still agree (both stop while a machine is suspended; the wall clock is set later).
import type { Clock } from '../util/clock.ts';

/** Leadership can't be proven right now; whoever gets this must not change anything. */
export class NotLeadingError extends Error {
  override readonly name = 'NotLeadingError';
}

/** Both clocks at the moment at which a request was sent: what its answer proves was true then, not when it came. */
export interface SentAt {
  readonly monotonic: number;
  /** Wall minus monotonic clock. */
  readonly offset: number;
}

/** Difference of the two clocks since the last proof that is taken for a jump, in milliseconds. */
const MAX_CLOCK_JUMP_MS = 1_000;

export class LeaseWatchdog {
  readonly #clock: Clock;
  readonly #renewDeadlineMs: number;
  #renewedAt: number | undefined;
  /** Wall minus monotonic clock when leadership was last proven by the API server. */
  #offset = 0;

  constructor(clock: Clock, renewDeadlineMs: number) {
    this.#clock = clock;
    this.#renewDeadlineMs = renewDeadlineMs;
  }

  /** To be taken right before a renewal or a live read is sent. */
  sending(): SentAt {
    const monotonic = this.#clock.monotonic();
    return { monotonic, offset: this.#clock.now() - monotonic };
  }

  /** The server took our renewal. */
  renewed(sent: SentAt): void {
    this.#renewedAt = sent.monotonic;
    this.confirmed(sent);
  }

  /** A live read said that we hold the lease. A clock that jumped while it was under way still counts as a jump. */
  confirmed(sent: SentAt): void {
    this.#offset = sent.offset;
  }

  lost(): void {
    this.#renewedAt = undefined;
  }

  /** Milliseconds since the last renewal was sent; Infinity when not leading. */
  ageMs(): number {
    return this.#renewedAt === undefined ? Number.POSITIVE_INFINITY : this.#clock.monotonic() - this.#renewedAt;
  }

  /** Throws NotLeadingError unless leadership is proven. */
  assert(): void {
    if (this.#renewedAt === undefined) throw new NotLeadingError('this process is not the leader');
    const ageMs = Math.round(this.ageMs());
    if (ageMs > this.#renewDeadlineMs) {
      throw new NotLeadingError(`the lease was last renewed ${ageMs} ms ago, the limit is ${this.#renewDeadlineMs} ms`);
    }
    const jumpMs = Math.round(this.sending().offset - this.#offset);
    if (Math.abs(jumpMs) > MAX_CLOCK_JUMP_MS) {
      throw new NotLeadingError(`the wall clock jumped by ${jumpMs} ms: the lease must be read again first`);
    }
  }
}
