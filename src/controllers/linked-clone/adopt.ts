// Takes over a machine that exists: after live checks the intent is stored, the marker written, read back, and the machine
// recorded as if it had been cloned. One clone at a time wants a machine. Nothing is ever cloned for a clone that adopts, and
// one that is deleted on the way leaves the machine where it is.
import type { LinkedCloneAdopt } from '../../api/types.generated.ts';
import { RequeueAfter } from '../../util/errors.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import { oneLine } from '../../vsphere/fault-message.ts';
import { lostCall, mayArrive, requireNoneOnItsWay } from '../shared/lost-calls.ts';
import { NotReady } from '../shared/not-ready.ts';
import { keepPause, pauseAfter } from '../shared/pause.ts';
import type { PhaseResult } from '../shared/phases.ts';
import { INDEX } from '../shared/runtime.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { ownershipOf } from '../vcenter/marker.ts';
import { isDeletedAsOrphan } from '../vcenter/orphans/on-its-way.ts';
import type { Adoptable } from './adoptable.ts';
import { checkAdoptable } from './adoptable.ts';
import { markerOption } from './clone-spec.ts';
import { pinBase } from './intent.ts';
import { setMarkerState } from './mark.ts';
import { ownerOf } from './observe.ts';
import { checkBaseCapacity } from './references.ts';
import type { CloneScope } from './scope.ts';
import { requireBase, requireConnection } from './scope.ts';
import { searchForClone, wasMade } from './search.ts';
import { isStillAsked } from './still-asked.ts';
import { recordVm } from './vm-record.ts';

const ADOPTION = 'adopt';
/** Longest name that an intent takes. */
const LONGEST_NAME = 80;
/** Which clone wants a machine, by instanceUuid: from before its checks until it's recorded. */
const wanted = new WeakMap<VCenterConnection, Map<string, string>>();

export async function adoptPhase(scope: CloneScope): Promise<PhaseResult> {
  const { clone } = scope;
  const { adopt } = clone.spec;
  if (adopt === undefined || clone.status?.vm !== undefined || (await hasOwn(scope))) return undefined;
  keepPause(scope, ADOPTION);
  claim(scope, adopt);
  if (clone.status?.operation?.type === 'Adopt') return carryOut(scope, adopt);
  try {
    return await plan(scope, adopt);
  } catch (error) {
    if (scope.draft.status.operation?.type !== 'Adopt') withdraw(scope, adopt);
    throw error;
  }
}

/** A clone of its own was made, or may have been, before it was told to adopt. */
async function hasOwn(scope: CloneScope): Promise<boolean> {
  const { clone, memory, uid } = scope;
  const intent = clone.status?.operation;
  if (intent?.type !== 'Clone') return false;
  const { operations } = requireConnection(scope).connection;
  if (memory.result !== undefined || memory.vanished || scope.draft.isTrue('Lost')) return true;
  if (operations.running(uid, 'clone') !== undefined) return true;
  if (operations.peekOutcome(uid, 'clone')?.state === 'success') return true;
  return (await searchForClone(scope)) || wasMade(scope, intent);
}

function claim(scope: CloneScope, { instanceUuid }: LinkedCloneAdopt): void {
  const { connection } = requireConnection(scope);
  const claims = wanted.get(connection) ?? new Map<string, string>();
  wanted.set(connection, claims);
  const holder = claims.get(instanceUuid);
  if (holder !== undefined && holder !== scope.uid && stillWants(scope, holder, instanceUuid))
    throw new NotReady('Adopting', 'another LinkedClone is taking that virtual machine over at this moment', {
      requeueAfterMs: scope.runtime.config['conflict-retry'],
    });
  claims.set(instanceUuid, scope.uid);
}

function stillWants({ runtime }: CloneScope, uid: string, instanceUuid: string): boolean {
  const [holder] = runtime.stores.clones.byIndex(INDEX.uid, uid);
  return holder?.spec.adopt?.instanceUuid === instanceUuid && holder.status?.vm === undefined;
}

function withdraw(scope: CloneScope, { instanceUuid }: LinkedCloneAdopt): void {
  wanted.get(requireConnection(scope).connection)?.delete(instanceUuid);
}

async function plan(scope: CloneScope, adopt: LinkedCloneAdopt): Promise<never> {
  const { draft } = scope;
  const { vm } = await checkAdoptable(scope, adopt);
  checkBaseCapacity(scope);
  pinBase(scope, requireBase(scope));
  draft.status.operation = {
    type: 'Adopt',
    sourceVm: vm.ref.value,
    vmName: oneLine(vm.name).slice(0, LONGEST_NAME),
    startedAt: draft.now,
    attempt: 1,
  };
  const { memory } = scope;
  memory.onlyPlannedToAdopt = false;
  const isMarked = vm.marker?.uid === scope.uid; // by a life whose status was lost
  scope.onStored = () => (memory.onlyPlannedToAdopt = !isMarked);
  draft.set('Cloned', false, 'Adopting', 'not taken over yet');
  throw new NotReady('Adopting', `"${vm.name}" (${vm.ref.value}) is being taken over`);
}

async function carryOut(scope: CloneScope, adopt: LinkedCloneAdopt): Promise<never> {
  const { runtime, uid, clone, namespace } = scope;
  const { connection } = requireConnection(scope);
  const text = `"${scope.vmName}" (${clone.status?.operation?.sourceVm ?? ''}) is being taken over`;
  if (connection.operations.running(uid, 'mark') !== undefined) throw new NotReady('Adopting', text);
  const ended = connection.operations.takeOutcome(uid, 'mark');
  if (ended?.state === 'error') throw failed(scope, text, ended.error);
  const adoptable = await checkAdoptable(scope, adopt);
  const { vm } = adoptable;
  if (await isDeletedAsOrphan(runtime, connection, vm))
    throw new NotReady('Adopting', `${text}: it was to be deleted as an orphan, and what comes of that is waited for`, {
      requeueAfterMs: runtime.config['status-interval'],
    });
  if (ownershipOf(vm, runtime.clusterId, uid) === 'ours' && vm.marker?.state === undefined)
    return adopted(scope, adopt, adoptable);
  const instanceUuid = vm.instanceUuid ?? '';
  const marker = { cluster: runtime.clusterId, namespace, name: clone.metadata.name, uid, instanceUuid };
  if (!(await isStillAsked(scope)))
    throw new RequeueAfter(runtime.config['status-interval'], `${text}; the object isn't what it was any more`);
  runtime.guard.mayChange();
  scope.memory.onlyPlannedToAdopt = false;
  try {
    const task = await connection.client.reconfigure(vm.ref, {
      // whoever changed it since it was looked at makes this fail
      ...(vm.changeVersion === undefined ? {} : { changeVersion: vm.changeVersion }),
      extraConfig: [markerOption(marker)],
    });
    connection.track(ownerOf(scope), 'mark', task, vm.ref);
  } catch (error) {
    if (mayArrive(error)) scope.memory.lost = lostCall(connection.client, 'ReconfigVM_Task');
    if (!(error instanceof VSphereError) || error.kind === 'connection' || error.kind === 'session') throw error;
    throw failed(scope, text, error);
  }
  throw new NotReady('Adopting', text);
}

function failed(scope: CloneScope, text: string, error: Error): NotReady {
  const delayMs = scope.runtime.config['retry-max'] / 4;
  return pauseAfter(scope, ADOPTION, 'Adopting', `${text}; that failed: ${error.message}; tried again`, delayMs);
}

/** It carries this clone's marker: recorded like one that was cloned. */
async function adopted(scope: CloneScope, adopt: LinkedCloneAdopt, { vm, state, evidence }: Adoptable): Promise<never> {
  const { draft, runtime, clone, memory } = scope;
  memory.clonedNotes = undefined; // of a call that came to nothing, if any
  await recordVm(scope, vm, state.properties);
  const text = `virtual machine "${vm.name}" (${vm.ref.value}) was taken over`;
  draft.set('Cloned', true, 'Adopted', text);
  draft.set('Linked', true, evidence.reason, evidence.message);
  draft.status.chainDepth = evidence.depth;
  scope.lookedAt = { version: vm.changeVersion, on: requireConnection(scope).connection };
  withdraw(scope, adopt);
  runtime.events.event(clone, { type: 'Normal', reason: 'Adopted', action: 'Adopt', note: text });
  throw new NotReady('Adopting', text, { requeueAfterMs: Math.max(1, runtime.config['batch-window']) });
}

/**
 * A clone that is deleted before the machine was recorded. What carries the marker already is marked as released, and stays:
 * throws NotReady until then, and while something is under way on it, which may be our change. False: it may carry the marker
 * all the same, because it isn't there or doesn't tell.
 */
export async function giveUpAdoption(scope: CloneScope): Promise<boolean> {
  const { clone, uid, runtime, memory } = scope;
  const { connection } = requireConnection(scope);
  const uuid = clone.spec.adopt?.instanceUuid ?? '';
  const text = 'deletion waits until the virtual machine that was to be taken over is marked as released';
  if (connection.operations.running(uid, 'mark') !== undefined) throw new NotReady('Deleting', text);
  const ended = connection.operations.takeOutcome(uid, 'mark');
  const delayMs = runtime.config['retry-max'] / 4;
  if (ended?.state === 'error')
    throw pauseAfter(scope, ADOPTION, 'Deleting', `${text}: ${ended.error.message}`, delayMs);
  keepPause(scope, ADOPTION);
  await requireNoneOnItsWay(scope); // the marker may come late
  let settled = memory.onlyPlannedToAdopt;
  if (settled) await runtime.guard.mayDestroy(); // a leader after this one would have marked it
  for (const ref of await connection.client.findAllByUuid(uuid, { instance: true })) {
    const busy = !settled && (await connection.sourceTasks.taskRuns(ref));
    const marked = await setMarkerState(scope, ref, 'released');
    if (marked === 'begun') throw new NotReady('Deleting', text);
    if (marked === 'notOurs' && busy) throw new NotReady('Deleting', text, { requeueAfterMs: delayMs });
    settled ||= marked === 'done' || marked === 'notOurs';
  }
  wanted.get(connection)?.delete(uuid);
  return settled;
}
