// How a set's clones are deleted or let go: a few at a time, each few on a fresh look at the set and the Lease, because a
// mistake that was corrected, or a leader that isn't one any more, must not go on for a thousand clones. None goes by a
// policy that the template doesn't have any more.
import type { LinkedClone, LinkedCloneSet } from '../../api/types.generated.ts';
import { inParallel } from '../../util/in-parallel.ts';
import { NAMESPACES } from '../shared/resources.ts';
import type { Runtime } from '../shared/runtime.ts';
import { liveSet, patchClone } from './children.ts';
import { ordinalOf } from './plan.ts';
import { specOf } from './template.ts';

/** Writes of one set at a time. */
const PARALLEL_WRITES = 8;
/** Clones that go on one look at the set. */
const TURN = 16;

/**
 * Does `work` for each clone, as long as the set is what was decided on; false: it isn't any more, and some are left. `live`:
 * as it was read then. Rejects where this process doesn't lead any more.
 */
export async function inTurns(
  runtime: Runtime,
  live: LinkedCloneSet,
  clones: readonly LinkedClone[],
  work: (clone: LinkedClone) => Promise<void>,
): Promise<boolean> {
  for (let at = 0; at < clones.length; at += TURN) {
    if (at > 0 && !(await isUnchanged(runtime, live))) return false; // its newer version wakes it by itself
    await runtime.guard.mayDestroy();
    await inParallel(clones.slice(at, at + TURN), PARALLEL_WRITES, work);
  }
  return true;
}

async function isUnchanged(runtime: Runtime, before: LinkedCloneSet): Promise<boolean> {
  const now = await liveSet(runtime, before);
  // also counts its deletion
  return now !== undefined && now.metadata.generation === before.metadata.generation;
}

/**
 * Those whose deletionPolicy is the template's. The others may be deleted or let go, by whoever does it, only once they have
 * it, too: they are patched, and looked at again when that is seen.
 */
export async function thoseInPolicy(
  runtime: Runtime,
  set: LinkedCloneSet,
  clones: readonly LinkedClone[],
): Promise<LinkedClone[]> {
  const wanted = (clone: LinkedClone): string => specOf(set, ordinalOf(set, clone)).deletionPolicy ?? 'Delete';
  const behind = clones.filter((clone) => (clone.spec.deletionPolicy ?? 'Delete') !== wanted(clone));
  await inParallel(behind, PARALLEL_WRITES, async (clone) => {
    await patchClone(runtime, set, clone, { spec: { deletionPolicy: wanted(clone) } });
  });
  return clones.filter((clone) => !behind.includes(clone));
}

/**
 * Whether Kubernetes itself deletes the clones of a set that is being deleted, in the foreground or with its namespace: some of
 * them before the set can let go of them, and those without an owner by their own policy. `set`: as read live.
 */
export async function areDeletedAnyway({ live }: Runtime, { metadata }: LinkedCloneSet): Promise<boolean> {
  if (metadata.finalizers?.includes('foregroundDeletion') === true) return true;
  const namespace = await live.get(NAMESPACES, { namespace: '', name: metadata.namespace ?? '' });
  return namespace?.metadata.deletionTimestamp !== undefined;
}
