// The shape of every reconcile: an ordered list of named phases over a scope. Each builds on those before it, so a phase
// that fails, or says stop, ends the list; one status patch follows in any case, and the earliest requeue wins.
import type { ReconcileResult } from '../../kube/controller.ts';
import { RequeueAfter, TerminalError, aggregate } from '../../util/errors.ts';

/** What a phase answers: nothing, come again in so many milliseconds, or stop here. */
export type PhaseResult = undefined | { readonly requeueAfterMs?: number; readonly stop?: boolean };

export interface Phase<S> {
  readonly name: string;
  run(scope: S): Promise<PhaseResult> | PhaseResult;
}

export interface PhasesOutcome {
  readonly requeueAfterMs: number | undefined;
  readonly errors: readonly unknown[];
}

/** Runs phases in order. An error or `stop` ends the list. */
export async function runPhases<S>(scope: S, phases: readonly Phase<S>[]): Promise<PhasesOutcome> {
  let requeueAfterMs: number | undefined;
  const sooner = (ms: number | undefined): void => {
    if (ms !== undefined) requeueAfterMs = Math.min(requeueAfterMs ?? ms, ms);
  };
  for (const phase of phases) {
    try {
      const result = await phase.run(scope);
      sooner(result?.requeueAfterMs);
      if (result?.stop === true) break;
    } catch (error) {
      if (error instanceof RequeueAfter) {
        sooner(error.delayMs);
        break;
      }
      return { requeueAfterMs, errors: [error] };
    }
  }
  return { requeueAfterMs, errors: [] };
}

/** Turns phase errors and a status write's error into the reconcile's result; throws what is to be retried. */
export function finish(outcome: PhasesOutcome, statusError: unknown): ReconcileResult {
  const errors = statusError === undefined ? outcome.errors : [...outcome.errors, statusError];
  const retryable = errors.filter((error) => !(error instanceof TerminalError));
  const error = aggregate(retryable.length > 0 ? retryable : errors, 'reconcile failed');
  if (error !== undefined) throw error;
  return outcome.requeueAfterMs === undefined ? undefined : { requeueAfterMs: outcome.requeueAfterMs };
}
