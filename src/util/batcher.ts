// Many callers, one call: requests made within a short window are answered by one load that starts after the last of
// them was made. So an answer is never older than the question, which is what "live" means for a batch.
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
  /** Identity of a request: equal ids share one slot of the load. */
  idOf(key: K): string;
  /** Answers by id; an id that is absent from the answer rejects its callers. */
  load(keys: readonly K[]): Promise<ReadonlyMap<string, V>>;
}

/** A data loader without a cache. */
export class Batcher<K, V> {
  readonly #options: BatcherOptions<K, V>;
  #queue: Waiting<K, V>[] = [];
  #scheduled = false;

  constructor(options: BatcherOptions<K, V>) {
    this.#options = options;
  }

  get(key: K): Promise<V> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ key, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      this.#options.clock.schedule(this.#options.windowMs, () => this.#flush());
    });
  }

  #flush(): void {
    this.#scheduled = false;
    const byId = new Map<string, Waiting<K, V>[]>();
    for (const waiting of this.#queue) {
      const id = this.#options.idOf(waiting.key);
      byId.set(id, [...(byId.get(id) ?? []), waiting]);
    }
    this.#queue = [];
    const ids = [...byId.keys()];
    for (let at = 0; at < ids.length; at += this.#options.maxBatch) {
      void this.#load(ids.slice(at, at + this.#options.maxBatch), byId);
    }
  }

  async #load(ids: readonly string[], byId: ReadonlyMap<string, readonly Waiting<K, V>[]>): Promise<void> {
    const waitersOf = (id: string): readonly Waiting<K, V>[] => byId.get(id) ?? [];
    try {
      const answers = await this.#options.load(
        ids.flatMap((id) =>
          waitersOf(id)
            .slice(0, 1)
            .map((waiting) => waiting.key),
        ),
      );
      for (const id of ids) {
        for (const waiting of waitersOf(id)) {
          if (answers.has(id)) waiting.resolve(answers.get(id) as V);
          else waiting.reject(new Error(`no answer for ${id}`));
        }
      }
    } catch (error) {
      for (const id of ids) for (const waiting of waitersOf(id)) waiting.reject(error);
    }
  }
}
