// A clock that tests drive: nothing happens until `advance`. Timers fire in order of their time, and between two of them
// everything that promises have set going runs to its end, so a test sees each step as the code would in real time.
import type { Clock, Timer } from '../../src/util/clock.ts';

interface Scheduled {
  readonly at: number;
  readonly callback: () => void;
}

const START = Date.UTC(2026, 0, 1);

export class FakeClock implements Clock {
  #monotonic = 0;
  #wallOffset = START;
  readonly #timers = new Set<Scheduled>();

  now(): number {
    return this.#monotonic + this.#wallOffset;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#monotonic + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Timers that haven't fired or been cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` milliseconds pass. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#monotonic = Math.max(this.#monotonic, next.at);
      this.#timers.delete(next);
      next.callback();
      await settle();
    }
    this.#monotonic = end;
  }

  /** Sets the wall clock forward or back; the monotonic one doesn't notice. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  #next(end: number): Scheduled | undefined {
    let first: Scheduled | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }
}

/** Resolves when all promise reactions that are due have run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
