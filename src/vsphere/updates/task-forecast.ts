// When tasks of ours will probably end, by how long the last of their method took. Nothing is decided on it but when
// vCenter is asked: tasks that are due together are told of in one answer, and nobody waits for one that isn't due. The most
// urgent tasks that run decide; the others come along. Where nothing is known of those, or one is long overdue, the
// caller's own time holds.
import type { Clock } from '../../util/clock.ts';
import { isUrgent } from '../task-urgency.ts';

/** How many batches of a method are remembered. */
const SAMPLES = 12;
/** What is added to the last of a burst: the watch tells of an end a little later. Milliseconds. */
const MARGIN_MS = 20;
/** What somebody who waits for a task is kept waiting for others, at most: this part of what the task takes. */
const SHARE = 1 / 20;
/** A task that takes this much longer than usual is one of which nothing can be told. */
const OVERDUE = 1.25;

interface Running {
  readonly method: string;
  readonly urgency: number;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
}

interface Due {
  readonly key: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** How long its like take, milliseconds. */
  readonly usual: number;
}

export class TaskForecast {
  readonly #clock: Clock;
  /** In the order in which they were started. */
  readonly #running = new Map<string, Running>();
  readonly #samples = new Map<string, number[]>();
  /** By method: when the first of those that ended since the last `settle` was started. */
  readonly #ended = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  started(key: string, method: string, urgency: number): void {
    this.#running.set(key, { method, urgency, startedAt: this.#clock.monotonic() });
  }

  ended(key: string): void {
    const task = this.#running.get(key);
    if (task === undefined) return;
    this.#running.delete(key);
    const first = this.#ended.get(task.method);
    if (first === undefined || task.startedAt < first) this.#ended.set(task.method, task.startedAt);
  }

  /** Learns from the ends since the last call; the first of them were seen at `seenAt`, monotonic milliseconds. */
  settle(seenAt: number): void {
    for (const [method, startedAt] of this.#ended) {
      const samples = this.#samples.get(method) ?? [];
      samples.push(Math.max(0, seenAt - startedAt));
      if (samples.length > SAMPLES) samples.shift();
      this.#samples.set(method, samples);
    }
    this.#ended.clear();
  }

  /** True unless it's known that the task runs on for a while. */
  mayHaveEnded(key: string): boolean {
    const due = this.#dues(0).find((each) => each.key === key);
    return due === undefined || due.at <= this.#clock.monotonic() + MARGIN_MS;
  }

  /**
   * How long the first end of a burst waits for the rest, at most `longestMs`: until the last that is due by then; 0 when
   * none is. All of it where a task runs of which that can't be told. A short task that somebody waits for isn't held up
   * long.
   */
  gatherMs(longestMs: number): number {
    const now = this.#clock.monotonic();
    const urgency = this.#highest;
    const dues = this.#dues(urgency);
    if (dues.length < this.#count(urgency)) return longestMs;
    const soon = dues.filter(({ at }) => at <= now + longestMs);
    if (soon.length === 0) return 0;
    const longest = isUrgent(urgency) ? Math.min(longestMs, ...soon.map(({ usual }) => usual * SHARE)) : longestMs;
    return Math.min(longest, Math.max(...soon.map(({ at }) => at)) - now + MARGIN_MS);
  }

  /**
   * How long nobody needs to ask, at most `longestMs`: until a quarter of the tasks are due that somebody waits for, or
   * three quarters of those that nobody waits for. They are started anew together, and end together.
   */
  restMs(longestMs: number): number {
    const urgency = this.#highest;
    const dues = this.#dues(urgency).toSorted((a, b) => a.at - b.at);
    const next = dues[Math.ceil(dues.length * (isUrgent(urgency) ? 0.25 : 0.75)) - 1];
    if (next === undefined) return longestMs;
    return Math.min(longestMs, Math.max(next.usual * SHARE, next.at - this.#clock.monotonic()));
  }

  get #highest(): number {
    let highest = 0;
    for (const { urgency } of this.#running.values()) highest = Math.max(highest, urgency);
    return highest;
  }

  #count(urgency: number): number {
    let count = 0;
    for (const task of this.#running.values()) if (task.urgency >= urgency) count += 1;
    return count;
  }

  /** The tasks, this urgent or more, of which it can be told. When the first of a method is late, all of its like that began after it are. */
  #dues(leastUrgency: number): Due[] {
    const now = this.#clock.monotonic();
    const usualOf = new Map<string, number>();
    const dues: Due[] = [];
    for (const [key, { method, startedAt, urgency }] of this.#running) {
      if (urgency < leastUrgency) continue;
      let usual = usualOf.get(method) ?? this.usualMs(method);
      if (usual === undefined || now - startedAt > usual * OVERDUE + MARGIN_MS) continue;
      usual = Math.max(usual, now - startedAt);
      usualOf.set(method, usual);
      dues.push({ key, at: startedAt + usual, usual });
    }
    return dues;
  }

  /**
   * How long tasks of the method take, milliseconds; undefined where none has ended yet. The lower quartile of what was
   * seen: too early costs a question, too late everybody's time.
   */
  usualMs(method: string): number | undefined {
    const samples = this.#samples.get(method);
    return samples?.toSorted((a, b) => a - b)[Math.floor((samples.length - 1) / 4)];
  }
}
