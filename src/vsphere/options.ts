// Everything a client needs to be told. Times that users can set come in from the configuration; the rest has defaults
// that fit a vCenter.
import type { BackoffOptions } from '../util/backoff.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ObservedCall } from './layers/call.ts';
import type { OutageGate } from './layers/outage-gate.ts';
import type { AboutInfo } from './service-content.ts';
import type { TrustOptions } from './soap/trust.ts';
import type { VSphereError } from './faults.ts';

export interface VSphereOptions {
  /** `host` or `host:port`; an https URL is accepted, too. */
  readonly server: string;
  readonly username: string;
  readonly password: string;
  readonly tls: TrustOptions;
  readonly userAgent: string;
  /** Milliseconds for one request, connecting included; default 60 s. The long poll has its own limit. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds without a call after which the session is kept alive by one; default 5 min. */
  readonly keepAliveMs?: number;
  /** Seconds that a long poll waits for changes; default 50. */
  readonly pollSeconds?: number;
  /** Milliseconds that the first of several changes waits for the rest, so that a burst is delivered at once; default 250. */
  readonly coalesceMs?: number;
  /** Least milliseconds between two deliveries while tasks of ours run: what comes meanwhile comes together; default 250. */
  readonly restMs?: number;
  /** Milliseconds until a new task is watched, unless something it may have done is seen before; default 150. */
  readonly taskDelayMs?: number;
  /** Milliseconds that a `readSoon` waits for others; default 25. */
  readonly batchMs?: number;
  /** Milliseconds for the TCP connection and the TLS handshake together; default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Pauses before a read whose connection broke is repeated; default 0.2 to 1 s. */
  readonly readRetry?: BackoffOptions;
  /** Pauses before a watch that could not be set up is tried again; default 1 to 30 s. */
  readonly watchRetry?: BackoffOptions;
  /** A watch that held this long, in milliseconds, was a good one; default 5 s. */
  readonly watchStableMs?: number;
  /** Milliseconds that a poll may take beyond what the server was asked to wait; default 30 s. */
  readonly pollGraceMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shared by all clients that one vCenter gets in the course of time; default: one of the client's own. */
  readonly gate?: OutageGate;
  /**
   * Called right before the first byte of a call that changes something, after any wait for a session or a socket. What it
   * throws stops the call, of which nothing was sent then, and is what the call rejects with.
   */
  readonly beforeChange?: (method: string) => void;
  /** Called for every exchange, logins and retries included. */
  readonly observe?: (call: ObservedCall) => void;
  /** Called before each Login, with what the server says about itself; a rejection stops the login and is passed on. */
  readonly beforeLogin?: (about: AboutInfo) => Promise<void>;
  /** Called after each Login: with the error of a failed one. A rejection after a success ends that session again. */
  readonly afterLogin?: (error: VSphereError | undefined) => Promise<void>;
}

/** The options with every time filled in. */
export type CompleteOptions = VSphereOptions & Required<Pick<VSphereOptions, keyof typeof DEFAULTS>>;

const DEFAULTS = {
  requestTimeoutMs: 60_000,
  keepAliveMs: 300_000,
  pollSeconds: 50,
  coalesceMs: 250,
  restMs: 250,
  taskDelayMs: 150,
  batchMs: 25,
  connectTimeoutMs: 5_000,
  readRetry: { initialMs: 200, maxMs: 1_000 },
  watchRetry: { initialMs: 1_000, maxMs: 30_000 },
  watchStableMs: 5_000,
  pollGraceMs: 30_000,
} as const;

export function complete(options: VSphereOptions): CompleteOptions {
  return { ...DEFAULTS, ...options };
}
