// Which deletions of clones nobody's plan explains. Explained are: those that a set does itself (scaling, replacing), all of
// a set that is being deleted or has as many clones as it wants without them, and those of a namespace that ends. Told from
// the objects as they are and from what sets have told of their plans, so that it holds over restarts. Pure.
import type { LinkedClone, LinkedCloneSet } from '../../api/types.generated.ts';
import { isInWave } from '../shared/removal-waves.ts';
import type { PendingDeletion } from './deletion-breaker.ts';

export interface DeletionView {
  isTerminating(namespace: string): boolean;
  /** The set that controls the clone; undefined: none does, or it's gone. */
  setOf(clone: LinkedClone): LinkedCloneSet | undefined;
  /** How many clones of the set aren't being deleted. */
  presentOf(set: LinkedCloneSet): number;
  /** Its set deletes it by its own plan: one of this process. */
  isOwnPlan(clone: LinkedClone): boolean;
}

/** How many of the set's clones it misses: so many deletions can't be its own. */
function missingOf(set: LinkedCloneSet, view: DeletionView): number {
  return Math.max(0, (set.spec.replicas ?? 1) - view.presentOf(set));
}

export function isExplained(clone: LinkedClone, view: DeletionView): boolean {
  if (view.isTerminating(clone.metadata.namespace) || view.isOwnPlan(clone)) return true;
  const set = view.setOf(clone);
  if (set === undefined) return false;
  return set.metadata.deletionTimestamp !== undefined || isInWave(set, clone) || missingOf(set, view) === 0;
}

/** The unexplained ones of `clones` that are being deleted; of a set no more than it misses. */
export function unexplainedDeletions(clones: readonly LinkedClone[], view: DeletionView): PendingDeletion[] {
  const left = new Map<string, number>();
  return clones.flatMap((clone) => {
    const { uid, deletionTimestamp } = clone.metadata;
    if (deletionTimestamp === undefined || clone.spec.deletionPolicy === 'Retain' || isExplained(clone, view))
      return [];
    const set = view.setOf(clone);
    if (set !== undefined) {
      const missing = left.get(set.metadata.uid) ?? missingOf(set, view);
      if (missing === 0) return [];
      left.set(set.metadata.uid, missing - 1);
    }
    return [{ uid, deletedAt: Date.parse(deletionTimestamp) }];
  });
}
