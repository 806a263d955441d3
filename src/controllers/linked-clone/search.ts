// "Outcome unknown": a clone may have been made, or may be on its way, without our knowing. Every clone task that runs on
// the source ends first; then the vCenter is searched by instanceUuid and the folder by marker, live. Found once: it's the
// result. Found more than once: nobody guesses. Found nowhere: the event history says whether one was made and went.
import type { LinkedCloneStatusOperation } from '../../api/types.generated.ts';
import { keyOf } from '../../kube/objects.ts';
import { refuseMissing } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import { NotReady } from '../shared/not-ready.ts';
import { INDEX } from '../shared/runtime.ts';
import { ownershipOf } from '../vcenter/marker.ts';
import { requireNoneOnItsWay } from '../shared/lost-calls.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { MARKER_PATH, vmView } from '../vcenter/vm-view.ts';
import { followRecordedTask } from './recorded-task.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** True: found, `memory.result` is set. False: there is none, and none can come. Throws NotReady while that isn't known. */
export async function searchForClone(scope: CloneScope): Promise<boolean> {
  const { memory } = scope;
  if (await search(scope)) return true;
  if (memory.lost === undefined) return false;
  await requireNoneOnItsWay(scope);
  return search(scope);
}

async function search(scope: CloneScope): Promise<boolean> {
  followRecordedTask(scope);
  const { memory, clone, runtime } = scope;
  const { connection } = requireConnection(scope);
  const intent = clone.status?.operation;
  const source: MoRef | undefined =
    intent?.sourceVm === undefined ? undefined : { type: 'VirtualMachine', value: intent.sourceVm };
  // first the tasks, then the search: a task that ends in between has put its VM where the search looks
  const running = source === undefined ? 0 : await connection.sourceTasks.lookAt(source);
  const found = await findByIdentity(scope);
  if (found !== undefined) {
    memory.result = found.ref;
    memory.resultOfTask = false;
    return true;
  }
  if (running > 0 && source !== undefined) {
    connection.sourceTasks.onEnd(source, scope.uid, () => runtime.wake.clone(keyOf(clone), true));
    throw new NotReady(
      'OutcomeUnknown',
      `${running} clone tasks from before run on "${intent?.sourceVm ?? ''}"; "${scope.vmName}" may come out of one of them`,
      { requeueAfterMs: runtime.config['conflict-retry'] },
    );
  }
  return false;
}

/** True when the event history tells of a clone as the intent describes it: it was made, and there is no second one. */
export async function wasMade(scope: CloneScope, intent: LinkedCloneStatusOperation): Promise<boolean> {
  const made = await requireConnection(scope).connection.history.ended({
    source: intent.sourceVm ?? '',
    folder: intent.folder,
    vmName: intent.vmName ?? scope.vmName,
    since: Date.parse(intent.startedAt),
  });
  if (made?.host !== undefined) scope.memory.madeOn = made.host;
  return made !== undefined;
}

/**
 * The one VM that is this clone's, searched live by instanceUuid and by marker in its folder. Throws NotReady Ambiguous, or
 * Disconnected where one that may be it doesn't tell; and the fault where a VM that was found can't be read: it may be ours.
 */
export async function findByIdentity(scope: CloneScope): Promise<VmView | undefined> {
  const { uid, runtime, clone } = scope;
  const { connection } = requireConnection(scope);
  const folder = clone.status?.operation?.folder ?? clone.status?.vm?.folder;
  const [byUuid, byMarker] = await Promise.all([
    connection.client.findAllByUuid(clone.status?.vm?.instanceUuid ?? uid, { instance: true }),
    folder === undefined ? [] : connection.folders.candidates({ type: 'Folder', value: folder }, uid),
  ]);
  const refs = new Map([...byUuid, ...byMarker.map((vm) => vm.ref)].map((ref) => [moRefKey(ref), ref]));
  if (refs.size === 0) return undefined;
  const states = await connection.client.readMany(
    [...refs.values()],
    ['name', 'parent', 'config.instanceUuid', MARKER_PATH, 'runtime.powerState', 'runtime.connectionState'],
  );
  const vms = [...refs].flatMap(([key, ref]) => {
    const state = states.get(key);
    if (state === undefined) return [];
    refuseMissing(state);
    return [vmView(ref, state.properties)];
  });
  const ours = vms.filter((vm) => ownershipOf(vm, runtime.clusterId, uid) === 'ours');
  const [only, other] = ours;
  if (only !== undefined && other === undefined) return only;
  const copies = ours.length > 0 ? [] : await unprovenCopies(scope, vms);
  if (other !== undefined || copies.length > 0) {
    const names = [...ours, ...copies].map((vm) => `"${vm.name}" (${vm.ref.value})`).join(', ');
    throw new NotReady(
      'Ambiguous',
      `more than one virtual machine, or one with another identity, carries this clone's marker: ${names}; nothing is done until it is clear which is the right one`,
      {
        requeueAfterMs: runtime.config['conflict-retry'],
      },
    );
  }
  refuseUntold(scope, vms, new Set(byUuid.map(moRefKey)));
  return undefined; // the uuid is another owner's: not ours to touch
}

/**
 * Those with this clone's marker and another identity that may be its machine all the same: vCenter gives a new instanceUuid
 * on conflict. One that came out of a clone of the recorded machine is somebody's, and says nothing.
 */
async function unprovenCopies(scope: CloneScope, vms: readonly VmView[]): Promise<readonly VmView[]> {
  const { uid, runtime, clone } = scope;
  const { history } = requireConnection(scope).connection;
  const copies = vms.filter((vm) => ownershipOf(vm, runtime.clusterId, uid) === 'copy');
  const recorded = clone.status?.vm?.moRef;
  if (recorded === undefined) return copies;
  const source: MoRef = { type: 'VirtualMachine', value: recorded };
  const proven = await Promise.all(copies.map((vm) => history.isCopyOf(source, vm.ref)));
  return copies.filter((_, i) => proven[i] !== true);
}

/**
 * Throws NotReady where one of `vms` tells no configuration and may be the one that is searched for: nothing says whose it is
 * while its files can't be reached, or while it's just being made (API: VirtualMachine.config).
 */
function refuseUntold({ clone, uid, runtime, vmName }: CloneScope, vms: readonly VmView[], ours: ReadonlySet<string>) {
  const vCenter = clone.status?.vCenter?.instanceUuid ?? '';
  const untold = vms.find((vm) => {
    if (vm.instanceUuid !== undefined) return false;
    if (ours.has(moRefKey(vm.ref))) return true; // found by its instanceUuid
    // what is just being made has the name that it was asked for under: ours would have this clone's
    const othersInTheMaking =
      clone.status?.vm === undefined && vm.connectionState === 'connected' && vm.name !== vmName;
    const holders = runtime.stores.clones.byIndex(INDEX.vm, `${vCenter}/${vm.ref.value}`);
    return !othersInTheMaking && !holders.some((other) => other.metadata.uid !== uid);
  });
  if (untold === undefined) return;
  throw new NotReady(
    'Disconnected',
    `"${untold.name}" (${untold.ref.value}) may be this clone's virtual machine, and vCenter doesn't tell its configuration (it is ${untold.connectionState ?? 'in an unknown state'}): nothing is concluded until it does, or until it is removed from the inventory`,
    { requeueAfterMs: runtime.config['conflict-retry'] },
  );
}
