// The verbs of the Kubernetes API, typed by resource. Reads are live (no resourceVersion: the server asks etcd's quorum);
// a busy server's 429 is waited out for reads only, every other failure is the caller's to retry. Each write's
// resourceVersion goes to `onWrite`, so that a gate can hold the key until the cache has seen it.
import { sleep } from '../util/abort.ts';
import { ApiError } from './api-error.ts';
import { HttpExchange } from './http-exchange.ts';
import type { ExchangeRequest } from './http-exchange.ts';
import { LineSplitter } from './line-splitter.ts';
import { readPages } from './list-pager.ts';
import { formatKey, keyOf } from './objects.ts';
import type { KubeObject, NewObject, ObjectKey, Resource } from './objects.ts';
import { apiVersionOf, collectionPath, objectPath } from './resource-path.ts';
import type { Subresource } from './resource-path.ts';
import type {
  DeleteOptions,
  ListOptions,
  ListPage,
  ListSelection,
  PatchOptions,
  RestClientOptions,
  WatchHandlers,
  WatchOptions,
} from './rest-options.ts';
import { ServerClock } from './server-clock.ts';
import type { ServerDate } from './server-clock.ts';

const PATCH_CONTENT_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
const PAGE_SIZE = 500;
const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_THROTTLED_RETRIES = 3;
const MAX_RETRY_AFTER_MS = 10_000;

export class RestClient {
  readonly #options: RestClientOptions;
  readonly #serverClock: ServerClock;
  readonly #exchange: HttpExchange;

  constructor(options: RestClientOptions, serverClock = new ServerClock(options.clock)) {
    this.#options = options;
    this.#serverClock = serverClock;
    this.#exchange = new HttpExchange({ ...options, serverClock });
  }

  /** A client with other limits on the same configuration and server clock. */
  derive(changes: Pick<RestClientOptions, 'timeoutMs' | 'pool'>): RestClient {
    return new RestClient({ ...this.#options, ...changes }, this.#serverClock);
  }

  /** The API server's time, as of its last answer. */
  get serverDate(): ServerDate | undefined {
    return this.#serverClock.last;
  }

  /** The API server's time now, milliseconds since 1970; undefined before its first answer. */
  serverNow(): number | undefined {
    return this.#serverClock.now();
  }

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, signal?: AbortSignal): Promise<T> {
    const wanted: ExchangeRequest = { method: 'GET', path: objectPath(resource, key), subject: subject(resource, key) };
    return typed(resource, await this.#read('get', resource, wanted, signal));
  }

  /** One page. */
  async list<T extends KubeObject>(
    resource: Resource<T>,
    options: ListOptions = {},
    signal?: AbortSignal,
  ): Promise<ListPage<T>> {
    const { namespace = '', ...query } = options;
    const wanted: ExchangeRequest = {
      method: 'GET',
      path: collectionPath(resource, namespace),
      query,
      subject: subject(resource, { namespace, name: '' }),
    };
    const body = (await this.#read('list', resource, wanted, signal)) as {
      metadata: { resourceVersion: string; continue?: string };
      items?: Partial<T>[] | null;
    };
    const next = body.metadata.continue;
    return {
      items: (body.items ?? []).map((item) => typed(resource, item)),
      resourceVersion: body.metadata.resourceVersion,
      ...(next !== undefined && next !== '' && { continue: next }),
    };
  }

  /** The whole list as it is now, read in pages. */
  async listAll<T extends KubeObject>(
    resource: Resource<T>,
    selection: ListSelection = {},
    signal?: AbortSignal,
  ): Promise<T[]> {
    let all: T[] = [];
    await readPages(
      (page) => this.list(resource, { ...selection, ...page }, signal),
      PAGE_SIZE,
      () => (all = []),
      (items) => all.push(...items),
    );
    return all;
  }

  /** `namespace` is ignored for cluster-scoped resources. */
  async create<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    body: NewObject<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (resource.namespaced && namespace === '') throw new Error(`${resource.plural}: create needs a namespace`);
    const key = { namespace, name: body.metadata.name ?? body.metadata.generateName ?? '' };
    const wanted: ExchangeRequest = {
      method: 'POST',
      path: collectionPath(resource, namespace),
      query: { fieldManager: this.#options.fieldManager },
      body: typed(resource, body),
      subject: subject(resource, key),
    };
    return this.#write('create', resource, wanted, undefined, signal);
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: unknown,
    options: PatchOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    const wanted: ExchangeRequest = {
      method: 'PATCH',
      path: objectPath(resource, key, options.subresource),
      query: { fieldManager: this.#options.fieldManager, force: options.force },
      body: patch,
      contentType: PATCH_CONTENT_TYPES[options.type],
      subject: subject(resource, key, options.subresource),
    };
    return this.#write('patch', resource, wanted, options.subresource, signal);
  }

  /** Puts the whole object; its resourceVersion makes the server refuse when it changed meanwhile. */
  async replace<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options: { readonly subresource?: Subresource } = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const key = keyOf(object);
    const wanted: ExchangeRequest = {
      method: 'PUT',
      path: objectPath(resource, key, options.subresource),
      query: { fieldManager: this.#options.fieldManager },
      body: object,
      subject: subject(resource, key, options.subresource),
    };
    return this.#write('update', resource, wanted, options.subresource, signal);
  }

  /** The object as it is while finalizers hold it; undefined when it's gone at once. */
  async delete<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    const { propagationPolicy, ...preconditions } = options;
    const wanted: ExchangeRequest = {
      method: 'DELETE',
      path: objectPath(resource, key),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy },
      subject: subject(resource, key),
    };
    const answer = (await this.#send('delete', resource, wanted, undefined, signal)) as T;
    if (answer.kind === 'Status') return undefined;
    return this.#written(resource, answer);
  }

  /** Follows a watch until the server ends it (resolves), or it breaks or `signal` fires (rejects). */
  async watch(resource: Resource, options: WatchOptions, handlers: WatchHandlers, signal: AbortSignal): Promise<void> {
    const { namespace = '', ...query } = options;
    const splitter = new LineSplitter();
    const wanted: ExchangeRequest = {
      method: 'GET',
      path: collectionPath(resource, namespace),
      query: { ...query, watch: true, allowWatchBookmarks: true },
      subject: subject(resource, { namespace, name: '' }),
    };
    await this.#observed('watch', resource.plural, () =>
      this.#exchange.stream(
        wanted,
        'watch',
        this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        signal,
        () => handlers.onOpen(),
        (chunk) => {
          for (const line of splitter.push(chunk)) handlers.onLine(line);
        },
      ),
    );
  }

  async #read(verb: string, resource: Resource, wanted: ExchangeRequest, signal?: AbortSignal): Promise<unknown> {
    for (let retries = 0; ; retries += 1) {
      try {
        return await this.#send(verb, resource, wanted, undefined, signal);
      } catch (error) {
        const waitMs = error instanceof ApiError && error.tooManyRequests ? error.retryAfterMs : undefined;
        if (waitMs === undefined || retries >= MAX_THROTTLED_RETRIES) throw error;
        await sleep(this.#options.clock, Math.min(waitMs, MAX_RETRY_AFTER_MS), signal);
      }
    }
  }

  async #write<T extends KubeObject>(
    verb: string,
    resource: Resource<T>,
    wanted: ExchangeRequest,
    subresource: Subresource | undefined,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const answer = await this.#send(verb, resource, wanted, subresource, signal);
    return this.#written(resource, typed(resource, answer as Partial<T>));
  }

  #written<T extends KubeObject>(resource: Resource<T>, answer: T): T {
    this.#options.onWrite?.(resource, keyOf(answer), answer.metadata.resourceVersion);
    return answer;
  }

  #send(
    verb: string,
    resource: Resource,
    wanted: ExchangeRequest,
    subresource: Subresource | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { pool = 'request', timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const name = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
    return this.#observed(verb, name, () => this.#exchange.json(wanted, pool, timeoutMs, signal));
  }

  async #observed<R>(verb: string, resource: string, work: () => Promise<R>): Promise<R> {
    const { clock, observe } = this.#options;
    const start = clock.monotonic();
    let code = 0;
    try {
      const result = await work();
      code = 200;
      return result;
    } catch (error) {
      if (error instanceof ApiError) code = error.code;
      throw error;
    } finally {
      observe?.({ verb, resource, code, seconds: (clock.monotonic() - start) / 1_000 });
    }
  }
}

/** Lists of built-in kinds leave apiVersion and kind out of their items. */
function typed<T extends KubeObject>(resource: Resource<T>, object: unknown): T {
  const fields = object as Partial<T>;
  if (fields.kind !== undefined && fields.apiVersion !== undefined) return fields as T;
  return { ...fields, apiVersion: apiVersionOf(resource), kind: resource.kind } as T;
}

function subject(resource: Resource, key: ObjectKey, subresource?: Subresource): string {
  const name = `${resource.plural} ${formatKey(key)}`.trim();
  return subresource === undefined ? name : `${name} ${subresource}`;
}
