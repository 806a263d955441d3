// From a stored intent to a VM: wait for a slot, look once more at the base, call CloneVM, follow the task. Whatever may
// have happened without our knowing (another life of this process, a lost reply, a task that aged out) goes to the search.
import type { BaseSnapshot, LinkedCloneStatusOperation } from '../../api/types.generated.ts';
import { ANNOTATIONS } from '../../api/identifiers.ts';
import { fillNotes } from '../../api/notes.ts';
import { keyOf, parseKey } from '../../kube/objects.ts';
import { RequeueAfter } from '../../util/errors.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import { escapeName } from '../../vsphere/names.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { datastoresOf, disksOf } from '../base-snapshot/disks.ts';
import { baseKeyOf } from '../base-snapshot/dependents.ts';
import { askForSlot } from '../shared/ask-for-slot.ts';
import { dueInMs } from '../shared/next-attempt.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { PhaseResult } from '../shared/phases.ts';
import { BASE_SNAPSHOTS } from '../shared/resources.ts';
import { INDEX } from '../shared/runtime.ts';
import type { Destination } from '../vcenter/host-choice.ts';
import { lostCall, mayArrive } from '../shared/lost-calls.ts';
import { candidateHosts, leastLoaded, otherThan } from '../vcenter/host-choice.ts';
import { checkIntentAccess } from './access-check.ts';
import { cloneSpec, withHostname } from './clone-spec.ts';
import { cloneFailed, lastFailure, longestPauseMs } from './clone-failure.ts';
import { isFullCopy } from './full-copy.ts';
import { cloningMessage, requireHosts } from './intent.ts';
import { gone } from './gone.ts';
import { notesStamp } from './notes.ts';
import { noteTask, withoutTask } from './recorded-task.ts';
import { ignoreGoneFolder } from './observe.ts';
import { hasBaseLeft, isBaseLeaving, takePlanBack } from './plan-anew.ts';
import { policyOf } from './readiness.ts';
import { checkBaseUsable } from './references.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection, requireInventory } from './scope.ts';
import { searchForClone, wasMade } from './search.ts';
import { countSuccess, stopAfterOf } from './set-failures.ts';
import { isStillAsked } from './still-asked.ts';
import { fullCopyRemoved } from './verify.ts';

export async function cloningPhase(scope: CloneScope): Promise<PhaseResult> {
  const { clone, memory, uid, runtime } = scope;
  const intent = clone.status?.operation;
  if (clone.status?.vm !== undefined || intent?.type !== 'Clone' || memory.result !== undefined) return undefined;
  const { connection } = requireConnection(scope);
  const running = connection.operations.running(uid, 'clone');
  if (running !== undefined) {
    noteTask(scope, intent, running.task);
    throw new NotReady('Cloning', cloningMessage(scope));
  }
  const outcome = connection.operations.takeOutcome(uid, 'clone');
  if (outcome?.state === 'success' && outcome.result !== undefined) {
    memory.result = outcome.result;
    memory.resultOfTask = true;
    memory.cloneSeconds = outcome.seconds;
    return cameOut(scope);
  }
  if (outcome?.state === 'error') {
    // a task that ended with a fault has made nothing; one that another life recorded may be another's by now
    memory.fresh = memory.called && !isAmbiguous(outcome.error);
    await cloneFailed(scope, outcome.error);
    if (hasResult(scope)) return cameOut(scope);
  } else if (outcome !== undefined) memory.fresh = false;

  const leaving = isBaseLeaving(scope); // there will be no next attempt
  const due =
    leaving || connection.hurried.has(uid)
      ? 0
      : dueInMs(intent.nextAttemptAt, runtime.clock.now(), longestPauseMs(runtime));
  if (due > 0) throw stillFailing(scope, due);
  if (intent.folder !== undefined)
    await connection.watchFolder({ type: 'Folder', value: intent.folder }).catch(ignoreGoneFolder);
  // one successful CloneVM for life: what came out of it and vanished is searched for, never made again
  const vanished = memory.vanished || scope.draft.isTrue('Lost');
  // before the intent is given up it's looked for what any call has left, also one that was answered with a fault
  const unknown = vanished || !memory.fresh || (leaving && memory.called);
  if (unknown && (await searchForClone(scope))) return cameOut(scope);
  const fullCopy = isFullCopy(scope); // its one successful clone, and it was removed
  if (unknown && !vanished && !fullCopy) memory.vanished = await wasMade(scope, intent);
  if (vanished || memory.vanished) throw await gone(scope, scope.vmName);
  requireInventory(scope); // found nowhere means nothing in a vCenter that forgot
  if (fullCopy) return fullCopyRemoved(scope);
  memory.fresh = true;
  await startClone(scope, intent);
  if (hasResult(scope)) return cameOut(scope);
  throw new NotReady('Cloning', cloningMessage(scope));
}

/** A VM came of it, whoever told. */
function cameOut(scope: CloneScope): undefined {
  countSuccess(scope, 'clone');
  // nothing is going to be powered on: what that failed for says nothing any more
  const policy = policyOf(scope.clone.spec);
  if (policy === 'Off' || policy === 'Manual') countSuccess(scope, 'powerOn');
}

/** Faults of a task behind which the work may go on: what came of it is searched for before it's tried again. */
function isAmbiguous(error: Error): boolean {
  return error instanceof VSphereError && (error.kind === 'retry' || error.kind === 'canceled');
}

/** The VM that has the name turned out to be this clone's: it's verified, and nothing is cloned. */
function hasResult({ memory }: CloneScope): boolean {
  return memory.result !== undefined;
}

/** Says again why it failed: waiting for the next attempt is no news. */
function stillFailing(scope: CloneScope, dueMs: number): NotReady {
  const { reason, message } = lastFailure(scope);
  return new NotReady(reason, message, { requeueAfterMs: dueMs });
}

/** Waits for its set's next probe; one that failed itself goes on saying why. */
function stopped(scope: CloneScope, intent: LinkedCloneStatusOperation, pauseMs: number): NotReady {
  const text = `its set stopped after ${stopAfterOf(scope)} failures in a row, one clone at a time is tried`;
  if (intent.attempt === 1) return new NotReady('WaitingForSlot', text, { requeueAfterMs: pauseMs });
  const { reason, message } = lastFailure(scope);
  const why = message.replace(/; (retry at|its set stopped) .*$/, '');
  return new NotReady(reason, `${why}; ${text}`, { requeueAfterMs: pauseMs });
}

async function startClone(scope: CloneScope, intent: LinkedCloneStatusOperation): Promise<void> {
  const { memory, uid, runtime, clone } = scope;
  const { connection } = requireConnection(scope);
  const source: MoRef = { type: 'VirtualMachine', value: intent.sourceVm ?? '' };
  if (await hasBaseLeft(scope)) takePlanBack(scope);
  else if (scope.base !== undefined && isOutdated(intent, scope.base)) throw planAnew(scope);
  checkBaseUsable(runtime, scope, scope.base); // it's looked at live below: what is known not to go takes no slot
  const pauseMs = connection.breaker.waitMs(scope.group, uid, stopAfterOf(scope));
  if (pauseMs > 0) throw stopped(scope, intent, pauseMs); // what waits here isn't worth a slot that another set could use
  await connection.watchSource(source); // its host is one of those that pay
  if (!(await allowedSlot(scope, intent, source))) throw new NotReady('Cloning', cloningMessage(scope));
  const host = connection.grantedHosts.get(uid);
  let isSent = false;
  try {
    if (host === undefined) throw new NotReady('NoSuitableHost', 'no host was chosen');
    const [base, isAsked] = await Promise.all([
      runtime.live.get(BASE_SNAPSHOTS, parseKey(baseKeyOf(clone.spec.baseSnapshotRef, scope.namespace))),
      isStillAsked(scope),
    ]);
    if (!isAsked) {
      memory.fresh = false; // what is stored by now may be another's intent, and carried out
      throw new RequeueAfter(
        runtime.config['status-interval'],
        `"${scope.vmName}" isn't to be cloned as it was any more`,
      );
    }
    checkBaseUsable(runtime, scope, base);
    if (base === undefined || base.metadata.uid !== clone.status?.baseSnapshotUid) {
      throw new NotReady('BaseSnapshotNotReady', 'the base is not the one that this clone was planned on');
    }
    if (isOutdated(intent, base)) throw planAnew(scope);
    const spec = await specOf(scope, intent, host);
    runtime.guard.mayChange();
    connection.hurried.delete(uid);
    isSent = true;
    memory.fresh = false; // from here on the outcome counts as unknown until it's known
    memory.called = true;
    memory.clonedNotes = clone.spec.notes === undefined ? undefined : notesStamp(clone.spec.notes);
    const task = await connection.client.cloneVm(
      source,
      { type: 'Folder', value: intent.folder ?? '' },
      escapeName(intent.vmName ?? ''),
      spec,
    );
    connection.track({ controller: 'linked-clone', key: keyOf(clone), uid }, 'clone', task, source);
    noteTask(scope, withoutTask(intent), task);
  } catch (error) {
    connection.slots.release('clone', uid);
    if (!(error instanceof VSphereError)) {
      // refused before the call was made: the intent is as fresh as it was
      if (isSent && (error instanceof NotReady || error instanceof RequeueAfter)) memory.fresh = true;
      throw error;
    }
    await callFailed(scope, error);
  }
}

/** The base's source was registered again: the intent's references lead nowhere. */
function isOutdated(intent: LinkedCloneStatusOperation, { status }: BaseSnapshot): boolean {
  return (
    status?.source !== undefined &&
    status.snapshot !== undefined &&
    (status.source.moRef !== intent.sourceVm || status.snapshot.moRef !== intent.snapshot)
  );
}

function planAnew(scope: CloneScope): NotReady {
  takePlanBack(scope);
  return new NotReady('Cloning', cloningMessage(scope));
}

async function callFailed(scope: CloneScope, error: VSphereError): Promise<void> {
  const { memory, runtime } = scope;
  if (!error.sent || error.kind === 'session') {
    memory.fresh = true; // it never reached the vCenter, or was turned away at its door
    throw error;
  }
  if (mayArrive(error)) {
    memory.lost = lostCall(requireConnection(scope).connection.client, 'CloneVM_Task');
    throw new NotReady(
      'OutcomeUnknown',
      `the reply to CloneVM_Task got lost (${error.message}); looking for the virtual machine`,
      { requeueAfterMs: runtime.config['status-interval'], cause: error },
    );
  }
  memory.fresh = true; // a fault is an answer: nothing was started
  await cloneFailed(scope, error);
}

/** Where the intent's clone goes, as hosts are chosen by. */
async function destinationOf(scope: CloneScope, intent: LinkedCloneStatusOperation): Promise<Destination> {
  const { connection } = requireConnection(scope);
  return {
    pool: { type: 'ResourcePool', value: intent.resourcePool ?? '' },
    datastore: { type: 'Datastore', value: intent.datastore ?? '' },
    baseDatastores: datastoresOf(await connection.snapshotDisks(snapshotOf(intent))),
    host: intent.host === undefined ? undefined : { type: 'HostSystem', value: intent.host },
  };
}

/** Asks for a slot while the clone may be made as planned; what is refused holds none that another set could use. */
async function allowedSlot(scope: CloneScope, intent: LinkedCloneStatusOperation, source: MoRef): Promise<boolean> {
  try {
    await checkIntentAccess(scope, intent);
    return await requestSlot(scope, intent, source);
  } catch (error) {
    requireConnection(scope).connection.slots.release('clone', scope.uid);
    throw error;
  }
}

/** True when the slot is held, with a host. Throws NotReady while no host can take the clone. */
async function requestSlot(scope: CloneScope, intent: LinkedCloneStatusOperation, source: MoRef): Promise<boolean> {
  const { uid, group, clone, runtime, memory } = scope;
  const { connection } = requireConnection(scope);
  const destination = await destinationOf(scope, intent);
  const tree = await requireHosts(scope, destination);
  return askForSlot(
    scope,
    'clone',
    (later) =>
      connection.slots.requestClone({
        id: uid,
        group,
        source,
        sourceHost: () => connection.sourceHost(source),
        groupLimit: () =>
          runtime.stores.sets.byIndex(INDEX.uid, group)[0]?.spec.provisioning?.maxConcurrent ??
          Number.POSITIVE_INFINITY,
        chooseHost: (load) =>
          // in the inventory as it is at its turn: hosts come and go while it waits
          leastLoaded(
            otherThan(
              memory.failedOn,
              candidateHosts(connection.knownTree ?? tree, connection.hosts, destination).hosts,
            ),
            (host) => load(host.ref),
          )?.ref,
        granted: (host) => {
          connection.grantedHosts.set(uid, host);
          later();
        },
      }),
    () => runtime.wake.clone(keyOf(clone), true),
  );
}

function snapshotOf(intent: LinkedCloneStatusOperation): MoRef {
  return { type: 'VirtualMachineSnapshot', value: intent.snapshot ?? '' };
}

async function specOf(
  scope: CloneScope,
  intent: LinkedCloneStatusOperation,
  host: MoRef,
): Promise<Record<string, unknown>> {
  const { clone, runtime, uid, namespace } = scope;
  const { connection } = requireConnection(scope);
  const snapshot = snapshotOf(intent);
  const devices = await connection.snapshotDisks(snapshot);
  const { customization, notes, hardware } = clone.spec;
  const stored = customization === undefined ? undefined : await connection.customizationSpec(customization.specName);
  if (customization !== undefined && stored === undefined)
    throw new NotReady(
      'CustomizationSpecNotFound',
      `vCenter has no customization specification "${customization.specName}"`,
    );
  return cloneSpec({
    snapshot,
    diskKeys: disksOf(devices).map((disk) => disk.key),
    datastore: { type: 'Datastore', value: intent.datastore ?? '' },
    resourcePool: { type: 'ResourcePool', value: intent.resourcePool ?? '' },
    host,
    marker: { cluster: runtime.clusterId, namespace, name: clone.metadata.name, uid, instanceUuid: uid },
    hardware,
    notes:
      notes === undefined
        ? undefined
        : fillNotes(notes, {
            base: clone.spec.baseSnapshotRef.name,
            snapshot: intent.snapshotName ?? '',
            createdAt: clone.metadata.creationTimestamp,
            assignedTo: '',
          }),
    customization:
      stored === undefined ? undefined : withHostname(stored, customization?.hostname ?? scope.vmName).spec,
  });
}

/** True when an admin let the clone go by its UID. */
export function isReleased(scope: CloneScope): boolean {
  return scope.clone.metadata.annotations?.[ANNOTATIONS.release] === scope.uid;
}
