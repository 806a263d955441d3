// Counters of GET /v1/stats: calls by method, the most of a kind that ever ran at once, tasks that ever had to wait.

import { knownMethodNames } from '../schema/schema.ts';

/** Under this name all calls of methods that no vCenter has are counted: a client may send any name. */
const OTHER = 'other';

export interface StatsSnapshot {
  readonly calls: Readonly<Record<string, number>>;
  readonly maxInFlight: Readonly<Record<string, number>>;
  readonly queued: number;
}

export class Stats {
  readonly #known: ReadonlySet<string> = new Set([...knownMethodNames(), 'Fetch']);
  readonly #calls = new Map<string, number>();
  readonly #inFlight = new Map<string, number>();
  readonly #maxInFlight = new Map<string, number>();
  #queued = 0;

  /** One more call of `method`, answered or not. */
  count(method: string): void {
    const name = this.#known.has(method) ? method : OTHER;
    this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
  }

  /** Something named `name` starts (a method on the wire, a running task kind, cost units on a host by its moRef). */
  enter(name: string, amount = 1): void {
    const now = (this.#inFlight.get(name) ?? 0) + amount;
    this.#inFlight.set(name, now);
    if (now > (this.#maxInFlight.get(name) ?? 0)) this.#maxInFlight.set(name, now);
  }

  /** What `enter` announced has ended. */
  leave(name: string, amount = 1): void {
    this.#inFlight.set(name, (this.#inFlight.get(name) ?? 0) - amount);
  }

  /** The most of `name` that was ever in flight at once. */
  maxInFlight(name: string): number {
    return this.#maxInFlight.get(name) ?? 0;
  }

  /** A task had to wait for a slot. */
  addQueued(): void {
    this.#queued += 1;
  }

  get queued(): number {
    return this.#queued;
  }

  calls(method: string): number {
    return this.#calls.get(method) ?? 0;
  }

  snapshot(): StatsSnapshot {
    return {
      calls: Object.fromEntries(this.#calls),
      maxInFlight: Object.fromEntries(this.#maxInFlight),
      queued: this.#queued,
    };
  }
}
