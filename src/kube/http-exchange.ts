// One request to the API server and its answer: credentials, pool, time limit, JSON. What isn't 2xx becomes an ApiError
// with the server's own reason; what isn't answered becomes one with code 0. An abort by the caller stays an abort.
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { abortReason } from '../util/abort.ts';
import type { Clock } from '../util/clock.ts';
import { ApiError } from './api-error.ts';
import type { StatusDetails } from './api-error.ts';
import type { ClusterAccess, PoolName } from './cluster-access.ts';
import { startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { jsonText } from './json-text.ts';
import { LoopTurns } from './loop-turns.ts';
import { orAbort } from './or-abort.ts';
import type { ServerClock } from './server-clock.ts';
import { transportError } from './transport-error.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type QueryValue = string | number | boolean | undefined;

export interface ExchangeRequest {
  readonly method: HttpMethod;
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** What the error messages call it: "configmaps default/x". */
  readonly subject: string;
}

/** A request that was answered, or failed before that. */
export interface AnswerRecord {
  readonly method: HttpMethod;
  /** HTTP status; undefined: no answer. */
  readonly code: number | undefined;
  /** `host:port` of the API server. */
  readonly host: string;
}

export interface HttpExchangeOptions {
  readonly config: ClusterAccess;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  /** Called once for each request that was sent; a watch counts when it begins. */
  readonly onAnswer?: (record: AnswerRecord) => void;
}

type Answer = Dispatcher.ResponseData;

export class HttpExchange {
  readonly #options: HttpExchangeOptions;

  constructor(options: HttpExchangeOptions) {
    this.#options = options;
  }

  /** Sends and reads the whole answer within `timeoutMs`. Throws ApiError, or the signal's reason when that fires. */
  async json(wanted: ExchangeRequest, pool: PoolName, timeoutMs: number, signal?: AbortSignal): Promise<unknown> {
    const call = `${wanted.method} ${wanted.subject}`;
    const deadline = startDeadline(this.#options.clock, timeoutMs, signal);
    try {
      const answer = await this.#send(wanted, pool, deadline.signal);
      const text = await answer.body.text();
      if (answer.statusCode >= 200 && answer.statusCode < 300) return parseJson(call, answer.statusCode, text);
      throw statusError(call, answer, text);
    } catch (error) {
      throw outcome(call, error, deadline, signal);
    } finally {
      deadline.end();
    }
  }

  /**
   * Sends and hands over the running body as it comes; `timeoutMs` is for the answer to begin. An error thrown by
   * `onChunk` ends the stream and comes out unchanged.
   */
  async stream(
    wanted: ExchangeRequest,
    pool: PoolName,
    timeoutMs: number,
    signal: AbortSignal,
    onOpen: () => void,
    onChunk: (chunk: Buffer) => void,
  ): Promise<void> {
    const call = `WATCH ${wanted.subject}`;
    const opening = startDeadline(this.#options.clock, timeoutMs, signal);
    let refusal: { readonly error: unknown } | undefined;
    const take = (chunk: Buffer): void => {
      try {
        onChunk(chunk);
      } catch (error) {
        refusal = { error };
        throw error;
      }
    };
    try {
      const answer = await this.#send(wanted, pool, opening.signal);
      if (answer.statusCode !== 200) throw statusError(call, answer, await answer.body.text());
      opening.stopTimer();
      onOpen();
      const turns = new LoopTurns(this.#options.clock);
      for await (const chunk of answer.body) {
        take(chunk as Buffer);
        // A burst is handed over chunk by chunk without a turn of the event loop in between.
        await turns.giveWay();
      }
    } catch (error) {
      // What onChunk threw goes to its owner as it is; the rest is the network's.
      throw refusal === undefined ? outcome(call, error, opening, signal) : refusal.error;
    } finally {
      opening.end();
    }
  }

  async #send(wanted: ExchangeRequest, pool: PoolName, signal: AbortSignal): Promise<Answer> {
    const { config, userAgent, serverClock, onAnswer } = this.#options;
    const access = await orAbort(this.#authorize(wanted, pool), signal);
    const sending = request(`${access.origin}${access.basePath}${wanted.path}${queryString(wanted.query)}`, {
      method: wanted.method,
      headers: {
        ...access.headers,
        accept: 'application/json',
        'user-agent': userAgent,
        ...(wanted.body !== undefined && { 'content-type': wanted.contentType ?? 'application/json' }),
      },
      body: wanted.body === undefined ? null : jsonText(wanted.body),
      dispatcher: access.dispatcher,
      signal,
    });
    const told = (code?: number): void =>
      onAnswer?.({ method: wanted.method, code, host: new URL(access.origin).host });
    const answer = await orAbort(sending, signal).catch((error: unknown) => {
      told();
      throw error;
    });
    told(answer.statusCode);
    serverClock.observe(answer.headers['date']);
    // The next request reads the credentials again: a token may have been rotated earlier than we look.
    if (answer.statusCode === 401) config.invalidate();
    return answer;
  }

  async #authorize(wanted: ExchangeRequest, pool: PoolName) {
    try {
      return await this.#options.config.authorize(pool);
    } catch (error) {
      // Only the code: a credential plugin's output can hold anything.
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      const message = `${wanted.method} ${wanted.subject}: cannot read the credentials for the API server${code}`;
      throw new ApiError(message, { code: 0, reason: 'Credentials', sent: false });
    }
  }
}

function outcome(call: string, error: unknown, deadline: Deadline, signal: AbortSignal | undefined): Error {
  if (error instanceof ApiError) return error;
  if (signal?.aborted === true && !deadline.expired) return abortReason(signal);
  return transportError(call, error);
}

function parseJson(call: string, code: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(`${call}: ${code} with a body that is not JSON`, { code: 0, reason: 'BadAnswer', sent: true });
  }
}

interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
}

function statusError(call: string, answer: Answer, text: string): ApiError {
  const status = parseStatus(text);
  const reason = status?.reason ?? '';
  const retryAfterSeconds = status?.details?.retryAfterSeconds ?? retryAfterHeader(answer.headers['retry-after']);
  return new ApiError(`${call}: ${answer.statusCode} ${reason}: ${status?.message ?? 'no further information'}`, {
    code: answer.statusCode,
    reason,
    details: status?.details,
    retryAfterMs: retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1_000,
  });
}

/** The Status object of an error; undefined where something else answered (a proxy, or the server for an unknown path). */
function parseStatus(text: string): StatusBody | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const body: unknown = JSON.parse(text);
    const isStatus = typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status';
    return isStatus ? (body as StatusBody) : undefined;
  } catch {
    return undefined;
  }
}

function retryAfterHeader(value: string | string[] | undefined): number | undefined {
  const seconds = typeof value === 'string' ? Number.parseInt(value, 10) : Number.NaN;
  return Number.isNaN(seconds) || seconds < 0 ? undefined : seconds;
}

function queryString(query: Readonly<Record<string, QueryValue>> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
