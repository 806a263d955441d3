// What a clone's failures and successes are to its set, which stops after so many failures in a row of making machines, or of
// powering them on for want of something. A clone without a set has its own growing pauses only.
import { keyOf } from '../../kube/objects.ts';
import { INDEX } from '../shared/runtime.ts';
import type { FailingStep } from '../vcenter/failure-breaker.ts';
import { stopAfterFailures } from '../vcenter/failure-breaker.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** After how many failures in a row its set stops; 0: never. */
export function stopAfterOf({ set }: CloneScope): number {
  return set === undefined ? 0 : stopAfterFailures(set.spec.provisioning);
}

export function countFailure(scope: CloneScope, step: FailingStep): void {
  requireConnection(scope).connection.breaker.failed(scope.group, scope.uid, step, stopAfterOf(scope));
}

/** A set that had stopped goes on, and its other clones sleep until their next probe. */
export function countSuccess(scope: CloneScope, step: FailingStep): void {
  const { runtime, group } = scope;
  if (!requireConnection(scope).connection.breaker.succeeded(group, step, stopAfterOf(scope))) return;
  for (const sibling of runtime.stores.clones.byIndex(INDEX.owner, group)) runtime.wake.clone(keyOf(sibling));
}
