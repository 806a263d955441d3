// An abort signal that fires when the caller's does or when the time is up, whichever is first. Made by hand because
// AbortSignal.any keeps listeners on a long-lived signal for as long as that lives.
import type { Clock } from '../util/clock.ts';
import { abortReason } from '../util/abort.ts';

export class DeadlineError extends Error {
  override readonly name = 'TimeoutError';
}

export interface Deadline {
  readonly signal: AbortSignal;
  /** True when the time was up before anything else ended it. */
  readonly expired: boolean;
  /** Starts the time anew. */
  extend(): void;
  /** From now on only the caller's signal counts. */
  stopTimer(): void;
  /** Must be called when the work is over: stops the timer and lets go of the caller's signal. */
  end(): void;
}

/** A deadline `timeoutMs` milliseconds from now that also follows `outer`. */
export function startDeadline(clock: Clock, timeoutMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  let expired = false;
  const onTimeout = (): void => {
    expired = true;
    controller.abort(new DeadlineError(`no answer within ${Math.round(timeoutMs)} ms`));
  };
  const onOuter = (): void => {
    if (outer !== undefined) controller.abort(abortReason(outer));
  };
  let timer = clock.schedule(timeoutMs, onTimeout);
  if (outer?.aborted === true) onOuter();
  outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    extend() {
      timer.cancel();
      if (!controller.signal.aborted) timer = clock.schedule(timeoutMs, onTimeout);
    },
    stopTimer() {
      timer.cancel();
    },
    end() {
      timer.cancel();
      outer?.removeEventListener('abort', onOuter);
    },
  };
}
