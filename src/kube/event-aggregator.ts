// Decides which occurrences of an event are written. The same note about the same object is one Event with a series, whose
// count is written at 2, 4, 8, …; what is about one object is limited by a token bucket. Pure state, no I/O: the recorder
// writes what this says. What is kept is dropped ten minutes after the last occurrence.
import type { ObjectMeta } from './objects.ts';

/** What an event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'uid'>;
}

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters. */
  readonly reason: string;
  /** What was done or tried, CamelCase, at most 128 characters. */
  readonly action: string;
  /** One sentence; cut at 1 kB. */
  readonly note: string;
}

/** One Event object: its first occurrence and its count. */
export interface EventSeries {
  readonly subject: EventSubject;
  readonly text: EventText;
  /** Wall clock, milliseconds since 1970. */
  readonly firstAt: number;
  lastAt: number;
  count: number;
  /** The count that the API server has; 0: the Event isn't there yet. */
  written: number;
}

export interface EventAggregatorOptions {
  /** Occurrences further apart than this are separate Events, in milliseconds. */
  readonly windowMs: number;
  /** Different Events about one object at once. */
  readonly burst: number;
  /** One more becomes possible every so many milliseconds. */
  readonly refillMs: number;
}

interface Seen {
  readonly series: EventSeries;
  at: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** What to do about an occurrence. */
export interface EventDecision {
  readonly write?: EventSeries;
  /** Too many about this object: not written. */
  readonly limited?: true;
}

export class EventAggregator {
  readonly #options: EventAggregatorOptions;
  readonly #seen = new Map<string, Seen>();
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: EventAggregatorOptions) {
    this.#options = options;
  }

  /** `monotonic` and `wall` are now, in milliseconds. */
  add(subject: EventSubject, text: EventText, monotonic: number, wall: number): EventDecision {
    const id = JSON.stringify([subject.metadata.uid, text.type, text.reason, text.action, text.note]);
    const known = this.#seen.get(id);
    if (known !== undefined && monotonic - known.at <= this.#options.windowMs) {
      known.at = monotonic;
      known.series.lastAt = wall;
      known.series.count += 1;
      return isPowerOfTwo(known.series.count) ? { write: known.series } : {};
    }
    if (!this.#takeToken(subject.metadata.uid, monotonic)) return { limited: true };
    const series = { subject, text, firstAt: wall, lastAt: wall, count: 1, written: 0 };
    this.#seen.set(id, { series, at: monotonic });
    return { write: series };
  }

  /** Forgets series that are over and gives those whose last count isn't written. */
  sweep(monotonic: number): EventSeries[] {
    for (const [uid, bucket] of this.#buckets) {
      if (this.#refilled(bucket, monotonic) >= this.#options.burst) this.#buckets.delete(uid);
    }
    const over = [...this.#seen].filter(([, seen]) => monotonic - seen.at > this.#options.windowMs);
    for (const [id] of over) this.#seen.delete(id);
    return unwritten(over.map(([, seen]) => seen));
  }

  /** Series whose last count isn't written, for a last write before the stop. */
  pending(): EventSeries[] {
    return unwritten(this.#seen.values());
  }

  /** Series and buckets that are kept. */
  get size(): number {
    return this.#seen.size + this.#buckets.size;
  }

  #takeToken(uid: string, monotonic: number): boolean {
    const bucket = this.#buckets.get(uid) ?? { tokens: this.#options.burst, at: monotonic };
    const tokens = this.#refilled(bucket, monotonic);
    this.#buckets.set(uid, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: monotonic });
    return tokens >= 1;
  }

  #refilled(bucket: Bucket, monotonic: number): number {
    return Math.min(this.#options.burst, bucket.tokens + (monotonic - bucket.at) / this.#options.refillMs);
  }
}

function unwritten(seen: Iterable<Seen>): EventSeries[] {
  return [...seen].map((one) => one.series).filter((series) => series.count > series.written);
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
