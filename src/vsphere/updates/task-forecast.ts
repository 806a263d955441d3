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
/** Tasks that nobody waits for wait for those that end this much later: this part of what they take. */
const COMPANY = 1 / 10;
/** Least time from one end to the next question about tasks that somebody waits for: this part of what they take, */
const LEAST_SHARE = 1 / 8;
/** or this many milliseconds, whichever is less. */
const LEAST_MS = 250;
/** A task that takes this much longer than usual is one of which nothing can be told. */
const OVERDUE = 1.25;

export interface Rest {
  readonly ms: number;
  /** After it, some have probably ended. */
  readonly due: boolean;
}

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
  /** Methods whose tasks somebody waits for. */
  readonly #urgent = new Set<string>();
  /** By method: when the first and the last of those that ended since the last `settle` were started. */
  readonly #ended = new Map<string, { readonly first: number; readonly last: number }>();
  /** Monotonic milliseconds at which an end was seen last. */
  #endSeenAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  started(key: string, method: string, urgency: number): void {
    this.#running.set(key, { method, urgency, startedAt: this.#clock.monotonic() });
    if (isUrgent(urgency)) this.#urgent.add(method);
  }

  ended(key: string): void {
    const task = this.#running.get(key);
    if (task === undefined) return;
    this.#running.delete(key);
    const { startedAt, method } = task;
    const { first, last } = this.#ended.get(method) ?? { first: startedAt, last: startedAt };
    this.#ended.set(method, { first: Math.min(first, startedAt), last: Math.max(last, startedAt) });
  }

  /**
   * Learns from the ends since the last call. vCenter told of the first of them at `toldAt`, monotonic milliseconds; where that's
   * undefined they were found ended just now, when they were looked for: so they don't take longer, and that's all.
   */
  settle(toldAt: number | undefined): void {
    const now = this.#clock.monotonic();
    if (this.#ended.size > 0) this.#endSeenAt = now;
    for (const [method, { first, last }] of this.#ended) {
      const samples = this.#samples.get(method) ?? [];
      const atMost = now - last - MARGIN_MS;
      const took = toldAt === undefined ? Math.min(atMost, this.usualMs(method) ?? atMost) : toldAt - first;
      samples.push(Math.max(0, took));
      if (samples.length > SAMPLES) samples.shift();
      this.#samples.set(method, samples);
    }
    this.#ended.clear();
  }

  /** The tasks of which it's known that they run on for a while. */
  get undue(): ReadonlySet<string> {
    return new Set(this.#dues(0).flatMap((due) => (this.#isNow(due) ? [] : [due.key])));
  }

  /** The most urgent tasks that have probably ended. */
  get due(): ReadonlySet<string> {
    return new Set(this.#dues(this.#highest).flatMap((due) => (this.#isNow(due) ? [due.key] : [])));
  }

  /** True where it can be told of each of the most urgent tasks when it will end. */
  get foresees(): boolean {
    const urgency = this.#highest;
    return this.#running.size > 0 && this.#dues(urgency).length === this.#count(urgency);
  }

  #isNow({ at }: Due): boolean {
    return at <= this.#clock.monotonic() + MARGIN_MS;
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

  /** How long nobody needs to ask: until tasks are due that are within `dueWithinMs`, else `longestMs`. */
  rest(longestMs: number, dueWithinMs = longestMs): Rest {
    const urgency = this.#highest;
    const dues = this.#dues(urgency).toSorted((a, b) => a.at - b.at);
    const at = isUrgent(urgency) ? this.#askUrgently(dues) : this.#askWhenMostEnded(dues);
    if (at === undefined) return { ms: longestMs, due: false };
    const ms = at - this.#clock.monotonic();
    return ms > dueWithinMs ? { ms: longestMs, due: false } : { ms, due: true };
  }

  /** When the first is due, or a little later, with all that are due until then: tasks that drifted apart meet again. */
  #askUrgently(dues: readonly Due[]): number | undefined {
    const [first] = dues;
    if (first === undefined) return undefined;
    const { at, usual } = first;
    const from = Math.max(at, this.#endSeenAt + Math.min(LEAST_MS, usual * LEAST_SHARE) - MARGIN_MS);
    const last = dues.findLast((due) => due.at <= from + usual * SHARE) ?? first;
    return Math.max(from, last.at) + MARGIN_MS;
  }

  /** When three quarters are due, and who comes soon after: nobody waits, and they are started anew together, and end together. */
  #askWhenMostEnded(dues: readonly Due[]): number | undefined {
    const next = dues[Math.ceil(dues.length * 0.75) - 1];
    if (next === undefined) return undefined;
    const last = dues.findLast(({ at }) => at <= next.at + next.usual * COMPANY) ?? next;
    return Math.max(this.#clock.monotonic() + next.usual * SHARE, last.at + MARGIN_MS);
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

  /** The tasks, this urgent or more, of which it can be told. */
  #dues(leastUrgency: number): Due[] {
    const now = this.#clock.monotonic();
    const usualOf = new Map<string, number>();
    const dues: Due[] = [];
    for (const [key, { method, startedAt, urgency }] of this.#running) {
      if (urgency < leastUrgency) continue;
      const usual = usualOf.get(method) ?? this.usualMs(method);
      if (usual === undefined || now - startedAt > usual * OVERDUE + MARGIN_MS) continue;
      usualOf.set(method, usual);
      dues.push({ key, at: Math.max(now, startedAt + usual), usual });
    }
    return dues;
  }

  /**
   * How long tasks of the method take, milliseconds; undefined where none has ended yet. Of what was seen, the lower quartile
   * where somebody waits: too early costs a question, too late everybody's time. Else the upper one: asked too early, a wave of
   * them falls into parts, each of which is asked for from then on.
   */
  usualMs(method: string): number | undefined {
    const samples = this.#samples.get(method);
    const part = this.#urgent.has(method) ? 0.25 : 0.75;
    return samples?.toSorted((a, b) => a - b)[Math.floor((samples.length - 1) * part)];
  }
}
