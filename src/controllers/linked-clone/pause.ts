// The pause after a task on the VM that failed. Clones are woken by anything that changes about them, and their own status
// write is such a change: without this a task that always fails would be started again as fast as it fails.
import { NotReady } from '../shared/not-ready.ts';
import type { CloneScope } from './scope.ts';

export interface Pause {
  readonly action: string;
  /** Monotonic milliseconds. */
  readonly until: number;
  readonly problem: NotReady;
}

/** Begins a pause of `delayMs` for this action; gives what the object says until its end, to be thrown. */
export function pauseAfter(
  { memory, runtime }: CloneScope,
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
export function keepPause({ memory, runtime }: CloneScope, action: string): void {
  const { pause } = memory;
  if (pause?.action !== action) return;
  const leftMs = pause.until - runtime.clock.monotonic();
  if (leftMs <= 0) return;
  const { reason, message } = pause.problem;
  throw new NotReady(reason, message, { requeueAfterMs: leftMs });
}
