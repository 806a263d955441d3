// How a set's clones are deleted or let go: a few at a time, each few on a fresh look at the set and the Lease, because a
// mistake that was corrected, or a leader that isn't one any more, must not go on for a thousand clones. None goes by a
// policy that the template doesn't have any more.
import { ANNOTATIONS, isFlagged } from '../../api/identifiers.ts';
import type { LinkedClone, LinkedCloneSet, LinkedCloneSetStatus } from '../../api/types.generated.ts';
import { keyOf } from '../../kube/objects.ts';
import { patchStatus } from '../../kube/status-patch.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import { inParallel } from '../../util/in-parallel.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { ownershipOf } from '../vcenter/marker.ts';
import { MARKER_PATH, vmView } from '../vcenter/vm-view.ts';
import { connectionOf } from '../shared/pinned-to.ts';
import { withWave, withoutThose } from '../shared/removal-waves.ts';
import { LINKED_CLONE_SETS, NAMESPACES } from '../shared/resources.ts';
import type { Runtime } from '../shared/runtime.ts';
import { deleteClone, liveSet, orphanClone, patchClone } from './children.ts';
import type { SetPlan } from './plan.ts';
import { isConditionTrue, isDeleting, ordinalOf } from './plan.ts';
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
  const failures: unknown[] = [];
  for (let at = 0; at < clones.length; at += TURN) {
    if (at > 0 && !(await isUnchanged(runtime, live))) return false; // its newer version wakes it by itself
    await runtime.guard.mayDestroy();
    // one that somebody wrote to a moment ago doesn't keep the others
    await inParallel(clones.slice(at, at + TURN), PARALLEL_WRITES, work).catch((error: unknown) =>
      failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
  return true;
}

/**
 * Carries out a plan made of `live` and all of its clones, `owned`, as read then. Gives those that were to be replaced and have to
 * wait.
 */
export async function removeAndReplace(
  runtime: Runtime,
  live: LinkedCloneSet,
  owned: readonly LinkedClone[],
  { remove, replace }: Pick<SetPlan, 'remove' | 'replace'>,
): Promise<LinkedClone[]> {
  const retain = live.spec.retentionPolicy?.whenScaled === 'Retain';
  const removed = await thoseInPolicy(runtime, live, remove);
  const named = new Set(retain ? replace : [...removed, ...replace]);
  const told = await tellWave(runtime, live, owned, [...named]);
  const deleteNamed = (clone: LinkedClone): Promise<void> => {
    named.delete(clone);
    return deleteClone(runtime, live, clone);
  };
  const letOneGo = retain ? (clone: LinkedClone) => orphanClone(runtime, live, clone) : deleteNamed;
  const isDone = await inTurns(runtime, live, removed, letOneGo);
  const postponed = isDone ? await replaceLost(runtime, live, replace, deleteNamed) : [];
  await takeBack(runtime, told, [...named]);
  return postponed;
}

/** Deletes those to be replaced, of Lost ones only what is lost still. Gives the others. */
async function replaceLost(
  runtime: Runtime,
  live: LinkedCloneSet,
  replace: readonly LinkedClone[],
  work: (clone: LinkedClone) => Promise<void>,
): Promise<LinkedClone[]> {
  const answers = await Promise.all(
    replace.map(async (clone) => !isConditionTrue(clone, 'Lost') || (await isStillLost(runtime, clone))),
  );
  const going = replace.filter((_, i) => answers[i] === true);
  await inTurns(runtime, live, await thoseInPolicy(runtime, live, going), work);
  return replace.filter((clone) => !going.includes(clone));
}

/**
 * Lets go of those that somebody marked for it (`linkedclone.dev/detach`). Gives the others, of which alone any may be deleted:
 * to be asked with a live list before that, because the cache may not have the mark yet.
 */
export async function detachMarked(
  runtime: Runtime,
  set: LinkedCloneSet,
  clones: readonly LinkedClone[],
): Promise<LinkedClone[]> {
  const marked = clones.filter(
    (clone) => !isDeleting(clone) && isFlagged(clone.metadata.annotations, ANNOTATIONS.detach),
  );
  for (const clone of marked) await orphanClone(runtime, set, clone);
  return clones.filter((clone) => !marked.includes(clone));
}

/**
 * Stores which clones are about to go, for the breaker of a later process; nothing goes where that fails. Not for a single one:
 * it would double its set's writes. Gives the set with what is stored.
 */
async function tellWave(
  runtime: Runtime,
  live: LinkedCloneSet,
  owned: readonly LinkedClone[],
  going: readonly LinkedClone[],
): Promise<LinkedCloneSet> {
  if (going.length < 2) return live;
  const waves = withWave(live, owned, going, runtime.rest.serverNow() ?? runtime.clock.now());
  return waves === undefined ? live : storeWaves(runtime, live, waves);
}

/** These were told, and aren't deleted after all: by now the set wants something else, or one isn't lost. Who deletes them isn't the set. */
async function takeBack(runtime: Runtime, told: LinkedCloneSet, left: readonly LinkedClone[]): Promise<void> {
  const waves = withoutThose(told, left);
  if (waves !== undefined) await storeWaves(runtime, told, waves);
}

async function storeWaves(
  runtime: Runtime,
  set: LinkedCloneSet,
  removals: NonNullable<LinkedCloneSetStatus['removals']>,
): Promise<LinkedCloneSet> {
  runtime.guard.mayChange(); // one that leads no more would explain what others delete
  const status = { ...set.status, removals };
  await patchStatus(runtime.rest, LINKED_CLONE_SETS, set, status);
  return { ...set, status };
}

/** Ours, or one that doesn't tell whose it is; what has its identity and another mark is never touched. */
async function isThere(
  { clusterId }: Runtime,
  { client }: VCenterConnection,
  uid: string,
  instanceUuid: string,
): Promise<boolean> {
  const found = await client.findAllByUuid(instanceUuid, { instance: true });
  const states = found.length === 0 ? [] : [...(await client.readMany(found, ['config.instanceUuid', MARKER_PATH]))];
  return states.some(([, state]) => {
    if (state === undefined) return false;
    const vm = vmView(state.ref, state.properties);
    return vm.instanceUuid === undefined || ownershipOf(vm, clusterId, uid) === 'ours';
  });
}

/**
 * A live look for the machine of a Lost clone, which somebody may have registered again since it was missed: its deletion would
 * destroy it. One that can't be looked for counts as there.
 */
async function isStillLost(runtime: Runtime, clone: LinkedClone): Promise<boolean> {
  const connection = connectionOf(runtime, clone.status?.vCenter);
  const uuid = clone.status?.vm?.instanceUuid ?? clone.metadata.uid;
  try {
    if (connection !== undefined && !(await isThere(runtime, connection, clone.metadata.uid, uuid))) return true;
    runtime.wake.clone(keyOf(clone), true);
  } catch (error) {
    if (!(error instanceof VSphereError)) throw error;
    runtime.logger.info({ clone: clone.metadata.name, err: error.message }, 'a lost machine could not be looked for');
  }
  return false;
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
