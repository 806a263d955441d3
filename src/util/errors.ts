// The two axes of failure: what waits for a human, what waits for time. Everything else is retried with backoff.

/** A human must change something; not retried until the object or what it refers to changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  /** CamelCase, one of the reasons of the conditions table. */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Nothing is wrong, the work goes on later. */
export class RequeueAfter extends Error {
  override readonly name = 'RequeueAfter';
  readonly delayMs: number;
  constructor(delayMs: number, message: string) {
    super(message);
    this.delayMs = delayMs;
  }
}

/** What a thrown value says, with the causes behind it, on one line. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${errorMessage(error.cause)}`;
  if (error instanceof AggregateError)
    return [error.message, ...error.errors.map(errorMessage)].filter((m) => m !== '').join('; ') + cause;
  return error.message + cause;
}

/** Any thrown value as an Error. */
export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** One error for many: the only one as it is, several as an AggregateError, none as undefined. */
export function aggregate(errors: readonly unknown[], message: string): Error | undefined {
  if (errors.length === 0) return undefined;
  if (errors.length === 1) return toError(errors[0]);
  return new AggregateError(errors, message);
}
