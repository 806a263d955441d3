// Waits for a condition instead of a time: asks again and again until it holds, and says what it waited for when it
// doesn't in time. The testbed's and the tests' only way to wait.
import { sleep } from '../util/abort.ts';
import { systemClock } from '../util/clock.ts';
import { errorMessage } from '../util/errors.ts';

export interface WaitOptions {
  /** Milliseconds until it fails; a minute by default: only what hangs, on a busy machine too. */
  timeoutMs?: number;
  /** Milliseconds between two looks; 50 by default. */
  intervalMs?: number;
  signal?: AbortSignal | undefined;
  /** Whether a look that throws is repeated; true by default. */
  retryErrors?: boolean;
}

/**
 * The first value of `look` that is neither false, null nor undefined. Rejects when there is none in time, naming `what`
 * and the last error of `look`, and with the signal's reason.
 */
export async function waitUntil<T>(
  what: string,
  look: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const { timeoutMs = 60_000, intervalMs = 50, signal, retryErrors = true } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    let cause: unknown;
    try {
      const value = await look();
      if (value !== false && value !== null && value !== undefined)
        return value as Exclude<T, false | null | undefined>;
    } catch (error) {
      if (!retryErrors) throw error;
      cause = error;
    }
    if (performance.now() >= deadline) {
      const reason = cause === undefined ? '' : `: ${errorMessage(cause)}`;
      throw new Error(
        `waited ${timeoutMs / 1000} s in vain for ${what}${reason}`,
        cause === undefined ? {} : { cause },
      );
    }
    await sleep(systemClock, intervalMs, signal);
  }
}
