// The pause after a task that failed, or a look that costs much. Objects are woken by anything that changes about them, and
// their own status write is such a change: without this a task that always fails would be started again as fast as it fails.
import type { Clock } from '../../util/clock.ts';
import { NotReady } from './not-ready.ts';

/** The part of a reconcile's scope that a pause needs; it lasts as long as the memory. */
export interface PauseScope {
  readonly memory: { pause?: Pause | undefined };
  readonly runtime: { readonly clock: Clock };
}

export interface Pause {
  readonly action: string;
  /** Monotonic milliseconds. */
  readonly until: number;
  readonly problem: NotReady;
}

/** Begins a pause of `delayMs` for this action; gives what the object says until its end, to be thrown. */
export function pauseAfter(
  { memory, runtime }: PauseScope,
  action: string,
  reason: string,
  message: string,
  delayMs: number,
): NotReady {
  const problem = new NotReady(reason, message, { requeueAfterMs: delayMs });
  memory.pause = { action, until: runtime.clock.monotonic() + delayMs, problem };
  return problem;
}

/** Throws what was said while a pause for this action lasts. */
export function keepPause({ memory, runtime }: PauseScope, action: string): void {
  const { pause } = memory;
  if (pause?.action !== action) return;
  const leftMs = pause.until - runtime.clock.monotonic();
  if (leftMs <= 0) return;
  const { reason, message } = pause.problem;
  throw new NotReady(reason, message, { requeueAfterMs: leftMs });
}
