// Exponential backoff with jitter: the delay before try n, capped, spread so that a thousand waiters don't wake together.

export interface BackoffOptions {
  initialMs: number;
  maxMs: number;
  /** Growth per try; 2 doubles. */
  factor?: number;
  /** Share of the delay that is random, 0 to 1: 0.2 gives 80 % to 100 % of it. */
  jitter?: number;
  random?: () => number;
}

/** Milliseconds to wait before try `attempt` (0 is the first retry). */
export function backoffDelay(attempt: number, options: BackoffOptions): number {
  const { initialMs, maxMs, factor = 2, jitter = 0.2, random = Math.random } = options;
  const full = Math.min(maxMs, initialMs * factor ** Math.min(attempt, 64));
  return full * (1 - jitter * random());
}
