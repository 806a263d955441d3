// Whom we tell our password. The certificate is judged on every new connection before a single byte of a request goes out:
// the socket is handed to the agent only after the handshake and the check. A certificate that isn't trusted is reported
// with its fingerprint, so that whoever may decide can compare it and pin it.
import { Agent } from 'node:https';
import type { AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { Clock } from '../../util/clock.ts';

export interface TrustOptions {
  /** PEM certificates that replace the built-in roots. */
  readonly caBundle?: string | undefined;
  /** SHA-256 of the one certificate to accept, hex digits with or without colons. Decides alone where it is given. */
  readonly thumbprint?: string | undefined;
  /** Accepts every certificate. */
  readonly insecureSkipVerify?: boolean | undefined;
}

/** Sockets to one vCenter; the long poll holds one of them. */
const MAX_SOCKETS = 16;

export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  /** Colon-separated upper-case hex. */
  readonly sha256: string;
  readonly reason: string;
  constructor(sha256: string, reason: string) {
    super(`certificate ${sha256} is not trusted: ${reason}`);
    this.sha256 = sha256;
    this.reason = reason;
  }
}

/** A pooled agent whose sockets have all passed the check. `established` tells whether a socket ever did. */
export class TrustingAgent extends Agent {
  readonly #trust: TrustOptions;
  readonly #clock: Clock;
  readonly #connectTimeoutMs: number;
  readonly #established = new WeakSet<object>();

  /** `connectTimeoutMs`: for the TCP connection and the TLS handshake together. */
  constructor(trust: TrustOptions, clock: Clock, connectTimeoutMs: number, options: AgentOptions = {}) {
    super({ keepAlive: true, maxSockets: MAX_SOCKETS, minVersion: 'TLSv1.2', ...options });
    this.#trust = trust;
    this.#clock = clock;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /** True when the handshake with the server was finished and its certificate accepted on this socket. */
  established(socket: object | null | undefined): boolean {
    return socket !== null && socket !== undefined && this.#established.has(socket);
  }

  override createConnection(
    options: ConnectionOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const { caBundle } = this.#trust;
    // The verdict is ours (below), so Node hands over the socket whatever it thinks of the certificate.
    const socket = connect({
      ...options,
      ...(caBundle === undefined ? {} : { ca: caBundle }),
      rejectUnauthorized: false,
    });
    let settled = false;
    const settle = (error: Error | undefined): void => {
      if (settled) return;
      settled = true;
      timer.cancel();
      if (error === undefined) this.#established.add(socket);
      else socket.destroy();
      callback?.(error ?? null, socket);
    };
    const timer = this.#clock.schedule(this.#connectTimeoutMs, () => settle(timeoutError(this.#connectTimeoutMs)));
    socket.once('secureConnect', () => settle(refusal(socket, this.#trust)));
    socket.once('error', settle);
    socket.once('close', () => settle(new Error('connection closed during the TLS handshake')));
    return undefined;
  }
}

function refusal(socket: TLSSocket, trust: TrustOptions): CertificateError | undefined {
  const { fingerprint256 } = socket.getPeerCertificate();
  const sha256 = fingerprint256 ?? 'unknown';
  if (trust.thumbprint !== undefined) {
    return normalized(trust.thumbprint) === normalized(sha256)
      ? undefined
      : new CertificateError(sha256, 'it is not the pinned one');
  }
  if (trust.insecureSkipVerify === true || socket.authorized) return undefined;
  return new CertificateError(sha256, String(socket.authorizationError ?? 'not verified'));
}

function normalized(thumbprint: string): string {
  return thumbprint.replace(/[:\s-]/g, '').toUpperCase();
}

function timeoutError(limitMs: number): Error {
  return Object.assign(new Error(`no TLS connection within ${limitMs} ms`), { code: 'ETIMEDOUT' });
}
