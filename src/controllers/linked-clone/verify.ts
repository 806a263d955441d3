// A VM came out of a clone task or of the search: is it ours, is it the only one, and is it linked? Only then is it
// recorded. One that isn't linked is removed again, here and nowhere else: where it was certainly never powered on, while no
// status has ever called it ours; and it isn't tried a second time.
import { findCondition } from '../../api/conditions.ts';
import { keyOf } from '../../kube/objects.ts';
import { refuseMissing } from '../../vsphere/client.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { askForSlot } from '../shared/ask-for-slot.ts';
import { lostCall, mayArrive } from '../shared/lost-calls.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { PhaseResult } from '../shared/phases.ts';
import { ownershipOf } from '../vcenter/marker.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { MARKER_PATH, vmView } from '../vcenter/vm-view.ts';
import { companyMs } from './company.ts';
import { sourceOf } from './base-held.ts';
import { noteBorrowed, pathAndVersion } from './borrowers.ts';
import { markerOption } from './clone-spec.ts';
import { isFullCopy, kept, whyKept } from './full-copy.ts';
import { linkEvidence } from './linked.ts';
import type { LinkEvidence } from './linked.ts';
import { baseDisks, wasLetGo } from './observe.ts';
import { keepPause, pauseAfter } from '../shared/pause.ts';
import type { CloneScope } from './scope.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import { requireConnection, requireInventory } from './scope.ts';
import { Sight } from './sight.ts';
import { MAX_SEEN_MS, judgeMachine } from './victim-check.ts';
import { recordVm } from './vm-record.ts';

/** What is read of a new VM, many at a time. */
export const VERIFY_PATHS = [
  'name',
  'parent',
  'config.instanceUuid',
  'config.uuid',
  'config.files.vmPathName',
  'config.hardware.device',
  'config.changeVersion',
  'config.template',
  MARKER_PATH,
  'runtime.powerState',
  'runtime.connectionState',
  'runtime.host',
  'resourcePool',
  'datastore',
] as const;

/** How many windows the look at a new machine waits for those at others. */
const PROOF_COMPANY = 4;
/** What the pauses after a removal, and a marking, that failed go by. */
const REMOVAL = 'removeFullCopy';
const MARKING = 'mark';

export async function verifyPhase(scope: CloneScope): Promise<PhaseResult> {
  const { memory, clone, uid, runtime, draft } = scope;
  if (clone.status?.vm !== undefined || memory.result === undefined) return undefined;
  const { connection } = requireConnection(scope);
  if (connection.operations.running(uid, 'destroy') !== undefined)
    throw new NotReady('NotLinked', draft.find('Ready')?.message ?? 'a full copy is being removed');
  const removal = connection.operations.takeOutcome(uid, 'destroy');
  const state = await connection.client.readSoon(memory.result, VERIFY_PATHS, companyMs(scope, PROOF_COMPANY));
  if (state === undefined) {
    memory.result = undefined;
    if (removal?.state === 'success') return fullCopyRemoved(scope);
    memory.fresh = false;
    memory.vanished = !isFullCopy(scope);
    throw new NotReady('OutcomeUnknown', `the virtual machine that came out of the clone is gone; looking for it`, {
      requeueAfterMs: runtime.config['status-interval'],
    });
  }
  refuseMissing(state); // disks that can't be read are not a full copy
  const vm = vmView(memory.result, state.properties);
  if (vm.instanceUuid === undefined) throw untold(scope, vm);
  if (ownershipOf(vm, runtime.clusterId, uid) !== 'ours') await settleIdentity(scope, vm);
  if (vm.marker?.state !== undefined) throw wasLetGo(scope, vm);
  const others = connection.inventory
    .withMarkerUid(uid)
    .filter((other) => other.ref.value !== vm.ref.value && ownershipOf(other, runtime.clusterId, uid) === 'ours');
  if (others.length > 0) {
    throw new NotReady(
      'Ambiguous',
      `two virtual machines are this clone's: ${[vm, ...others].map((one) => `"${one.name}" (${one.ref.value})`).join(', ')}; nothing is done until one is removed by hand`,
    );
  }
  const evidence = await proveLink(scope, vm.ref, state);
  if (!evidence.linked) {
    const why = await whyKept(scope, vm);
    if (why !== undefined) throw kept(scope, evidence.message, why);
    draft.set('Linked', false, 'FullCopy', evidence.message);
    if (removal?.state === 'error') throw removalFailed(scope, evidence.message, removal.error);
    await removeFullCopy(scope, vm.ref, evidence.message);
  }
  await recordVm(scope, vm, state.properties);
  draft.set('Linked', true, evidence.reason, evidence.message);
  draft.status.chainDepth = evidence.depth;
  noteBorrowed(connection, vm.ref, { devices: devicesOf(scope, state), ...pathAndVersion(state.properties) });
  scope.lookedAt = { version: vm.changeVersion, on: connection };
  return undefined;
}

/**
 * Not linked is said only of what was read just now: the source may have been moved to another datastore, and its
 * snapshot's files have other names since. Throws NotReady while vCenter doesn't tell the disks.
 */
async function proveLink(scope: CloneScope, ref: MoRef, seen: ObjectState): Promise<LinkEvidence> {
  const { connection } = requireConnection(scope);
  const snapshot = scope.clone.status?.operation?.snapshot;
  const evidence = linkEvidence(devicesOf(scope, seen), await baseDisks(scope, snapshot));
  if (evidence.linked) return evidence;
  connection.forgetSnapshotDisks();
  const now = await connection.client.readSoon(ref, ['config.hardware.device']);
  return linkEvidence(devicesOf(scope, now), await baseDisks(scope, snapshot));
}

/** Whose it is and what it stands on is in its configuration, which is unset while its files can't be reached. */
function untold({ runtime }: CloneScope, { name, ref, connectionState }: VmView): NotReady {
  return new NotReady(
    'Disconnected',
    `vCenter doesn't tell the configuration of "${name}" (${ref.value}), which came out of the clone (it is ${connectionState ?? 'in an unknown state'}): nothing is concluded until it does`,
    { requeueAfterMs: runtime.config['conflict-retry'] },
  );
}

function devicesOf(scope: CloneScope, state: ObjectState | undefined): readonly Device[] {
  const devices = state?.properties['config.hardware.device'] as readonly Device[] | undefined;
  if (devices !== undefined) return devices;
  throw new NotReady(
    'OutcomeUnknown',
    `the disks of "${scope.vmName}" can't be read now, so it isn't known if they're linked`,
    {
      requeueAfterMs: scope.runtime.config['conflict-retry'],
    },
  );
}

/** vCenter may give another instanceUuid on conflict: the result of our own task is stamped again, anything else is held. */
async function settleIdentity(
  scope: CloneScope,
  { instanceUuid, marker: found, changeVersion }: VmView,
): Promise<never> {
  const markerUid = found?.uid;
  const { memory, uid, clone, runtime, namespace } = scope;
  const { connection } = requireConnection(scope);
  const result = memory.result;
  if (memory.resultOfTask && !memory.called && markerUid !== uid && instanceUuid !== uid) {
    memory.result = undefined;
    memory.fresh = false;
    throw new NotReady(
      'OutcomeUnknown',
      `the recorded task has made ${result?.value ?? ''}, which is another's: its reference was given out again; looking for "${scope.vmName}"`,
      { requeueAfterMs: runtime.config['status-interval'] },
    );
  }
  if (result === undefined || instanceUuid === undefined || markerUid !== uid || !memory.resultOfTask) {
    throw new NotReady(
      'Ambiguous',
      `the virtual machine ${result?.value ?? ''} that came out of the clone carries another identity (marker ${markerUid ?? 'none'}, instanceUuid ${instanceUuid ?? 'none'}); it isn't touched`,
      {
        requeueAfterMs: runtime.config['conflict-retry'],
      },
    );
  }
  const message = `vCenter gave "${scope.vmName}" another instanceUuid (${instanceUuid}); its marker follows`;
  if (connection.operations.running(uid, 'mark') !== undefined) throw new NotReady('Cloning', message);
  const ended = connection.operations.takeOutcome(uid, 'mark');
  if (ended?.state === 'error') throw markingFailed(scope, message, ended.error);
  keepPause(scope, MARKING);
  runtime.guard.mayChange();
  const marker = { cluster: runtime.clusterId, namespace, name: clone.metadata.name, uid, instanceUuid };
  try {
    const task = await connection.client.reconfigure(result, {
      ...(changeVersion === undefined ? {} : { changeVersion }),
      extraConfig: [markerOption(marker)],
    });
    connection.track({ controller: 'linked-clone', key: keyOf(clone), uid }, 'mark', task, result);
  } catch (error) {
    if (mayArrive(error)) memory.lost = lostCall(connection.client, 'ReconfigVM_Task');
    if (!(error instanceof VSphereError) || error.kind === 'connection' || error.kind === 'session') throw error;
    throw markingFailed(scope, message, error);
  }
  throw new NotReady('Cloning', message);
}

function markingFailed(scope: CloneScope, message: string, error: Error): NotReady {
  const text = `${message}; that failed: ${error.message}; tried again`;
  return pauseAfter(scope, MARKING, 'Cloning', text, scope.runtime.config['retry-max'] / 4);
}

async function removeFullCopy(scope: CloneScope, vm: MoRef, why: string): Promise<never> {
  const { uid, clone, runtime, group } = scope;
  const { connection } = requireConnection(scope);
  const message = removing(scope, why);
  // the verdict is stored first: whoever finds neither the VM nor the verdict would clone a second time
  if (findCondition(clone.status?.conditions, 'Linked')?.reason !== 'FullCopy') {
    runtime.events.event(clone, { type: 'Warning', reason: 'NotLinked', action: 'Clone', note: message });
    throw new NotReady('NotLinked', message);
  }
  keepPause(scope, REMOVAL);
  requireInventory(scope);
  const granted = askForSlot(
    scope,
    'delete',
    (later) => connection.slots.requestDelete(uid, group, later),
    () => runtime.wake.clone(keyOf(clone), true),
  );
  if (!granted) throw new NotReady('NotLinked', message);
  try {
    // somebody may have attached a disk to it since, or use one of its own; one may be linked all the same
    const source = sourceOf(scope);
    const sight = new Sight();
    const [state, base] = await Promise.all([
      connection.victims.get(vm),
      source === undefined ? undefined : connection.victims.get(source),
    ]);
    if (state === undefined) throw removedSoon(scope, message);
    const verdict = await judgeMachine(scope, vm, state, base, sight);
    if ('message' in verdict) throw removalHeld(scope, why, verdict.message);
    if (!(await isStillToGo(scope))) throw removedSoon(scope, message);
    await runtime.guard.mayDestroy();
    // the Lease took its time, somebody powered it on, or the call waited for a socket: all is asked again
    const mayGo = (): void => {
      if (verdict.state !== 'poweredOff' || connection.victims.oldest(sight.states) > MAX_SEEN_MS)
        throw removedSoon(scope, message);
    };
    mayGo();
    const task = await connection.client.destroy(vm, { mayGo });
    connection.track({ controller: 'linked-clone', key: keyOf(clone), uid }, 'destroy', task, vm);
  } catch (error) {
    connection.slots.release('delete', uid);
    if (mayArrive(error)) scope.memory.lost = lostCall(connection.client, 'Destroy_Task');
    if (!(error instanceof VSphereError) || error.kind === 'connection' || error.kind === 'session') throw error;
    throw removalFailed(scope, why, error);
  }
  throw new NotReady('NotLinked', message);
}

/** As the API server has it now: a deletion decides by itself what becomes of the machine, and a pause keeps it. */
async function isStillToGo({ runtime, clone, uid }: CloneScope): Promise<boolean> {
  const live = await runtime.live.get(LINKED_CLONES, keyOf(clone));
  return live?.metadata.uid === uid && live.metadata.deletionTimestamp === undefined && live.spec.paused !== true;
}

function removing(scope: CloneScope, why: string): string {
  return `"${scope.vmName}" came out as a full copy (${why}); it's removed again and not tried a second time: delete this object to try again`;
}

function removedSoon({ runtime }: CloneScope, message: string): NotReady {
  return new NotReady('NotLinked', message, { requeueAfterMs: runtime.config['batch-window'] });
}

function removalHeld(scope: CloneScope, why: string, held: string): NotReady {
  const message = `${removing(scope, why)}; that waits: ${held}`;
  return pauseAfter(scope, REMOVAL, 'NotLinked', message, scope.runtime.config['conflict-retry']);
}

function removalFailed(scope: CloneScope, why: string, error: Error): NotReady {
  const message = `${removing(scope, why)}; removing it failed: ${error.message}; tried again`;
  return pauseAfter(scope, REMOVAL, 'NotLinked', message, scope.runtime.config['retry-max'] / 4);
}

/** The end of a full copy: the intent goes, the verdict stays. */
export function fullCopyRemoved(scope: CloneScope): never {
  delete scope.draft.status.operation;
  requireConnection(scope).connection.admissions.withdraw(scope.uid);
  throw new NotReady(
    'NotLinked',
    `"${scope.vmName}" came out as a full copy; it was removed and isn't tried a second time: delete this object to try again`,
  );
}

/** A clone that came out as a full copy once stays as it is. */
export function notLinkedPhase(scope: CloneScope): PhaseResult {
  const { clone, draft } = scope;
  if (clone.status?.vm !== undefined || clone.status?.operation !== undefined) return undefined;
  if (!isFullCopy(scope)) return undefined;
  throw new NotReady('NotLinked', draft.find('Ready')?.message ?? 'it came out as a full copy once');
}
