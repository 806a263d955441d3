// Progress of running tasks: once a simulated second, for those that take long enough that somebody might look.
import type { SimClock, SimTimer } from '../core/sim-clock.ts';
import type { SimObject } from '../core/sim-object.ts';

const INTERVAL_MS = 1000;
/** A shorter task shows no progress. */
const WORTH_SHOWING_MS = 2000;
const MOST_BEFORE_THE_END = 99;

interface Watched {
  readonly startedAt: number;
  readonly durationMs: number;
}

export class TaskProgress {
  readonly #clock: SimClock;
  readonly #watched = new Map<SimObject, Watched>();
  #timer: SimTimer | undefined;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Shows how far a task is until it's forgotten. */
  watch(task: SimObject, durationMs: number): void {
    if (durationMs < WORTH_SHOWING_MS) return;
    task.set('info.progress', 0);
    this.#watched.set(task, { startedAt: this.#clock.now(), durationMs });
    this.#timer ??= this.#clock.schedule(INTERVAL_MS, () => this.#tick());
  }

  forget(task: SimObject): void {
    this.#watched.delete(task);
    if (this.#watched.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tick(): void {
    const now = this.#clock.now();
    for (const [task, { startedAt, durationMs }] of this.#watched) {
      task.set('info.progress', Math.min(MOST_BEFORE_THE_END, Math.floor(((now - startedAt) / durationMs) * 100)));
    }
    this.#timer = this.#clock.schedule(INTERVAL_MS, () => this.#tick());
  }
}
