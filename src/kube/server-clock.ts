// What time the API server has, from the Date header of its answers. Nothing is deleted because the local clock said so:
// leases and grace periods compare with this one. Shared by all REST clients of a process.
import type { Clock } from '../util/clock.ts';

export interface ServerDate {
  /** The server's clock when it answered, milliseconds since 1970, whole seconds. */
  readonly epochMs: number;
  /** Our monotonic clock when the answer came, in milliseconds. */
  readonly seenAt: number;
}

export class ServerClock {
  readonly #clock: Clock;
  #last: ServerDate | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the Date header of an answer; anything else than a date is ignored. */
  observe(header: string | string[] | undefined): void {
    const epochMs = typeof header === 'string' ? Date.parse(header) : Number.NaN;
    if (!Number.isNaN(epochMs)) this.#last = { epochMs, seenAt: this.#clock.monotonic() };
  }

  /** The last date seen; undefined before the first answer. */
  get last(): ServerDate | undefined {
    return this.#last;
  }

  /** The server's time now, by its last date and our monotonic clock; right to about a second. */
  now(): number | undefined {
    return this.#last === undefined ? undefined : this.#last.epochMs + this.#clock.monotonic() - this.#last.seenAt;
  }
}
