// Read your own writes: after a write its key waits until the cache has come to that resourceVersion, so that a reconcile
// never acts on what it has itself made stale. Waits at most 30 s (an option); then the key is `expired` and its reconcile
// must read live. A complete list begun after the write opens the gate whatever its version (a cluster restored from a
// backup counts from lower numbers). A key may stand for writes to other objects, as a set's key for its clones, as long
// as they are in the key's namespace.
import type { Clock, Timer } from '../util/clock.ts';
import { formatKey } from './objects.ts';
import type { ObjectKey } from './objects.ts';
import type { StoreProgress } from './store.ts';

export const GATE_STATES = ['open', 'pending', 'expired'] as const;
export type GateState = (typeof GATE_STATES)[number];

/** The part of a store that the gate looks at. */
export interface GateStore {
  scopeOf(namespace: string): string;
  progressOf(namespace: string): bigint;
  onProgress(listener: (progress: StoreProgress) => void): () => void;
}

export interface WriteGateOptions {
  readonly store: GateStore;
  readonly clock: Clock;
  /** How long a key waits for the cache, in milliseconds. */
  readonly timeoutMs?: number;
}

interface Entry {
  readonly key: ObjectKey;
  readonly version: bigint;
  readonly recordedAt: number;
  expired: boolean;
  timer: Timer | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Superseded entries that may wait beside the living ones before they're swept out. */
const SLACK = 64;

export class WriteGate {
  readonly #options: WriteGateOptions;
  readonly #entries = new Map<string, Entry>();
  /** Per scope, by rising version; may hold superseded entries. */
  readonly #waiting = new Map<string, Entry[]>();
  readonly #listeners = new Set<(key: ObjectKey) => void>();
  readonly #stop: () => void;

  constructor(options: WriteGateOptions) {
    this.#options = options;
    this.#stop = options.store.onProgress((progress) => this.#advance(progress));
  }

  /** A write of ours for `key` got this resourceVersion. */
  record(key: ObjectKey, resourceVersion: string): void {
    const { store, clock, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const version = BigInt(resourceVersion);
    const text = formatKey(key);
    const before = this.#entries.get(text);
    if (version <= (before?.version ?? store.progressOf(key.namespace))) return;
    before?.timer?.cancel();
    const entry: Entry = { key, version, recordedAt: clock.monotonic(), expired: false, timer: undefined };
    entry.timer = clock.schedule(timeoutMs, () => this.#expire(entry));
    this.#entries.set(text, entry);
    this.#enqueue(store.scopeOf(key.namespace), entry);
  }

  /** `expired`: waited long enough, and the cache is still behind: read live. */
  state(key: ObjectKey): GateState {
    const entry = this.#entries.get(formatKey(key));
    if (entry === undefined) return 'open';
    return entry.expired ? 'expired' : 'pending';
  }

  /** True while the key should wait for the cache. */
  pending(key: ObjectKey): boolean {
    return this.state(key) === 'pending';
  }

  /** Keys that are held or expired. */
  get size(): number {
    return this.#entries.size;
  }

  /** Calls `listener` when a key stops being pending, opened or expired; returns how to stop that. */
  onRelease(listener: (key: ObjectKey) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops timers and listening. */
  close(): void {
    this.#stop();
    for (const entry of this.#entries.values()) entry.timer?.cancel();
    this.#entries.clear();
    this.#waiting.clear();
  }

  #advance(progress: StoreProgress): void {
    const waiting = this.#waiting.get(progress.scope) ?? [];
    const { listedAt } = progress;
    if (listedAt !== undefined) {
      for (const entry of waiting) if (entry.recordedAt <= listedAt) this.#open(entry);
    }
    let seen = 0;
    for (const entry of waiting) {
      if (entry.version > progress.resourceVersion) break;
      this.#open(entry);
      seen += 1;
    }
    if (seen > 0) waiting.splice(0, seen);
  }

  #open(entry: Entry): void {
    const text = formatKey(entry.key);
    if (this.#entries.get(text) !== entry) return;
    entry.timer?.cancel();
    this.#entries.delete(text);
    // Nobody waits for an expired key any more.
    if (!entry.expired) this.#release(entry.key);
  }

  #expire(entry: Entry): void {
    entry.expired = true;
    this.#release(entry.key);
  }

  #release(key: ObjectKey): void {
    for (const listener of this.#listeners) listener(key);
  }

  #enqueue(scope: string, entry: Entry): void {
    let waiting = this.#waiting.get(scope) ?? [];
    if (waiting.length > 2 * this.#entries.size + SLACK) {
      waiting = waiting.filter((other) => this.#entries.get(formatKey(other.key)) === other);
    }
    // Versions come nearly in order, so the place is nearly always at the end.
    let place = waiting.length;
    while (place > 0 && (waiting[place - 1]?.version ?? 0n) > entry.version) place -= 1;
    waiting.splice(place, 0, entry);
    this.#waiting.set(scope, waiting);
  }
}
