// The undici pools towards one API server: 32 connections for requests, an own pool for watches and for the lease.
// HTTP/1.1 only. When the TLS material changes (a rotated CA or client certificate), new requests get new pools and the
// old ones close as soon as what runs on them has ended.
import { createHash } from 'node:crypto';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { POOL_NAMES } from './cluster-access.ts';
import type { PoolName } from './cluster-access.ts';

/** What TLS needs; all absent for a plain http server. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface ConnectionPoolsOptions {
  /** Connections for requests. */
  readonly connections: number;
  /** Time to set up TCP and TLS, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** The API server closes a connection after 90 s of idleness (net/http's IdleTimeout there); we close it first. */
const IDLE_CONNECTION_MS = 30_000;
/** As client-go: below the 60 s after which common load balancers forget a connection. */
const TCP_KEEPALIVE_MS = 30_000;
/** A renewal and a read of the lease at the same time. */
const LEASE_CONNECTIONS = 2;

export class ConnectionPools {
  readonly #options: ConnectionPoolsOptions;
  #pools = new Map<PoolName, Agent>();
  #identity = '';

  constructor(options: ConnectionPoolsOptions) {
    this.#options = options;
  }

  /** The pool of that name for this TLS material. */
  pool(name: PoolName, tls: TlsMaterial): Dispatcher {
    const identity = fingerprint(tls);
    if (identity !== this.#identity) {
      this.#retire();
      this.#pools = new Map(POOL_NAMES.map((pool) => [pool, this.#open(pool, tls)]));
      this.#identity = identity;
    }
    const pool = this.#pools.get(name);
    if (pool === undefined) throw new Error(`no connection pool "${name}"`);
    return pool;
  }

  /** Cuts every connection of the current pools, those of running requests and watches included. */
  async destroy(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools = new Map();
    this.#identity = '';
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** A pool that is closing takes no further order, not even to be destroyed: it ends with its last request. */
  #retire(): void {
    for (const pool of this.#pools.values()) void pool.close();
    this.#pools = new Map();
  }

  #open(name: PoolName, tls: TlsMaterial): Agent {
    const { connections, connectTimeoutMs } = this.#options;
    return new Agent({
      connections: name === 'request' ? connections : name === 'lease' ? LEASE_CONNECTIONS : null,
      allowH2: false,
      keepAliveTimeout: IDLE_CONNECTION_MS,
      // Both are bounded per request by the REST client, and a watch may be silent for a minute.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { ...tls, timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS },
    });
  }
}

/** A digest rather than the material itself: private keys stay out of long-lived strings. */
function fingerprint(tls: TlsMaterial): string {
  const hash = createHash('sha256');
  for (const part of [tls.ca, tls.cert, tls.key, tls.servername, String(tls.rejectUnauthorized)]) {
    hash.update(part ?? '').update('\0');
  }
  return hash.digest('hex');
}
