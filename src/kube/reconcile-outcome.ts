// What becomes of a key after its reconcile, decided from what was returned or thrown: one place, one table.
//   returned nothing                 success        forgotten until something wakes it
//   returned or threw a wait         requeue_after  comes again then; no failure
//   TerminalError                    terminal       not retried; a human must change something
//   anything else                    error          comes again, later each time
// An AggregateError is what its worst member is; of several waits the shortest counts.
import { RequeueAfter, TerminalError } from '../util/errors.ts';

export const RECONCILE_OUTCOMES = ['success', 'requeue_after', 'error', 'terminal', 'gated'] as const;
export type OutcomeName = (typeof RECONCILE_OUTCOMES)[number];

export type Outcome =
  { readonly name: 'success' | 'error' | 'terminal' } | { readonly name: 'requeue_after'; readonly delayMs: number };

/** The outcome of a reconcile that returned. */
export function outcomeOfResult(result: { readonly requeueAfterMs?: number } | undefined): Outcome {
  if (result?.requeueAfterMs === undefined) return { name: 'success' };
  return { name: 'requeue_after', delayMs: Math.max(0, result.requeueAfterMs) };
}

/** The outcome of a reconcile that threw. */
export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof RequeueAfter) return { name: 'requeue_after', delayMs: Math.max(0, error.delayMs) };
  if (error instanceof TerminalError) return { name: 'terminal' };
  if (!(error instanceof AggregateError) || error.errors.length === 0) return { name: 'error' };
  const outcomes = error.errors.map(outcomeOfError);
  if (outcomes.some((outcome) => outcome.name === 'error')) return { name: 'error' };
  const delays = outcomes.flatMap((outcome) => (outcome.name === 'requeue_after' ? [outcome.delayMs] : []));
  return delays.length > 0 ? { name: 'requeue_after', delayMs: Math.min(...delays) } : { name: 'terminal' };
}
