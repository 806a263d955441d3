// One HTTPS POST. Everything that goes wrong leaves as a VSphereError: an AxiosError holds the whole request, and a logger
// that is given one prints the password and the session cookie.
import axios from 'axios';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../../util/clock.ts';
import { toError } from '../../util/errors.ts';
import { EXCESS, VSphereError } from '../faults.ts';
import type { MoRef } from '../mo-ref.ts';
import { CertificateError, TrustingAgent } from './trust.ts';
import type { TrustOptions } from './trust.ts';

/**
 * Largest request and largest reply in bytes. Parsing blocks the event loop, three megabytes for half a second; a page of
 * ours has one, and the longest list that isn't paged, 20,000 references, has two and a half.
 */
const SIZE_LIMIT = 3 * 1024 * 1024;

export interface TransportOptions {
  /** `host`, `host:port` or an https URL; the path defaults to `/sdk`. */
  readonly server: string;
  readonly tls: TrustOptions;
  readonly userAgent: string;
  readonly clock: Clock;
  /** Milliseconds for the TCP connection and the TLS handshake together. */
  readonly connectTimeoutMs: number;
}

export interface HttpRequest {
  readonly body: string;
  readonly soapAction: string;
  readonly cookie: string | undefined;
  /** Milliseconds for everything, waiting for a socket included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /**
   * Called when the request has its socket, right before the first byte goes out: it may have waited for one. What this
   * throws ends the request, of which nothing was sent then, and is what `post` rejects with.
   */
  readonly mayGo?: (() => void) | undefined;
  /** What the request is about, for the error. */
  readonly about: { readonly method: string; readonly object: MoRef; readonly opId: string };
}

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly setCookie: readonly string[];
  readonly body: string;
}

export interface Transport {
  /** Rejects with a VSphereError, or with what `mayGo` threw; resolves for every HTTP status. */
  post(request: HttpRequest): Promise<HttpReply>;
  /** Closes all connections. */
  close(): void;
}

/** The URL behind what people write as a server; throws a TypeError for anything but https. */
export function serverUrl(server: string): string {
  const url = new URL(server.includes('://') ? server : `https://${server}`);
  if (url.protocol !== 'https:') throw new TypeError('vCenter is only spoken to over https');
  if (url.username !== '' || url.password !== '') throw new TypeError('no user information in the address of a server');
  if (url.pathname === '/') url.pathname = '/sdk';
  return url.href;
}

/** How one attempt ended, besides with an answer. */
interface Attempt {
  request: ClientRequest | undefined;
  timedOut: boolean;
  /** What `mayGo` threw. */
  refused: { readonly error: unknown } | undefined;
}

export function createTransport({ server, tls, userAgent, clock, connectTimeoutMs }: TransportOptions): Transport {
  const url = serverUrl(server);
  const agent = new TrustingAgent(tls, clock, connectTimeoutMs);
  const http = axios.create({
    httpsAgent: agent,
    // A redirect would carry the password to wherever it points; a proxy from the environment would see the traffic.
    maxRedirects: 0,
    proxy: false,
    maxContentLength: SIZE_LIMIT,
    maxBodyLength: SIZE_LIMIT,
    responseType: 'text',
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
  });

  async function post(request: HttpRequest): Promise<HttpReply> {
    const attempt: Attempt = { request: undefined, timedOut: false, refused: undefined };
    const stop = new AbortController();
    const onAbort = (): void => stop.abort();
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const timer = clock.schedule(request.timeoutMs, () => {
      attempt.timedOut = true;
      stop.abort();
    });
    try {
      if (request.signal?.aborted === true) stop.abort();
      const answer = await http.post(url, request.body, {
        headers: headersOf(request, userAgent),
        signal: stop.signal,
        transport: recording(attempt, request.mayGo),
      });
      return {
        status: answer.status,
        contentType: String(answer.headers['content-type'] ?? ''),
        setCookie: answer.headers['set-cookie'] ?? [],
        body: String(answer.data ?? ''),
      };
    } catch (error) {
      if (attempt.refused !== undefined) throw attempt.refused.error;
      throw asVSphereError(error, request, attempt, agent.established(attempt.request?.socket));
    } finally {
      timer.cancel();
      request.signal?.removeEventListener('abort', onAbort);
    }
  }

  return { post, close: () => agent.destroy() };
}

function headersOf({ soapAction, cookie }: HttpRequest, userAgent: string): Record<string, string> {
  return {
    'Content-Type': 'text/xml; charset=utf-8',
    SOAPAction: soapAction,
    'User-Agent': userAgent,
    Accept: 'text/xml',
    ...(cookie === undefined ? {} : { Cookie: cookie }),
  };
}

/** Lets us see the request that axios makes, and with it the socket: whether anything was sent depends on that. */
function recording(attempt: Attempt, mayGo: (() => void) | undefined): { request: typeof httpsRequest } {
  const request = (options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest => {
    const made = httpsRequest(options, onResponse);
    attempt.request = made;
    // Emitted when the socket is assigned; what axios has written by then is flushed right after it.
    if (mayGo !== undefined) made.once('socket', () => askLeave(made, attempt, mayGo));
    return made;
  };
  return { request: request as typeof httpsRequest };
}

function askLeave(request: ClientRequest, attempt: Attempt, mayGo: () => void): void {
  try {
    mayGo();
  } catch (error) {
    attempt.refused = { error };
    request.destroy(toError(error));
  }
}

function asVSphereError(error: unknown, { about, signal }: HttpRequest, attempt: Attempt, sent: boolean): VSphereError {
  const certificate = findCause(error, (candidate) => candidate instanceof CertificateError);
  if (certificate instanceof CertificateError) {
    const { sha256, reason } = certificate;
    return new VSphereError({ ...about, fault: 'CertificateNotTrusted', detail: { sha256, reason }, sent: false });
  }
  if (attempt.timedOut) return new VSphereError({ ...about, fault: 'Timeout', sent, text: 'no answer in time' });
  if (signal?.aborted === true) return new VSphereError({ ...about, fault: 'Canceled', sent });
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : String(code);
  // axios has no code of its own for it
  if (code === 'ERR_BAD_RESPONSE' && text.startsWith('maxContentLength'))
    return new VSphereError({ ...about, fault: 'BadReply', detail: EXCESS, text: `more than ${SIZE_LIMIT} bytes` });
  return new VSphereError({
    ...about,
    fault: 'Transport',
    detail: typeof code === 'string' ? { code } : {},
    sent,
    text,
  });
}

function findCause(error: unknown, test: (candidate: Error) => boolean): Error | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (test(at)) return at;
  return undefined;
}
