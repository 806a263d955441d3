// Keys waiting to be worked on, with client-go's guarantees: a key is never handed out twice at the same time; one added
// while it's worked on comes again afterwards; adding what already waits changes nothing but its priority (the higher)
// and its time (the earlier). Memory is bounded by the number of different keys. Higher priority comes first, and each
// point is a head start of `headStartMs`, so that no key starves behind a stream of more urgent ones.
import { backoffDelay } from '../util/backoff.ts';
import type { BackoffOptions } from '../util/backoff.ts';
import type { Clock, Timer } from '../util/clock.ts';
import { IndexedHeap } from './indexed-heap.ts';
import type { HeapItem } from './indexed-heap.ts';

/** What a queue reports; all optional, all called synchronously. */
export interface QueueMetrics {
  /** Keys that are ready and wait for a worker. */
  depth?(keys: number): void;
  added?(): void;
  retried?(): void;
  /** Seconds from ready to handed out. */
  waited?(seconds: number): void;
  /** Seconds from handed out to done. */
  worked?(seconds: number): void;
  /** Called once, with what tells how long each key that is worked on has been, in seconds. */
  working?(ages: () => readonly number[]): void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Delay of rate-limited keys by their failures in a row: 5 ms doubling to 60 s. */
  readonly backoff?: BackoffOptions;
  /** Milliseconds of waiting that one point of priority is worth. */
  readonly headStartMs?: number;
  readonly metrics?: QueueMetrics;
}

export interface AddOptions {
  /** Default 0; negative for what can wait, such as a first list. */
  readonly priority?: number;
}

export interface QueueEntry {
  readonly key: string;
  readonly priority: number;
}

interface Item extends HeapItem {
  readonly key: string;
  readonly order: number;
  priority: number;
  readyAt: number;
  place: 'ready' | 'delayed' | 'blocked';
}

type Taker = (entry: QueueEntry | undefined) => void;

const DEFAULT_BACKOFF: BackoffOptions = { initialMs: 5, maxMs: 60_000 };
const DEFAULT_HEAD_START_MS = 1_000;

export class WorkQueue {
  readonly #clock: Clock;
  readonly #backoff: BackoffOptions;
  readonly #metrics: QueueMetrics;
  readonly #items = new Map<string, Item>();
  /** Keys being worked on, with the monotonic time at which they were handed out. */
  readonly #processing = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #ready: IndexedHeap<Item>;
  readonly #delayed = new IndexedHeap<Item>((a, b) => a.readyAt < b.readyAt);
  readonly #takers: Taker[] = [];
  #timer: { readonly at: number; readonly handle: Timer } | undefined;
  #count = 0;
  #closed = false;

  constructor(options: WorkQueueOptions) {
    const { headStartMs = DEFAULT_HEAD_START_MS } = options;
    const score = (item: Item): number => item.readyAt - item.priority * headStartMs;
    this.#clock = options.clock;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
    this.#metrics = options.metrics ?? {};
    this.#ready = new IndexedHeap((a, b) => score(a) < score(b) || (score(a) === score(b) && a.order < b.order));
    this.#metrics.working?.(() => {
      const now = this.#clock.monotonic();
      return [...this.#processing.values()].map((since) => (now - since) / 1_000);
    });
  }

  /** Ready now, or as soon as the key isn't being worked on any more. */
  add(key: string, options: AddOptions = {}): void {
    this.addAfter(key, 0, options);
  }

  /** Ready in `delayMs` milliseconds, unless something makes it ready earlier. */
  addAfter(key: string, delayMs: number, options: AddOptions = {}): void {
    if (this.#closed) return;
    const { priority = 0 } = options;
    const now = this.#clock.monotonic();
    const readyAt = now + Math.max(0, delayMs);
    this.#metrics.added?.();
    const item = this.#items.get(key);
    if (item === undefined) this.#insert(key, priority, readyAt, now);
    else this.#merge(item, priority, readyAt, now);
    this.#serve();
  }

  /** Ready after a delay that grows with each call for the key until `forget`. */
  addRateLimited(key: string, options: AddOptions = {}): void {
    if (this.#closed) return;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#metrics.retried?.();
    this.addAfter(key, backoffDelay(failures, this.#backoff), options);
  }

  /** The key did well: its next rate-limited delay is the shortest again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Rate-limited adds of the key since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, waiting for one; undefined once the queue is shut down. `done` must follow. */
  get(): Promise<QueueEntry | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#serve();
    });
  }

  /** The key isn't worked on any more; if it was added meanwhile, it waits again. */
  done(key: string): void {
    const since = this.#processing.get(key);
    if (since === undefined) return;
    const now = this.#clock.monotonic();
    this.#metrics.worked?.((now - since) / 1_000);
    this.#processing.delete(key);
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#settle(item, now);
    this.#serve();
  }

  /** Hands out nothing more and takes nothing more; keys being worked on may still be marked done. */
  shutdown(): void {
    this.#closed = true;
    this.#timer?.handle.cancel();
    this.#timer = undefined;
    this.#items.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /** Keys that are ready and wait for a worker. */
  get depth(): number {
    return this.#closed ? 0 : this.#ready.size;
  }

  /** Keys being worked on. */
  get active(): number {
    return this.#processing.size;
  }

  /** All keys known: ready, delayed, or added again while being worked on. */
  get size(): number {
    return this.#items.size;
  }

  #insert(key: string, priority: number, readyAt: number, now: number): void {
    const item: Item = { key, priority, readyAt, order: this.#count, place: 'blocked', heapIndex: -1 };
    this.#count += 1;
    this.#items.set(key, item);
    if (!this.#processing.has(key)) this.#settle(item, now);
  }

  #merge(item: Item, priority: number, readyAt: number, now: number): void {
    item.priority = Math.max(item.priority, priority);
    item.readyAt = Math.min(item.readyAt, readyAt);
    if (item.place === 'ready') this.#ready.update(item);
    if (item.place !== 'delayed') return;
    this.#delayed.remove(item);
    this.#settle(item, now);
  }

  /** Puts an item that's in no heap where it belongs. */
  #settle(item: Item, now: number): void {
    item.place = item.readyAt <= now ? 'ready' : 'delayed';
    if (item.place === 'ready') this.#ready.push(item);
    else this.#delayed.push(item);
  }

  /** Moves what has become ready, gives it to whoever waits, and sets the timer for the rest. */
  #serve(): void {
    const now = this.#clock.monotonic();
    for (let item = this.#delayed.peek(); item !== undefined && item.readyAt <= now; item = this.#delayed.peek()) {
      this.#delayed.remove(item);
      this.#settle(item, now);
    }
    while (this.#takers.length > 0 && this.#ready.size > 0) this.#handOut(now);
    this.#metrics.depth?.(this.#ready.size);
    this.#arm();
  }

  #handOut(now: number): void {
    const item = this.#ready.pop();
    const taker = this.#takers.shift();
    if (item === undefined || taker === undefined) return;
    this.#items.delete(item.key);
    this.#processing.set(item.key, now);
    this.#metrics.waited?.(Math.max(0, now - item.readyAt) / 1_000);
    taker({ key: item.key, priority: item.priority });
  }

  #arm(): void {
    const next = this.#delayed.peek()?.readyAt;
    if (next === this.#timer?.at) return;
    this.#timer?.handle.cancel();
    this.#timer = undefined;
    if (next === undefined) return;
    const handle = this.#clock.schedule(next - this.#clock.monotonic(), () => {
      this.#timer = undefined;
      this.#serve();
    });
    this.#timer = { at: next, handle };
  }
}
