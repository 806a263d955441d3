// Takes back a plan that nothing has come of, so that the clone is as if it had never been planned: it's planned anew, or its
// set takes it to another base. One that was kept on a base on its way out would hold that base for a machine that is never
// made, and the clone couldn't be moved: each would wait for the other for good.
import { parseKey } from '../../kube/objects.ts';
import { baseKeyOf } from '../base-snapshot/dependents.ts';
import { BASE_SNAPSHOTS } from '../shared/resources.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** To be used only where no call was made for the intent, or none of them has left anything. */
export function takePlanBack(scope: CloneScope): void {
  const { status } = scope.draft;
  delete status.operation;
  delete status.baseSnapshotUid;
  delete status.source;
  delete status.vCenter;
  requireConnection(scope).connection.admissions.withdraw(scope.uid);
}

/** By the cache no clone is made any more of the base that this one was planned on: it's being deleted, or not there. */
export function isBaseLeaving({ base }: CloneScope): boolean {
  return base === undefined || base.metadata.deletionTimestamp !== undefined;
}

/**
 * True when it's certain. A deletion can't be taken back; but of a base that isn't there the cache may only not know yet, and
 * a plan that was taken back then would be made and taken back again.
 */
export async function hasBaseLeft(scope: CloneScope): Promise<boolean> {
  const { runtime, clone, namespace, base } = scope;
  if (base !== undefined) return isBaseLeaving(scope);
  const key = parseKey(baseKeyOf(clone.spec.baseSnapshotRef, namespace));
  const there = await runtime.live.get(BASE_SNAPSHOTS, key);
  return there === undefined || there.metadata.uid !== clone.status?.baseSnapshotUid;
}
