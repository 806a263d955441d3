// Between one operator and the real kube-apiserver. Requests go through as they are, under the operator's own token; writes
// pass a tap, watches another, and the lists that fill its caches can be answered as of an older resourceVersion. The operator
// speaks plain http to it on the loopback, the proxy TLS to the server. Lease writes come by the clock and pass a tap of their own.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientGone, cut, deliver, readAll, replyHeaders, send, sendWhole } from './forward.ts';
import type { Upstream, WholeReply } from './forward.ts';
import { OUR_KINDS } from './history.ts';
import { LeaseTap } from './lease-tap.ts';
import { WatchTap } from './watch-tap.ts';
import { DELAY_MS, PAST_TIMEOUT_MS, WriteTap } from './write-tap.ts';
import type { TapHooks, WriteAct } from './write-tap.ts';

export interface Asked {
  readonly verb: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly isWatch: boolean;
  readonly isList: boolean;
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** What the operator keeps a cache of; other lists are read when they are needed. */
const CACHED: ReadonlySet<string> = new Set([...OUR_KINDS, 'namespaces']);
const STATUS_REPLIES: Partial<Record<WriteAct, { readonly code: number; readonly reason: string }>> = {
  conflict: { code: 409, reason: 'Conflict' },
  throttle: { code: 429, reason: 'TooManyRequests' },
  'server-error': { code: 503, reason: 'ServiceUnavailable' },
};

/** What a request of the Kubernetes API is about. */
export function askedFor(method: string, url: URL): Asked {
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const rest = parts[0] === 'api' ? parts.slice(2) : parts.slice(3);
  const namespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = '', name = '', subresource = ''] = namespaced ? rest.slice(2) : rest;
  const isWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '');
  return {
    ...{ verb: method, plural, name, subresource, isWatch },
    namespace: namespaced ? (rest[1] ?? '') : '',
    isList: method === 'GET' && plural !== '' && name === '' && !isWatch,
  };
}

/** What a write is called: `PATCH linkedclones lab/web-1`; one that takes a finalizer away says so behind that. */
export function labelOf({ verb, plural, namespace, name, subresource }: Asked, body: Buffer): string {
  const made = verb === 'POST' ? (/"name":"([^"]+)"/.exec(body.toString('utf8', 0, 20_000))?.[1] ?? '') : name;
  const label = `${verb} ${plural}${subresource === '' ? '' : `/${subresource}`} ${namespace}/${made}`;
  return verb === 'PATCH' && subresource === '' && takesFinalizer(body) ? `${label} ${WITHOUT_FINALIZER}` : label;
}

/** What a write to a Lease does, and to which: one that takes it has no earlier time of that than now. */
function leaseLabelOf({ namespace }: Asked, body: Buffer): string {
  const { spec = {} } = JSON.parse(body.toString('utf8')) as {
    readonly spec?: { readonly holderIdentity?: string; readonly acquireTime?: string; readonly renewTime?: string };
  };
  const isTaken = spec.acquireTime === spec.renewTime;
  return `Lease ${(spec.holderIdentity ?? '') === '' ? 'given back' : isTaken ? 'taken' : 'renewed'} in ${namespace}`;
}

/** By which such a write is known. */
export const WITHOUT_FINALIZER = '(takes a finalizer away)';

/** A JSON patch that replaces the list of finalizers, after a test of what it was, by a shorter one. */
function takesFinalizer(body: Buffer): boolean {
  const text = body.toString('utf8');
  if (!text.startsWith('[')) return false;
  const operations = JSON.parse(text) as readonly {
    readonly op: string;
    readonly path: string;
    readonly value?: unknown;
  }[];
  const sizes = new Map(
    operations.flatMap(({ op, path, value }) =>
      path === '/metadata/finalizers' && Array.isArray(value) ? [[op, value.length] as const] : [],
    ),
  );
  return (sizes.get('add') ?? Number.POSITIVE_INFINITY) < (sizes.get('test') ?? 0);
}

/** Which kinds, by plural; or all. */
type Kinds = readonly string[] | undefined;

export class ApiProxy {
  readonly writes: WriteTap;
  readonly leaseWrites: WriteTap;
  readonly watches = new WatchTap();
  readonly leases = new LeaseTap();
  readonly #upstream: Upstream;
  readonly #server: Server;
  /** Lists that were answered as of an older version so far. */
  oldLists = 0;
  #fillsAt: string | undefined;
  #fillsOf: Kinds;
  /** What was watched since `fillCachesAt`, `PLURAL NAMESPACE` (none: all of them): its cache is full. */
  readonly #watched = new Set<string>();
  #clockShiftMs = 0;
  /** Told of every read that isn't a watch, right before it is sent on. */
  onRead: ((asked: Asked) => void) | undefined;
  #down = false;
  #leaseDown = false;

  private constructor(origin: string, hooks: TapHooks) {
    this.writes = new WriteTap(hooks);
    this.leaseWrites = new WriteTap(hooks);
    this.#upstream = { origin, agent: new Agent({ keepAlive: true, rejectUnauthorized: false }) };
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => cut(response)); // the server or the operator went away
    });
  }

  /** In front of the API server at `origin`. */
  static async start(origin: string, hooks: TapHooks): Promise<ApiProxy> {
    const proxy = new ApiProxy(origin, hooks);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /**
   * From now on caches, of these kinds or of all, are filled as of this resourceVersion; undefined: as of now. A list fills a
   * cache as long as its kind wasn't watched, in its namespace or in all: the operator works only once each kind was listed and is watched. Every
   * later list asks for what is (no resourceVersion), which no API server answers with what was.
   */
  fillCachesAt(resourceVersion: string | undefined, kinds?: Kinds): void {
    this.#fillsAt = resourceVersion;
    this.#fillsOf = kinds;
    this.#watched.clear();
  }

  /** Every request is cut, and whatever is open; or no longer. */
  setDown(down: boolean): void {
    this.#down = down;
    this.leases.setCut(this.#down || this.#leaseDown);
    if (down) this.#server.closeAllConnections();
  }

  /** The server's clock goes so much ahead of what it is, or behind: its answers carry another Date. */
  shiftClock(ms: number): void {
    this.#clockShiftMs = ms;
  }

  /** Only what is about the Lease is cut. */
  setLeaseDown(down: boolean): void {
    this.#leaseDown = down;
    this.leases.setCut(this.#down || this.#leaseDown);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#upstream.agent.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#down) {
      cut(response);
      return;
    }
    const url = new URL(request.url ?? '/', 'http://proxy');
    const asked = askedFor(request.method ?? 'GET', url);
    if (asked.verb === 'GET' && !asked.isWatch) this.onRead?.(asked);
    if (this.#leaseDown && asked.plural === 'leases') cut(response);
    else if (WRITES.has(asked.verb)) await this.#write(request, response, asked);
    else if (asked.isWatch) await this.#watch(request, response, asked);
    else await this.#read(request, response, url, asked);
  }

  async #write(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
    const body = await readAll(request);
    const path = request.url ?? '/';
    const isOfLease = asked.plural === 'leases';
    const tap = isOfLease ? this.leaseWrites : this.writes;
    const ended = isOfLease ? this.leases.begin() : undefined;
    let status: number | undefined;
    try {
      const label = isOfLease ? leaseLabelOf(asked, body) : labelOf(asked, body);
      status = await this.#carryOut(request, response, path, body, { tap, label });
    } finally {
      ended?.(status);
      tap.done();
    }
  }

  /** Resolves with the status that the operator heard, or nothing. */
  async #carryOut(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    body: Buffer,
    { tap, label }: { readonly tap: WriteTap; readonly label: string },
  ): Promise<number | undefined> {
    const act = await tap.enter(label);
    const refused = act === undefined ? undefined : STATUS_REPLIES[act];
    if (refused !== undefined) {
      deliver(response, statusReply(refused.code, refused.reason));
      return refused.code;
    }
    if (act === 'kill-before' || act === 'reset') {
      cut(response);
      return undefined;
    }
    if (act === 'delay') await sleep(DELAY_MS);
    if (act === 'delay-past-timeout') {
      await clientGone(response);
      await sleep(PAST_TIMEOUT_MS);
    }
    const reply = await sendWhole(this.#upstream, request, path, body);
    if (await tap.leave(act)) {
      deliver(response, this.#dated(reply));
      return reply.status;
    }
    cut(response);
    return undefined;
  }

  #dated<T extends Pick<WholeReply, 'headers'>>(reply: T): T {
    const date = Date.parse(String(reply.headers['date']));
    if (this.#clockShiftMs === 0 || Number.isNaN(date)) return reply;
    return { ...reply, headers: { ...reply.headers, date: new Date(date + this.#clockShiftMs).toUTCString() } };
  }

  async #watch(request: IncomingMessage, response: ServerResponse, { plural, namespace }: Asked): Promise<void> {
    const reply = await send(this.#upstream, request, request.url ?? '/', Buffer.alloc(0), response);
    response.writeHead(reply.statusCode ?? 502, this.#dated({ headers: replyHeaders(reply) }).headers);
    if (reply.statusCode !== 200) {
      reply.pipe(response);
      return;
    }
    response.flushHeaders();
    if (!response.destroyed) this.#watched.add(`${plural} ${namespace}`); // of one that was killed it says nothing
    const take = this.watches.begin(plural, response);
    reply.once('error', () => cut(response));
    const lines = createInterface({ input: reply, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', take);
    lines.on('error', () => cut(response)); // what broke the answer breaks its reader, too
    lines.once('close', () => response.end());
  }

  async #read(request: IncomingMessage, response: ServerResponse, url: URL, asked: Asked): Promise<void> {
    if (this.#fillsAt !== undefined && this.#fillsCache(asked) && !url.searchParams.has('continue')) {
      url.searchParams.set('resourceVersion', this.#fillsAt);
      url.searchParams.set('resourceVersionMatch', 'Exact');
      this.oldLists += 1;
    }
    const reply = await send(this.#upstream, request, `${url.pathname}${url.search}`, Buffer.alloc(0), response);
    response.writeHead(reply.statusCode ?? 502, this.#dated({ headers: replyHeaders(reply) }).headers);
    reply.once('error', () => cut(response));
    reply.pipe(response);
  }

  #fillsCache({ isList, plural, namespace }: Asked): boolean {
    const isMeant = this.#fillsOf === undefined || this.#fillsOf.includes(plural);
    const isFull = this.#watched.has(`${plural} `) || this.#watched.has(`${plural} ${namespace}`);
    return isList && isMeant && CACHED.has(plural) && !isFull;
  }
}

function statusReply(code: number, reason: string): WholeReply {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `planned: ${reason}` };
  return {
    status: code,
    headers: { 'content-type': 'application/json', ...(code === 429 ? { 'retry-after': '1' } : {}) },
    body: Buffer.from(JSON.stringify(status)),
  };
}
