// Keeps one scope (all namespaces, or one) of a store up to date, for as long as it runs: list, watch from there, and
// whatever goes wrong is tried again with a growing, jittered delay. The version to go on from is the store's: it moves by
// events and bookmarks alone. A new list comes only when the server says that ours is too old, or when several sessions
// in a row opened and brought nothing understandable.
import type { Logger } from '../telemetry/logger.ts';
import { sleep } from '../util/abort.ts';
import { backoffDelay } from '../util/backoff.ts';
import type { BackoffOptions } from '../util/backoff.ts';
import type { Clock } from '../util/clock.ts';
import { errorMessage } from '../util/errors.ts';
import { readPages } from './list-pager.ts';
import type { KubeObject, Resource } from './objects.ts';
import type { RestClient } from './rest.ts';
import type { Store } from './store.ts';
import { isKubeObject } from './watch-event.ts';
import { runWatchSession } from './watch-session.ts';
import type { WatchEnd, WatchSessionResult } from './watch-session.ts';

/** What a reflector reports; all optional. */
export interface ReflectorMetrics {
  /** A complete list of so many objects. */
  listed?(objects: number, seconds: number): void;
  listFailed?(): void;
  watchEnded?(why: WatchEnd): void;
}

export interface ReflectorLoopOptions<T extends KubeObject> {
  readonly rest: RestClient;
  readonly resource: Resource<T>;
  readonly store: Store<T>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly pageSize: number;
  readonly watchSeconds: { readonly min: number; readonly max: number };
  readonly inactivityMs: number;
  readonly backoff: BackoffOptions;
  readonly metrics: ReflectorMetrics;
  readonly random: () => number;
  /** A watch was opened. */
  readonly onOpen: () => void;
  readonly onContact: () => void;
}

/** Sessions in a row that opened and brought nothing before the version is given up as useless. */
const MAX_BARREN_SESSIONS = 3;
/** Ends that say nothing bad: in a quiet cluster a healthy watch can be silent for long. */
const QUIET_ENDS: ReadonlySet<WatchEnd> = new Set(['closed', 'gone', 'inactive']);
/** A watch that ends in good order but sooner than this brings no news: it counts as a failure, or it would spin. */
const MIN_SESSION_MS = 1_000;

export class ReflectorLoop<T extends KubeObject> {
  readonly #options: ReflectorLoopOptions<T>;
  readonly #logger: Logger;
  #listed = false;
  #failures = 0;
  #barren = 0;
  #problem: string | undefined;

  constructor(options: ReflectorLoopOptions<T>) {
    this.#options = options;
    this.#logger = options.logger.child({ resource: options.resource.plural, scope: options.scope });
    options.store.addScope(options.scope);
  }

  /** What the server said to the last list that failed, or to a watch that it refused; undefined: nothing stands in the way. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Runs until `signal` fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, backoff } = this.#options;
    while (!signal.aborted) {
      const well = this.#listed ? await this.#watch(signal) : await this.#list(signal);
      if (well) continue;
      const delayMs = backoffDelay(this.#failures, backoff);
      this.#failures += 1;
      await sleep(clock, delayMs, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  async #list(signal: AbortSignal): Promise<boolean> {
    const { rest, resource, store, clock, pageSize, metrics, scope, onContact } = this.#options;
    let objects: T[] = [];
    let startedAt = 0;
    try {
      const { resourceVersion } = await readPages(
        (page) => rest.list(resource, { ...this.#selection(), ...page }, signal),
        pageSize,
        () => {
          objects = [];
          startedAt = clock.monotonic();
        },
        (items) => {
          onContact();
          for (const item of items) objects.push(store.ingest(checked(item)));
        },
      );
      store.replace(scope, objects, resourceVersion, startedAt);
      this.#listed = true;
      metrics.listed?.(objects.length, (clock.monotonic() - startedAt) / 1_000);
      this.#logger.debug({ objects: objects.length, resourceVersion }, 'listed');
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      metrics.listFailed?.();
      this.#problem = errorMessage(error);
      this.#logger.warn({ error: errorMessage(error) }, 'list failed, tried again');
      return false;
    }
  }

  async #watch(signal: AbortSignal): Promise<boolean> {
    const { clock, store, scope, watchSeconds, random, metrics } = this.#options;
    const { min, max } = watchSeconds;
    const watch = {
      ...this.#selection(),
      resourceVersion: store.progressOf(scope).toString(),
      timeoutSeconds: Math.round(min + random() * (max - min)),
    };
    const start = clock.monotonic();
    const onOpen = (): void => {
      this.#problem = undefined;
      this.#options.onOpen();
    };
    const result = await runWatchSession({ ...this.#options, watch, onOpen }, signal);
    if (signal.aborted) return false;
    metrics.watchEnded?.(result.end);
    return this.#judge(result, clock.monotonic() - start);
  }

  /** True: go on at once. */
  #judge(result: WatchSessionResult, durationMs: number): boolean {
    const { end, lines, error } = result;
    if (lines > 0) {
      this.#failures = 0;
      this.#barren = 0;
    }
    const fields = { end, error: error === undefined ? undefined : errorMessage(error) };
    if (end === 'refused') this.#problem = fields.error;
    this.#logger[QUIET_ENDS.has(end) ? 'debug' : 'warn'](fields, 'watch ended');
    if (end === 'gone') return this.#relist(this.#failures === 0);
    if (lines === 0 && (end === 'inactive' || end === 'bad_line' || end === 'error_event')) {
      this.#barren += 1;
      if (this.#barren >= MAX_BARREN_SESSIONS) return this.#relist(false);
    }
    return end === 'closed' && (lines > 0 || durationMs >= MIN_SESSION_MS);
  }

  #relist(atOnce: boolean): boolean {
    this.#listed = false;
    this.#barren = 0;
    // Only the first in a row goes without a delay: a server that answers 410 to a fresh list must not be hammered.
    if (atOnce) this.#failures = 1;
    return atOnce;
  }

  #selection(): { namespace: string; labelSelector?: string; fieldSelector?: string } {
    const { scope, labelSelector, fieldSelector } = this.#options;
    return {
      namespace: scope,
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    };
  }
}

function checked<T extends KubeObject>(item: T): T {
  if (!isKubeObject(item)) throw new Error('the list has an item without name, uid or resourceVersion');
  return item;
}
