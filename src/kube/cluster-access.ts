// How a request reaches the API server: address, headers that authenticate, and the connection pool to use. The REST
// client depends on this interface alone, so that nothing else loads the Kubernetes client library.
import type { Dispatcher } from 'undici';

/**
 * Requests share a bounded pool; a watch holds its connection for minutes and must not take one of those; a lease
 * renewal must not queue behind two thousand reads.
 */
export const POOL_NAMES = ['request', 'watch', 'lease'] as const;
export type PoolName = (typeof POOL_NAMES)[number];

export interface ServerAccess {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path prefix of the server's address, without a trailing slash; mostly empty. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

export interface ClusterAccess {
  /** Credentials and pool for the next request. Rejects when the credentials can't be read. */
  authorize(pool: PoolName): Promise<ServerAccess>;
  /** The credentials were refused: read them again for the next request. */
  invalidate(): void;
}
