// The one error of the Kubernetes side: what the API server answered, or that it didn't answer (code 0). Messages name
// the call and the server's own sentence, never headers, bodies or tokens, so that they can be logged and shown.
import { plainText } from './plain-text.ts';

/** `details` of the Status object that the API server answers errors with. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
}

export interface ApiErrorOptions {
  /** HTTP status; 0 when there was no answer. */
  code: number;
  /** CamelCase reason of the Status object; `Transport` or `Timeout` when there was no answer. */
  reason: string;
  details?: StatusDetails | undefined;
  retryAfterMs?: number | undefined;
  sent?: boolean | undefined;
}

const MAX_MESSAGE_BYTES = 600;

/** Answers that the same request gets again: bad request, forbidden, too large, invalid. */
const FINAL: ReadonlySet<number> = new Set([400, 403, 413, 422]);

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails;
  /** What the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Without an answer: true if the request may have reached the server, false if it can't have, undefined if unknown. */
  readonly sent: boolean | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    super(plainText(message, MAX_MESSAGE_BYTES));
    this.code = options.code;
    this.reason = options.reason;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.sent = options.code === 0 ? options.sent : true;
  }

  /**
   * The named object doesn't exist. False for a path that the server doesn't serve: a missing CRD answers 404 too, and
   * that must never count as "the object is gone".
   */
  get notFound(): boolean {
    return this.code === 404 && this.reason === 'NotFound' && this.details.name !== undefined;
  }

  /** The API server doesn't serve this resource: its CRD isn't there. */
  get resourceMissing(): boolean {
    return this.code === 404 && !this.notFound;
  }

  /** The object isn't what the writer thought: changed, recreated, or a `test` of a JSON patch failed. */
  get conflict(): boolean {
    return (this.code === 409 && !this.alreadyExists) || this.failedTest;
  }

  /**
   * A JSON patch whose `test` failed or whose path is gone. The server says 422 without naming the object, where a
   * refused value names it (seen with 1.36).
   */
  get failedTest(): boolean {
    return this.code === 422 && this.reason === 'Invalid' && this.details.name === undefined;
  }

  get alreadyExists(): boolean {
    return this.code === 409 && this.reason === 'AlreadyExists';
  }

  /** The resourceVersion or continue token is too old. */
  get gone(): boolean {
    return this.code === 410;
  }

  get forbidden(): boolean {
    return this.code === 403;
  }

  get tooManyRequests(): boolean {
    return this.code === 429;
  }

  /** The server didn't answer. */
  get transport(): boolean {
    return this.code === 0;
  }
}

/**
 * What the server said to a write that it won't take as it is, whoever tries: a value, a quota, a policy, a right. Undefined
 * for any other error, and for a namespace that is going anyway.
 */
export function refusedForGood(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.conflict || !FINAL.has(error.code)) return undefined;
  const isGoing = error.details.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false;
  return isGoing ? undefined : error.message;
}

/** True when `error` says that the named object doesn't exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.notFound;
}

/** True when `error` says that the object changed, or was recreated, since it was read. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.conflict;
}
