// From what a reconcile's phases threw to what the object says: the reason's row in the table decides between Reconciling
// and Stalled, and what is retried by whom. What isn't known to mean something goes to the queue's backoff.
import type { Condition } from '../../api/types.generated.ts';
import type { Kind } from '../../api/reasons.ts';
import { findReason } from '../../api/reasons.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { TerminalError, errorMessage } from '../../util/errors.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import { awayMessage } from './answering.ts';
import { NotReady } from './not-ready.ts';
import type { PhasesOutcome } from './phases.ts';
import type { Runtime } from './runtime.ts';
import type { StatusDraft } from './status-draft.ts';

interface StatusLike {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

/** Writes the first error of `outcome` into the draft; what is left is for the queue. */
export function reportProblem<S extends StatusLike>(
  runtime: Runtime,
  object: KubeObject & { readonly kind: string },
  draft: StatusDraft<S>,
  outcome: PhasesOutcome,
): PhasesOutcome {
  const [error] = outcome.errors;
  if (error === undefined) {
    runtime.grace.clear(object.metadata.uid);
    return outcome;
  }
  const problem = asNotReady(error, runtime);
  if (problem === undefined) {
    const stored = draft.find('Ready');
    const reason = stored?.status === 'False' ? stored.reason : 'Pending'; // Ready=False with the reason Ready would be nonsense
    draft.summarize('Reconciling', reason, `${errorMessage(error)}; tried again with growing pauses`);
    return outcome;
  }
  const requeueAfterMs = say(runtime, object, draft, problem);
  const sooner = Math.min(
    requeueAfterMs ?? Number.POSITIVE_INFINITY,
    outcome.requeueAfterMs ?? Number.POSITIVE_INFINITY,
  );
  return { requeueAfterMs: sooner === Number.POSITIVE_INFINITY ? undefined : sooner, errors: [] };
}

function say<S extends StatusLike>(
  runtime: Runtime,
  object: KubeObject,
  draft: StatusDraft<S>,
  problem: NotReady,
): number | undefined {
  const kind = object.kind as Kind;
  const row = findReason(kind, 'Ready', problem.reason);
  if (problem.condition !== undefined) draft.set(problem.condition, false, problem.reason, problem.message);
  const { uid } = object.metadata;
  const ownPace = problem.requeueAfterMs;
  switch (row?.progress) {
    case 'Stalled':
      draft.summarize('Stalled', problem.reason, problem.message);
      return ownPace ?? runtime.config['conflict-retry'];
    case 'grace': {
      const stalledAlready = draft.isTrue('Stalled') && draft.find('Stalled')?.reason === problem.reason;
      const leftMs = runtime.grace.leftMs(uid, problem.reason, stalledAlready);
      draft.summarize(leftMs > 0 ? 'Reconciling' : 'Stalled', problem.reason, problem.message);
      const pace = Math.min(runtime.config['reference-grace'] / 6, runtime.config['conflict-retry']);
      return ownPace ?? (leftMs > 0 ? Math.min(leftMs, pace) : runtime.config['conflict-retry']);
    }
    case 'inherited':
      draft.summarize(problem.stalled ? 'Stalled' : 'Reconciling', problem.reason, problem.message);
      return ownPace;
    case 'none':
      draft.summarize('NotReady', problem.reason, problem.message);
      return ownPace;
    case 'Reconciling':
    case undefined:
      draft.summarize('Reconciling', problem.reason, problem.message);
      return ownPace;
  }
}

/** Errors of known meaning as NotReady; undefined: the queue retries it. */
function asNotReady(error: unknown, runtime: Runtime): NotReady | undefined {
  if (error instanceof NotReady) return error;
  if (error instanceof TerminalError) return new NotReady(error.reason, error.message);
  if (!(error instanceof VSphereError)) return undefined;
  switch (error.kind) {
    case 'connection':
    case 'session':
    case 'credentials':
      // the connection backs off, not each of its objects: they are woken when it's back
      return new NotReady('VCenterNotReady', notReadyMessage(error), {
        requeueAfterMs: runtime.config['conflict-retry'],
      });
    case 'permission':
      return new NotReady('NoPermission', error.message, { requeueAfterMs: runtime.config['conflict-retry'] });
    default:
      return undefined;
  }
}

/** Which call it was that wasn't sent is no news: the next look may come as far as another one. */
function notReadyMessage({ fault, message, cause }: VSphereError): string {
  return fault === 'Away' && cause !== undefined ? awayMessage(cause) : message;
}
