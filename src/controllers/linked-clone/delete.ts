// A clone on its way out. Nothing is destroyed on a cached view: the object and the VM are read live right before, and
// whatever doesn't fit holds the deletion with a reason. Absence of the VM has to be proven, too, before the finalizer goes.
import { FINALIZERS } from '../../api/identifiers.ts';
import type { LinkedClone } from '../../api/types.generated.ts';
import { removeFinalizer } from '../../kube/finalizers.ts';
import { NotLeadingError } from '../../kube/lease-watchdog.ts';
import { keyOf } from '../../kube/objects.ts';
import { RequeueAfter } from '../../util/errors.ts';
import { VSphereError, isForbidden } from '../../vsphere/faults.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { awayMessage } from '../shared/answering.ts';
import { askForSlot } from '../shared/ask-for-slot.ts';
import { lostCall, mayArrive, requireNoneOnItsWay } from '../shared/lost-calls.ts';
import { NotReady } from '../shared/not-ready.ts';
import { keepPause, pauseAfter } from '../shared/pause.ts';
import type { PhaseResult } from '../shared/phases.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import { requireValidSpec } from '../shared/spec-check.ts';
import { pausedByCount, pausedByCrds } from '../vcenter/deletion-pause.ts';
import type { Remembered } from '../vcenter/orphans/tombstones.ts';
import { rememberRelease } from '../vcenter/orphans/tombstones.ts';
import type { OperationKind } from '../vcenter/operations.ts';
import { giveUpAdoption } from './adopt.ts';
import { blocked, forbidden } from './blocked.ts';
import { isReleased } from './cloning.ts';
import { isFullCopy } from './full-copy.ts';
import { proveGone } from './gone.ts';
import { isKeptBySet } from './kept-by-set.ts';
import { markRetained, retainFailed, setMarkerState, tryReleaseAgain } from './mark.ts';
import { MAX_SEEN_MS, checkVictim } from './victim-check.ts';
import { ownerOf } from './observe.ts';
import { basePhase, vCenterPhase } from './references.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection, requireInventory } from './scope.ts';
import { findByIdentity, searchForClone, wasMade } from './search.ts';
import { settleUnseen } from './unseen.ts';

/** Operations on the VM that nothing is begun beside. */
const ONE_AT_A_TIME: readonly OperationKind[] = [
  'clone',
  'powerOn',
  'powerOff',
  'hardware',
  'notes',
  'mark',
  'destroy',
];
const RETAINING = 'its marker is being set to retained';

export async function deleteClone(scope: CloneScope): Promise<PhaseResult> {
  const { clone, memory, runtime } = scope;
  memory.deletionSeenAt ??= runtime.clock.monotonic();
  if (isReleased(scope)) return release(scope);
  if (clone.spec.paused === true)
    throw blocked(scope, 'Paused', 'spec.paused is true: nothing is done to the virtual machine, deletion included');
  if (clone.status?.vm === undefined && clone.status?.operation === undefined) return letGo(scope); // no call was ever made
  requireValidSpec('LinkedClone', clone); // whether the VM is to go with it is in the spec
  try {
    basePhase(scope);
  } catch (error) {
    // it is deleted without its base, too: the vCenter is the one that was recorded
    if (!(error instanceof NotReady)) throw error;
  }
  try {
    vCenterPhase(scope);
  } catch (error) {
    // no event: every clone of that vCenter would have one, and the VCenter says it for all
    if (error instanceof NotReady) scope.draft.set('DeletionBlocked', true, 'VCenterNotReady', error.message);
    throw error;
  }
  const vm =
    clone.status?.vm === undefined
      ? await settleCloning(scope)
      : { type: 'VirtualMachine', value: clone.status.vm.moRef };
  if (vm === undefined) return letGo(scope);
  if (await isToStay(scope)) return retain(scope, vm);
  return destroy(scope, vm);
}

/** The machine is promised to stay when its object goes. */
async function isToStay({ clone, runtime }: CloneScope): Promise<boolean> {
  return clone.spec.deletionPolicy === 'Retain' || isKeptBySet(runtime, clone);
}

/** Holds the deletion while the inventory went back in time; throws RequeueAfter while that isn't known. */
function requireTrust(scope: CloneScope): void {
  const { rewound, claimed } = requireConnection(scope).connection.holds;
  if (claimed !== undefined) throw blocked(scope, 'VCenterClaimed', claimed);
  if (rewound !== undefined) throw blocked(scope, 'InventoryRewound', rewound);
  const { away } = requireConnection(scope).connection.client;
  if (away !== undefined) scope.draft.set('DeletionBlocked', true, 'VCenterNotReady', awayMessage(away));
  requireInventory(scope);
}

/** Runs what marks a machine; that nothing is marked in a claimed vCenter, or one that went back in time, holds the deletion. */
async function trusting<T>(scope: CloneScope, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof NotReady && (error.reason === 'InventoryRewound' || error.reason === 'VCenterClaimed'))
      throw blocked(scope, error.reason, error.message);
    throw error;
  }
}

/** No event: every clone of that vCenter would have one, and the VCenter has it for all. */
function deletionsPaused({ draft, runtime }: CloneScope, message: string): NotReady {
  draft.set('DeletionBlocked', true, 'DeletionsPaused', message);
  return new NotReady('DeletionBlocked', `deletion is held: ${message}`, {
    requeueAfterMs: runtime.config['conflict-retry'],
  });
}

/** An intent without a VM: the clone may be under way, may be there, or was never begun. */
async function settleCloning(scope: CloneScope): Promise<MoRef | undefined> {
  const { memory, uid } = scope;
  const { connection } = requireConnection(scope);
  if (connection.operations.running(uid, 'clone') !== undefined)
    throw new NotReady('Deleting', `deletion waits for the end of the clone task of "${scope.vmName}"`);
  connection.slots.release('clone', uid);
  if (scope.clone.status?.operation?.type === 'Adopt') {
    if (await trusting(scope, () => giveUpAdoption(scope))) return undefined;
    requireTrust(scope); // found nowhere means nothing in a vCenter that forgot
    await remember(scope); // it may carry the marker, and come back: it was promised to stay
    return undefined;
  }
  // a recorded task's reference may be another's by now: what came of that one is searched for
  const outcome = memory.called ? connection.operations.peekOutcome(uid, 'clone') : undefined;
  if (outcome?.state === 'success' && outcome.result !== undefined) return outcome.result;
  if (memory.result !== undefined && (memory.called || !memory.resultOfTask)) return memory.result;
  if (memory.fresh && !memory.called) {
    await scope.runtime.guard.mayDestroy(); // a leader after this one would have carried it out
    return undefined; // the intent is this process's own, and it was never carried out
  }
  // also where the call failed: a task that lost its host, or its time, may have left a VM
  if (await searchForClone(scope)) return memory.result;
  requireTrust(scope); // found nowhere means nothing in a vCenter that forgot
  // another life may have made it, and never recorded it: then it's hidden, or gone
  const intent = scope.clone.status?.operation;
  const lost = memory.vanished || scope.draft.isTrue('Lost') || isFullCopy(scope);
  memory.vanished = lost || (intent !== undefined && (await wasMade(scope, intent)));
  if (!memory.vanished) return undefined;
  await proveGone(scope);
  if (await isToStay(scope)) await remember(scope); // one that was taken out of the inventory may come back
  return undefined;
}

/** The VM stays: its marker says so first, so that it's no orphan and its name tells whose it was. */
async function retain(scope: CloneScope, vm: MoRef): Promise<PhaseResult> {
  const { operations } = requireConnection(scope).connection;
  if (ONE_AT_A_TIME.some((kind) => operations.running(scope.uid, kind) !== undefined))
    throw new NotReady('Deleting', RETAINING);
  const marked = operations.takeOutcome(scope.uid, 'mark');
  if (marked?.state === 'error') throw retainFailed(scope, marked.error);
  keepPause(scope, 'retain');
  await requireNoneOnItsWay(scope); // what it was to be destroyed by
  const found = await trusting(scope, () => markRetained(scope, vm));
  // the marker itself is the proof: a task's success may be that of an earlier change
  if (found === 'done') return letGo(scope);
  if (found === 'gone') {
    await settleUnseen(scope);
    await remember(scope); // one that was taken out of the inventory may come back: it was promised to stay
    return letGo(scope);
  }
  if (found === 'untold')
    throw blocked(
      scope,
      'NotConnected',
      `vCenter doesn't tell now whose ${vm.value} is; it's marked as retained when it does`,
    );
  if (found === 'notOurs')
    throw blocked(
      scope,
      'NotOurs',
      `${vm.value} doesn't carry this clone's marker and identity, so it isn't marked as retained; it isn't touched`,
    );
  throw new NotReady('Deleting', RETAINING);
}

/** An admin's way out: the finalizer goes whatever vCenter says; the VM is marked where that is possible. */
async function release(scope: CloneScope): Promise<PhaseResult> {
  const { clone, context } = scope;
  const recorded = clone.status?.vm;
  keepPause(scope, 'release');
  let marked = clone.status?.vm === undefined && clone.status?.operation === undefined;
  try {
    vCenterPhase(scope);
    await requireNoneOnItsWay(scope);
    const vm = recorded === undefined ? undefined : { type: 'VirtualMachine', value: recorded.moRef };
    let found = vm === undefined ? 'gone' : await setMarkerState(scope, vm, 'released');
    const elsewhere = found === 'gone' ? await findByIdentity(scope) : undefined;
    if (elsewhere !== undefined) found = await setMarkerState(scope, elsewhere.ref, 'released');
    marked = found === 'done';
    if (found === 'notOurs')
      context.logger.warn({ vm: vm?.value }, 'released; the virtual machine is not ours and was left alone');
  } catch (error) {
    // in a moment it can be marked, or by the next leader
    if (error instanceof RequeueAfter || error instanceof NotLeadingError) throw error;
    if (error instanceof VSphereError || scope.memory.lost !== undefined) tryReleaseAgain(scope, error);
    context.logger.warn(
      { reason: error instanceof Error ? error.message : String(error) },
      'released without marking the virtual machine',
    );
  }
  // what doesn't carry the mark yet, or can't be seen now, is not to be taken for an orphan later
  if (!marked) await remember(scope);
  return letGo(scope);
}

/** Throws where nobody would know later that it was let go: the object stays until somebody does. */
async function remember(scope: CloneScope): Promise<void> {
  const remembered = await rememberRelease(scope.runtime, scope.clone);
  if (remembered !== 'done') throw blocked(scope, 'ReleaseNotRecorded', notRecorded(scope, remembered));
}

function notRecorded({ clone: { status } }: CloneScope, why: Exclude<Remembered, 'done'>): string {
  const name = status?.vCenter?.name ?? '';
  const machine = status?.vm?.moRef ?? status?.operation?.vmName ?? '';
  if (why === 'full')
    return `its virtual machine (${machine}) could not be marked as let go, and status.releasedClones of VCenter "${name}" is full: it goes as soon as the vCenter answers and machines of that list could be marked. Where those will never come back: kubectl edit vcenter ${name} --subresource=status, and take their UIDs from the list`;
  return `its virtual machine (${machine}) could not be marked as released, and there is no VCenter "${name}" that could remember it: one that is made for the same vCenter later would take the machine for an orphan. Apply VCenter "${name}" again; its server need not answer. Where nobody will ever do that, remove the finalizer ${FINALIZERS.vm} by hand`;
}

async function destroy(scope: CloneScope, vm: MoRef): Promise<PhaseResult> {
  const { uid, runtime, group, draft } = scope;
  const { connection } = requireConnection(scope);
  const { operations, slots } = connection;
  if (ONE_AT_A_TIME.some((kind) => operations.running(uid, kind) !== undefined))
    throw new NotReady('Deleting', deletingMessage(scope));
  const destroyed = operations.peekOutcome(uid, 'destroy');
  if (destroyed?.state === 'success') return letGo(scope); // our own task's success is the proof
  operations.takeOutcome(uid, 'destroy');
  const off = operations.takeOutcome(uid, 'powerOff');
  const failure = destroyed?.state === 'error' ? destroyed.error : off?.state === 'error' ? off.error : undefined;
  if (failure !== undefined && !isHarmless(failure)) throw destroyFailed(scope, failure);
  keepPause(scope, 'destroy');
  requireTrust(scope);
  const paused = await pausedByCount(runtime, connection, scope.clone, scope.memory.deletionSeenAt);
  if (paused !== undefined) throw deletionsPaused(scope, paused);
  // a first, cheap look decides which slot is needed; what counts is read again inside it
  const seen = connection.inventory.get(vm);
  const pool = seen?.powerState === 'poweredOn' ? 'power' : 'delete';
  // nothing of it runs: a slot that it holds or waits for beside this one is of a plan that was overtaken
  slots.release(pool === 'power' ? 'delete' : 'power', uid);
  connection.victims.expect(uid, vm);
  const granted = askForSlot(
    scope,
    pool,
    (later) => (pool === 'power' ? slots.requestPower(uid, group, later) : slots.requestDelete(uid, group, later)),
    () => runtime.wake.clone(keyOf(scope.clone), true),
  );
  if (!granted) throw new NotReady('Deleting', deletingMessage(scope));
  try {
    const crds = await pausedByCrds(runtime, connection, scope.memory.deletionSeenAt);
    if (crds !== undefined) throw deletionsPaused(scope, crds);
    const verdict = await checkVictim(scope, vm);
    switch (verdict.state) {
      case 'gone':
        slots.release(pool, uid);
        return await letGo(scope);
      case 'unasked':
        slots.release(pool, uid);
        return undefined;
      case 'letGo':
        slots.release(pool, uid);
        connection.holds.deletions.withdraw(uid);
        runtime.events.event(scope.clone, {
          ...{ type: 'Warning', reason: 'NotDestroyed', action: 'Delete', note: verdict.message },
        });
        return await letGo(scope);
      case 'hold':
        throw blocked(scope, verdict.reason, verdict.message);
      case 'poweredOn':
        await start(scope, 'powerOff', vm, pool, verdict.seen);
        break;
      case 'poweredOff':
        await start(scope, 'destroy', vm, pool, verdict.seen);
        break;
    }
  } catch (error) {
    if (operations.running(uid, 'destroy') === undefined && operations.running(uid, 'powerOff') === undefined) {
      slots.release(pool, uid);
      connection.holds.deletions.withdraw(uid);
    }
    throw error;
  }
  draft.drop('DeletionBlocked');
  throw new NotReady('Deleting', deletingMessage(scope));
}

function deletingMessage(scope: CloneScope): string {
  return `"${scope.clone.status?.vm?.name ?? scope.vmName}" is being powered off and destroyed, or waits for a slot`;
}

/** Powered off by somebody else, or gone: the live look that follows decides. */
function isHarmless(error: Error): boolean {
  return error instanceof VSphereError && (error.kind === 'success' || error.kind === 'notFound');
}

async function start(
  scope: CloneScope,
  action: 'powerOff' | 'destroy',
  vm: MoRef,
  held: 'power' | 'delete',
  seen: readonly ObjectState[],
): Promise<void> {
  const { uid, runtime, group, clone } = scope;
  const { connection } = requireConnection(scope);
  const pool = action === 'destroy' ? 'delete' : 'power';
  if (pool !== held) {
    // it was not as the watch said: change over to the slot that is needed
    connection.slots.release(held, uid);
    const { slots } = connection;
    const granted = askForSlot(
      scope,
      pool,
      (later) => (pool === 'delete' ? slots.requestDelete(uid, group, later) : slots.requestPower(uid, group, later)),
      () => runtime.wake.clone(keyOf(clone), true),
    );
    if (!granted) return;
  }
  await runtime.guard.mayDestroy();
  const { client } = connection;
  // the Lease took its time, the answers were old already, or the call waited for a socket: they are asked for again
  const mayGo = (): void => {
    if (connection.victims.oldest(seen) > MAX_SEEN_MS)
      throw new NotReady('Deleting', deletingMessage(scope), { requeueAfterMs: runtime.config['batch-window'] });
  };
  try {
    mayGo();
    const task = action === 'destroy' ? await client.destroy(vm, { mayGo }) : await client.powerOff(vm, { mayGo });
    connection.track(ownerOf(scope), action, task, vm);
  } catch (error) {
    connection.slots.release(pool, uid);
    if (mayArrive(error))
      scope.memory.lost = lostCall(client, action === 'destroy' ? 'Destroy_Task' : 'PowerOffVM_Task');
    if (!(error instanceof VSphereError) || error.kind === 'session' || error.kind === 'connection') throw error;
    if (isHarmless(error))
      throw new NotReady('Deleting', deletingMessage(scope), { requeueAfterMs: runtime.config['batch-window'] });
    throw destroyFailed(scope, error);
  }
}

/** A VM that can't be powered off or destroyed is tried again after a while. */
function destroyFailed(scope: CloneScope, error: Error): NotReady {
  if (isForbidden(error)) return forbidden(scope, 'destroy', error.message);
  return pauseAfter(
    scope,
    'destroy',
    'Deleting',
    `${error.message}; tried again`,
    scope.runtime.config['retry-max'] / 4,
  );
}

/** The finalizer goes, and with it the object. */
async function letGo(scope: CloneScope): Promise<PhaseResult> {
  const { runtime, clone, uid, connection } = scope;
  const live = await runtime.live.get<LinkedClone>(LINKED_CLONES, keyOf(clone));
  if (live === undefined || live.metadata.uid !== uid) return undefined;
  // an intent, or a virtual machine, that the cache hasn't shown would be one that nobody knows of
  if (
    live.metadata.resourceVersion !== clone.metadata.resourceVersion &&
    clone.status?.vm === undefined &&
    (live.status?.vm !== undefined || (clone.status?.operation === undefined && live.status?.operation !== undefined))
  ) {
    return { requeueAfterMs: runtime.config['batch-window'] };
  }
  runtime.guard.mayChange(); // stopped while that was read, a process goes on with what isn't so any more
  connection?.releaseUnused(uid, new Set()); // nothing of it waits any more; a task that runs keeps its slot
  await removeFinalizer(runtime.rest, LINKED_CLONES, live, FINALIZERS.vm);
  connection?.operations.forget(uid);
  return undefined;
}
