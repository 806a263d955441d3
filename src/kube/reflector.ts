// Mirrors one kind into a store: a paged list, then a watch, for ever. One loop for all namespaces, or one for each of a
// given list, all feeding the same store. Says when everything was listed once and is watched, what the server refuses, and
// when it was last heard.
import type { Logger } from '../telemetry/logger.ts';
import type { BackoffOptions } from '../util/backoff.ts';
import type { Clock } from '../util/clock.ts';
import type { KubeObject, Resource } from './objects.ts';
import { orAbort } from './or-abort.ts';
import { ReflectorLoop } from './reflector-loop.ts';
import type { ReflectorMetrics } from './reflector-loop.ts';
import type { RestClient } from './rest.ts';
import type { Store } from './store.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly rest: RestClient;
  readonly resource: Resource<T>;
  readonly store: Store<T>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Left out or empty: all namespaces (or a cluster-scoped kind). */
  readonly namespaces?: readonly string[];
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly pageSize?: number;
  /** After which the server ends a watch: a random time in this range. */
  readonly watchSeconds?: { readonly min: number; readonly max: number };
  /**
   * Silence after which a watch is given up, in milliseconds. The API server offers a bookmark every 60 s, but sends
   * only one that's newer than the version the watch was opened at (apiserver v0.36.3, pkg/storage/cacher): in a quiet cluster
   * the first came after 120 s. Opening a healthy watch again costs one request and nothing is missed.
   */
  readonly inactivityMs?: number;
  readonly backoff?: BackoffOptions;
  readonly metrics?: ReflectorMetrics;
  readonly random?: () => number;
}

const DEFAULTS = {
  pageSize: 500,
  watchSeconds: { min: 300, max: 600 },
  inactivityMs: 150_000,
  backoff: { initialMs: 200, maxMs: 10_000, jitter: 0.5 },
  metrics: {},
  random: Math.random,
};

export class Reflector<T extends KubeObject> {
  readonly #store: Store<T>;
  readonly #clock: Clock;
  readonly #contacts = new Map<string, number>();
  readonly #loops: ReflectorLoop<T>[];
  readonly #watching = Promise.withResolvers<void>();
  readonly #start: number;

  constructor(options: ReflectorOptions<T>) {
    const { namespaces = [], store, clock } = options;
    this.#store = store;
    this.#clock = clock;
    this.#start = clock.monotonic();
    const scopes = namespaces.length === 0 ? [''] : [...new Set(namespaces)];
    const unwatched = new Set(scopes);
    this.#loops = scopes.map(
      (scope) =>
        new ReflectorLoop({
          ...DEFAULTS,
          ...options,
          scope,
          onOpen: () => {
            unwatched.delete(scope);
            if (unwatched.size === 0) this.#watching.resolve();
          },
          onContact: () => this.#contacts.set(scope, clock.monotonic()),
        }),
    );
    for (const scope of scopes) this.#contacts.set(scope, this.#start);
  }

  /** Runs until `signal` fires. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.run(signal)));
  }

  /** Resolves when every scope was listed once; rejects with the signal's reason. */
  synced(signal?: AbortSignal): Promise<void> {
    return this.#store.waitUntil((store) => store.synced, signal);
  }

  /** Resolves when every scope was watched once: a list without a watch grows old at once. Rejects with the signal's reason. */
  watching(signal: AbortSignal): Promise<void> {
    return orAbort(this.#watching.promise, signal);
  }

  /** Why what the store has of `name` can't be relied on, in the server's words where it said any; undefined: it can. */
  obstacle(name: string, longestSilenceMs: number): string | undefined {
    const problem = this.#loops.find((loop) => loop.problem !== undefined)?.problem;
    if (!this.#store.synced)
      return `the cache of ${name} is not filled yet${problem === undefined ? '' : `: ${problem}`}`;
    if (problem !== undefined) return `the watch of ${name} is refused: ${problem}`;
    const silentMs = this.lastContactAgeMs();
    return silentMs > longestSilenceMs
      ? `the watch of ${name} has been silent for ${Math.round(silentMs / 1000)} s`
      : undefined;
  }

  /** Milliseconds since the server was last heard, of the scope for which that's longest ago. */
  lastContactAgeMs(): number {
    return this.#clock.monotonic() - Math.min(...this.#contacts.values());
  }
}
