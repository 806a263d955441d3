// A BaseSnapshot on its way out: it goes when nothing stands on it any more. With `deletionPolicy: Delete` vCenter is
// looked at as well, for linked clones that somebody else made on the snapshot, before the snapshot is removed; where the
// snapshot stays they are an event.
import { ANNOTATIONS, FINALIZERS } from '../../api/identifiers.ts';
import type { BaseSnapshotStatus, BaseSnapshotStatusSnapshot } from '../../api/types.generated.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import { removeFinalizer } from '../../kube/finalizers.ts';
import { keyOf } from '../../kube/objects.ts';
import { RequeueAfter, errorMessage } from '../../util/errors.ts';
import { VSphereError, isForbidden } from '../../vsphere/faults.ts';
import { askForSlot } from '../shared/ask-for-slot.ts';
import { requireNoneOnItsWay } from '../shared/lost-calls.ts';
import { NotReady } from '../shared/not-ready.ts';
import { keepPause, pauseAfter } from '../shared/pause.ts';
import { BASE_SNAPSHOTS } from '../shared/resources.ts';
import { requireValidSpec } from '../shared/spec-check.ts';
import { createSnapshotPhase } from './create-snapshot.ts';
import type { BaseDependents } from './dependents.ts';
import { cachedBaseDependents, describeDependents, isEmpty, liveBaseDependents } from './dependents.ts';
import { foreignChildren } from './foreign.ts';
import { noteForeignChildren } from './foreign-notice.ts';
import { holdSource, noteLostRemoval, settleRemoval } from './lost-removal.ts';
import { sourcePhase, vCenterPhase } from './phases.ts';
import type { BaseScope } from './scope.ts';
import { requireInventory } from './scope.ts';
import { isOurSnapshot } from './snapshot-marker.ts';
import type { SnapshotNode } from './snapshot-tree.ts';
import { findPinned, flattenSnapshots, snapshotsBelow } from './snapshot-tree.ts';
import type { Inspection } from './inspection.ts';
import { pausedByCrds } from '../vcenter/deletion-pause.ts';
import { listManaged } from '../vcenter/dependents.ts';

/** How often a base that is released waits for the end of the session of a lost call before it goes all the same. */
const RELEASE_TRIES = 3;

/** One step of the deletion; throws NotReady with what it waits for. */
export async function deleteBase(scope: BaseScope): Promise<ReconcileResult> {
  const { runtime, base } = scope;
  if (!(base.metadata.finalizers ?? []).includes(FINALIZERS.dependents)) return undefined;
  holdSource(scope);
  if (base.metadata.annotations?.[ANNOTATIONS.release] === base.metadata.uid) return release(scope);
  await settleRemoval(scope);
  const cached = cachedBaseDependents(runtime, base);
  const dependents = isEmpty(cached) ? await liveBaseDependents(runtime, base) : cached;
  refuseDependents(scope, dependents);
  // whether a snapshot of ours is to go with it is in the spec
  if (base.status?.snapshot?.createdByOperator === true || base.status?.operation !== undefined)
    requireValidSpec('BaseSnapshot', base);
  if (base.spec.deletionPolicy === 'Delete' && base.status?.snapshot?.createdByOperator === true)
    return removeSnapshot(scope);
  if (
    base.spec.snapshot?.create !== undefined &&
    base.status?.snapshot === undefined &&
    base.status?.operation !== undefined &&
    base.spec.deletionPolicy === 'Delete' // else it stays, whether it's there already or comes in a moment
  )
    return settleCreation(scope);
  await noteForeignChildren(scope);
  return letGo(scope);
}

function refuseDependents(scope: BaseScope, dependents: BaseDependents): void {
  if (isEmpty(dependents)) return;
  const what = describeDependents(dependents, scope.base.metadata.namespace);
  const message = `${what} depend on it; a deletion can't be taken back: delete or move them, and it goes`;
  block(scope, 'DependentsExist', message);
  throw new NotReady('DeletionBlocked', `deletion waits: ${what}`);
}

/** Says what holds the deletion; the event is for the moment in which that begins, the condition follows it. */
function block({ runtime, base, draft }: BaseScope, reason: string, message: string): void {
  if (draft.find('DeletionBlocked')?.reason !== reason)
    runtime.events.event(base, { type: 'Warning', reason: 'DeletionBlocked', action: 'Delete', note: message });
  draft.set('DeletionBlocked', true, reason, message);
}

/** An admin's way out: the finalizer goes whatever vCenter says. A removal that may arrive is waited for as far as that goes. */
async function release(scope: BaseScope): Promise<ReconcileResult> {
  const { memory, runtime, context } = scope;
  keepPause(scope, 'release');
  try {
    await settleRemoval(scope);
  } catch (error) {
    if (error instanceof NotReady && error.reason === 'RemovingSnapshot') throw error; // vCenter answers: its end comes
    const why = errorMessage(error);
    memory.releaseFailures = (memory.releaseFailures ?? 0) + 1;
    if (memory.releaseFailures < RELEASE_TRIES)
      throw pauseAfter(scope, 'release', 'OutcomeUnknown', `${why}; tried again`, runtime.config['retry-max'] / 4);
    context.logger.warn({ reason: why }, 'released while the removal of its snapshot may still arrive at the vCenter');
  }
  return letGo(scope);
}

async function letGo({ runtime, base }: BaseScope): Promise<ReconcileResult> {
  await removeFinalizer(runtime.rest, BASE_SNAPSHOTS, base, FINALIZERS.dependents);
  return undefined;
}

/** A snapshot was asked for and is not pinned: it may exist, or come out of a task that still runs. */
async function settleCreation(scope: BaseScope): Promise<ReconcileResult> {
  await requireNoneOnItsWay(scope);
  const { connection, inspection: before } = await inspectedForRemoval(scope);
  if (
    connection.operations.running(scope.base.metadata.uid, 'createSnapshot') !== undefined ||
    (await connection.sourceTasks.snapshotTaskRuns(before.ref))
  ) {
    throw new NotReady('CreatingSnapshot', `deletion waits until the snapshot task on "${before.name}" has ended`, {
      requeueAfterMs: scope.runtime.config['status-interval'],
    });
  }
  // read again: a task that ended between the first look and the look at the tasks has put its snapshot there
  const { inspection } = await inspected(scope);
  const taken = flattenSnapshots(inspection.snapshots);
  if (taken.some((node) => isOurSnapshot(node.description, scope.runtime.clusterId, scope.base.metadata.uid))) {
    await createSnapshotPhase(scope); // pins it; the next reconcile removes it by its policy
    return { requeueAfterMs: 100 };
  }
  requireInventory(scope, connection); // found nowhere means nothing in a vCenter that forgot
  return letGo(scope);
}

async function inspected(
  scope: BaseScope,
): Promise<{ connection: NonNullable<BaseScope['connection']>; inspection: NonNullable<BaseScope['inspection']> }> {
  vCenterPhase(scope);
  delete scope.memory.inspected; // before something is removed, the source is read again
  await sourcePhase(scope);
  const { connection, inspection } = scope;
  if (connection === undefined || inspection === undefined)
    throw new NotReady('VCenterNotReady', 'the source VM could not be read');
  return { connection, inspection };
}

/** What keeps the source from being read holds the deletion, and is said. */
async function inspectedForRemoval(scope: BaseScope): ReturnType<typeof inspected> {
  try {
    return await inspected(scope);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    block(scope, error.reason, error.message);
    throw new NotReady(error.reason, `deletion waits: ${error.message}`, {
      requeueAfterMs: scope.runtime.config['conflict-retry'],
    });
  }
}

async function removeSnapshot(scope: BaseScope): Promise<ReconcileResult> {
  const { runtime, base, draft } = scope;
  const pin = base.status?.snapshot;
  if (pin === undefined) return letGo(scope);
  keepPause(scope, 'removeSnapshot'); // what follows reads the source, and often all VMs
  const { connection, inspection } = await inspectedForRemoval(scope);
  const uid = base.metadata.uid;
  if (connection.operations.running(uid, 'removeSnapshot') !== undefined)
    throw new NotReady('RemovingSnapshot', `removing snapshot "${pin.name}"`);
  if (connection.holds.rewound !== undefined) block(scope, 'InventoryRewound', connection.holds.rewound);
  requireInventory(scope, connection);
  const paused = await pausedByCrds(runtime, connection, undefined);
  if (paused !== undefined) {
    block(scope, 'DeletionsPaused', paused);
    throw new NotReady('DeletionBlocked', `deletion waits: ${paused}`, {
      requeueAfterMs: runtime.config['conflict-retry'],
    });
  }
  const node = findPinned(inspection.snapshots, pin);
  if (node === undefined) return letGo(scope);
  await checkBasesBelow(scope, inspection, node);
  const outcome = connection.operations.takeOutcome(uid, 'removeSnapshot');
  if (outcome?.state === 'error') throw removalFailed(scope, outcome.error);
  const foreign = await foreignChildren(connection, inspection.ref, node.ref);
  if (foreign.unknown !== undefined || foreign.names.length > 0) {
    const message =
      foreign.unknown ??
      `${foreign.names.length} virtual machines that no LinkedClone here stands for have disks on this snapshot: ${foreign.names.slice(0, 5).join(', ')}; with deletionPolicy Retain it would go and leave the snapshot`;
    if (foreign.unknown === undefined)
      draft.status.dependents = { clones: 0, sets: 0, bases: 0, foreign: foreign.names.length };
    block(scope, foreign.unknown === undefined ? 'ForeignDependents' : 'ForeignUnknown', message);
    throw afterPause(scope, 'DeletionBlocked', `deletion waits: ${message}`);
  }
  const granted = askForSlot(
    scope,
    'snapshot',
    (later) => connection.slots.requestSnapshot(uid, inspection.ref, later),
    () => runtime.wake.base(keyOf(base)),
  );
  if (!granted) throw new NotReady('WaitingForSlot', 'removing the snapshot waits for a slot');
  try {
    await refuseNewcomers(scope, pin, node);
    await refuseTakenBack(scope);
    await runtime.guard.mayDestroy();
    const task = await connection.client.removeSnapshot(node.ref, { removeChildren: false, consolidate: true });
    connection.track({ controller: 'base-snapshot', key: keyOf(base), uid }, 'removeSnapshot', task, inspection.ref);
  } catch (error) {
    noteLostRemoval(scope, connection, error);
    connection.slots.release('snapshot', uid);
    if (error instanceof VSphereError && error.kind !== 'connection') throw removalFailed(scope, error);
    throw error;
  }
  throw new NotReady('RemovingSnapshot', `removing snapshot "${pin.name}" of "${inspection.name}"`);
}

/** The removal is what the API server wants now, not only what the cache says. Throws NotReady, also when the base is gone. */
async function refuseTakenBack({ runtime, base }: BaseScope): Promise<void> {
  const live = await runtime.live.get(BASE_SNAPSHOTS, keyOf(base));
  if (
    live?.metadata.uid === base.metadata.uid &&
    live.spec.deletionPolicy === 'Delete' &&
    live.metadata.annotations?.[ANNOTATIONS.release] !== live.metadata.uid
  )
    return;
  throw new NotReady('DeletionBlocked', 'deletion waits until the last change of the object is seen', {
    requeueAfterMs: runtime.config['status-interval'],
  });
}

/**
 * Before the source was locked, others could pin the snapshot, clone from it, or take one of theirs above it, all of which may
 * have ended since: the lock was free. From here on none of that begins.
 */
async function refuseNewcomers(scope: BaseScope, pin: BaseSnapshotStatusSnapshot, node: SnapshotNode): Promise<void> {
  const { inspection } = await inspectedForRemoval(scope);
  const still = findPinned(inspection.snapshots, pin);
  if (still?.ref.value !== node.ref.value)
    throw new RequeueAfter(100, `snapshot "${pin.name}" isn't where it was a moment ago`);
  await checkBasesBelow(scope, inspection, still);
  refuseDependents(scope, await liveBaseDependents(scope.runtime, scope.base));
}

function removalFailed(scope: BaseScope, error: Error): NotReady {
  return afterPause(scope, isForbidden(error) ? 'NoPermission' : 'RemovingSnapshot', `${error.message}; tried again`);
}

/** Looked at again after a while and not before, whatever wakes it. */
function afterPause(scope: BaseScope, reason: string, message: string): NotReady {
  return pauseAfter(scope, 'removeSnapshot', reason, message, scope.runtime.config['conflict-retry']);
}

/** A base that is pinned to a snapshot below this one stands on its files, too. */
async function checkBasesBelow(scope: BaseScope, inspection: Inspection, node: SnapshotNode): Promise<void> {
  const { runtime, base } = scope;
  const below = new Set(snapshotsBelow(inspection.snapshots, node).map(({ ref }) => ref.value));
  if (below.size === 0) return;
  const vCenter = base.status?.vCenter?.instanceUuid;
  const others = (await listManaged(runtime, BASE_SNAPSHOTS)).filter(
    ({ status }) => status?.vCenter?.instanceUuid === vCenter && below.has(whereNow(status, inspection) ?? ''),
  );
  if (others.length === 0) return;
  const message = `${describeDependents({ clones: [], sets: [], bases: others }, base.metadata.namespace)} pinned to a snapshot below it`;
  block(scope, 'DependentsExist', message);
  throw new NotReady('DeletionBlocked', `deletion waits: ${message}`, {
    requeueAfterMs: runtime.config['conflict-retry'],
  });
}

/** The reference that its pinned snapshot has now: after a re-registration what it recorded is the old one for a while. */
function whereNow(status: BaseSnapshotStatus | undefined, inspection: Inspection): string | undefined {
  const pin = status?.snapshot;
  const isHere = pin !== undefined && status?.source?.instanceUuid === inspection.instanceUuid;
  return (isHere ? findPinned(inspection.snapshots, pin)?.ref.value : undefined) ?? pin?.moRef;
}
