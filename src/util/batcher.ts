// Many callers, one call: requests made within a short window are answered by one load that starts after the last of
// them was made. So an answer is never older than the question, which is what "live" means for a batch. A load that takes
// long gathers the next one: what is asked while `maxAtOnce` loads are under way goes out together when one has ended.
import type { Clock } from './clock.ts';

interface Waiting<K, V> {
  readonly key: K;
  resolve(value: V): void;
  reject(error: unknown): void;
}

export interface BatcherOptions<K, V> {
  clock: Clock;
  /** How long a first request waits for company, milliseconds. */
  windowMs: number;
  /** Most distinct keys in one load; more go out as several loads. */
  maxBatch: number;
  /** Most loads at a time; default: any number. */
  maxAtOnce?: number;
  /** Identity of a request: equal ids share one slot of the load. */
  idOf(key: K): string;
  /** Answers by id; an id that is absent from the answer rejects its callers. */
  load(keys: readonly K[]): Promise<ReadonlyMap<string, V>>;
}

/** A data loader without a cache. */
export class Batcher<K, V> {
  readonly #options: BatcherOptions<K, V>;
  /** Who waits for a load that hasn't begun, by id. */
  readonly #queue = new Map<string, Waiting<K, V>[]>();
  #scheduled = false;
  #loading = 0;

  constructor(options: BatcherOptions<K, V>) {
    this.#options = options;
  }

  get(key: K): Promise<V> {
    return new Promise((resolve, reject) => {
      const id = this.#options.idOf(key);
      const waiting = this.#queue.get(id);
      if (waiting === undefined) this.#queue.set(id, [{ key, resolve, reject }]);
      else waiting.push({ key, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      this.#options.clock.schedule(this.#options.windowMs, () => {
        this.#scheduled = false;
        this.#flush();
      });
    });
  }

  #flush(): void {
    const { maxBatch, maxAtOnce = Number.POSITIVE_INFINITY } = this.#options;
    while (this.#queue.size > 0 && this.#loading < maxAtOnce) {
      const batch = [...this.#queue].slice(0, maxBatch);
      for (const [id] of batch) this.#queue.delete(id);
      void this.#load(batch);
    }
  }

  async #load(batch: readonly (readonly [string, readonly Waiting<K, V>[]])[]): Promise<void> {
    this.#loading += 1;
    try {
      const answers = await this.#options.load(
        batch.flatMap(([, [first]]) => (first === undefined ? [] : [first.key])),
      );
      for (const [id, waiters] of batch) {
        for (const waiting of waiters) {
          if (answers.has(id)) waiting.resolve(answers.get(id) as V);
          else waiting.reject(new Error(`no answer for ${id}`));
        }
      }
    } catch (error) {
      for (const [, waiters] of batch) for (const waiting of waiters) waiting.reject(error);
    } finally {
      this.#loading -= 1;
      // whoever asked while this load was under way had their window
      if (!this.#scheduled) this.#flush();
    }
  }
}
