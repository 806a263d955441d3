// The simulated time: real, sped up, or driven by a test. At speed 0 it stands still and moves by `advance` alone, but
// what is due at once runs at once at any speed. `advance` goes from timer to timer, lets what each one set off settle
// before the next, and so is exact: a chain of timers runs at the simulated times it asked for.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SimClock, SimTimer } from '../core/sim-clock.ts';
import { TimerQueue } from './timer-queue.ts';

export interface SimulatedClockOptions {
  /** Simulated seconds per real second; 0 stands still. */
  readonly speed: number;
  /** Simulated time at the start, milliseconds since 1970; by default the real time. */
  readonly startAt?: number;
}

/** Longest delay that setTimeout takes without firing at once, in milliseconds. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

class SimulatedClock implements SimClock {
  readonly #timers = new TimerQueue();
  #speed: number;
  /** Simulated and real time of the last change of speed. */
  #base: number;
  #realBase = performance.now();
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #advancing: Promise<void> | undefined;

  constructor(options: SimulatedClockOptions) {
    this.#speed = options.speed;
    this.#base = options.startAt ?? Date.now();
  }

  now(): number {
    return this.#base + (performance.now() - this.#realBase) * this.#speed;
  }

  schedule(delayMs: number, callback: () => void): SimTimer {
    const timer = this.#timers.add(this.now() + Math.max(0, delayMs), callback);
    if (this.#timers.peek() === timer) this.#arm();
    return {
      cancel() {
        timer.cancelled = true;
      },
    };
  }

  setSpeed(speed: number): void {
    if (!(speed >= 0)) throw new Error(`the speed of a clock is 0 or more, not ${speed}`);
    this.#rebase(this.now());
    this.#speed = speed;
    this.#arm();
  }

  async advance(milliseconds: number): Promise<void> {
    // One after the other: two that run together would each move the other's time.
    while (this.#advancing !== undefined) await this.#advancing;
    this.#advancing = this.#advanceTo(this.now() + Math.max(0, milliseconds)).finally(() => {
      this.#advancing = undefined;
      this.#arm();
    });
    await this.#advancing;
  }

  async #advanceTo(target: number): Promise<void> {
    this.#disarm();
    for (;;) {
      const timer = this.#timers.takeDue(Math.max(target, this.now()));
      if (timer === undefined) break;
      this.#rebase(Math.max(this.now(), timer.dueAt));
      timer.callback();
      await nextTurn();
    }
    this.#rebase(Math.max(this.now(), target));
  }

  #rebase(now: number): void {
    this.#base = now;
    this.#realBase = performance.now();
  }

  #disarm(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
    this.#timeout = undefined;
    this.#immediate = undefined;
  }

  #arm(): void {
    if (this.#advancing !== undefined || this.#immediate !== undefined) return;
    const next = this.#timers.peek();
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
    if (next === undefined) return;
    const wait = next.dueAt - this.now();
    if (wait <= 0) {
      // Not unref'd: a process that has work due now isn't done.
      this.#immediate = setImmediate(() => this.#wake());
    } else if (this.#speed > 0) {
      // Unref'd: a simulated future keeps no process alive.
      this.#timeout = setTimeout(() => this.#wake(), Math.min(wait / this.#speed, LONGEST_TIMEOUT_MS)).unref();
    }
  }

  #wake(): void {
    this.#disarm();
    if (this.#advancing !== undefined) return;
    // Only what is due at this moment: what comes due meanwhile gives way to the network in between.
    const now = this.now();
    try {
      for (let timer = this.#timers.takeDue(now); timer !== undefined; timer = this.#timers.takeDue(now))
        timer.callback();
    } finally {
      this.#arm();
    }
  }
}

/** A clock that starts at once; nothing has to be stopped. */
export function createSimClock(options: SimulatedClockOptions): SimClock {
  return new SimulatedClock(options);
}
