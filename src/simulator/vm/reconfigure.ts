// ReconfigVM_Task. Everything that can be wrong is found before anything is changed.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import { postVmEvent } from '../events/vm-events.ts';
import { settleCards } from '../guest/card-links.ts';
import { cardsOf, releaseAddresses } from '../guest/guest-network.ts';
import { tellMacConflicts } from '../guest/mac-conflicts.ts';
import { reportGuest } from '../guest/start-tools.ts';
import { demandNewName, rename } from '../inventory/rename.ts';
import type { Model } from '../inventory/model-state.ts';
import type { TaskRun } from '../tasks/task-work.ts';
import { demandName } from './clone/clone-arguments.ts';
import { chooseInstanceUuid } from './clone/clone-identity.ts';
import { configChanges, demandConfigSpec } from './config-spec.ts';
import type { ConfigSpec } from './config-spec.ts';
import { deviceList } from './devices.ts';
import { editDevices } from './edit-devices.ts';
import type { DeviceChange, DeviceEdit } from './device-draft.ts';
import { relist } from './enroll.ts';
import { networkRefs } from './network-refs.ts';
import { busSharingOf, otherDevices } from './other-devices.ts';
import { publishDisks } from './refresh-devices.ts';
import { refreshStorage } from './storage-info.ts';
import { touched } from './touch-config.ts';
import { demandHost, demandPowerState, exclusive, notSupported, vmCall } from './vm-call.ts';
import { isTemplate, nameOf } from './vm.ts';
import type { Vm } from './vm.ts';

export const reconfigureMethods: MethodTable = { VirtualMachine: { ReconfigVM_Task: reconfigureTask } };

/** Changes that a running VM doesn't take. */
const NEEDS_POWER_OFF = ['numCPUs', 'numCoresPerSocket', 'memoryMB', 'uuid', 'firmware', 'guestId'];
/** All that can be changed on a template. */
const ON_TEMPLATES = new Set(['name', 'annotation', 'changeVersion', 'extraConfig']);

function reconfigureTask(context: CallContext, args: Record<string, unknown>): MoRef {
  const { model, vm, origin } = vmCall(context);
  const spec = args['spec'] as ConfigSpec;
  demandConfigSpec(spec, 'spec.');
  if (typeof spec['name'] === 'string') demandName(spec['name'], vm.object);
  if (
    isTemplate(vm) &&
    Object.keys(spec).some((field) => field !== '$type' && spec[field] !== undefined && !ON_TEMPLATES.has(field))
  ) {
    throw notSupported('a template takes a new name, annotation or extraConfig only');
  }
  return model.tasks.start(
    {
      kind: 'reconfigure',
      entity: vm.object,
      locks: exclusive(vm),
      begin() {
        demandHost(model, vm);
        demandVersion(vm, spec);
        if (NEEDS_POWER_OFF.some((field) => spec[field] !== undefined)) demandPowerState(vm, 'poweredOff');
      },
      finish: (run) => reconfigure(model, vm, spec, run),
    },
    origin,
  );
}

/** Somebody else changed the configuration since the client read it. */
function demandVersion(vm: Vm, spec: ConfigSpec): void {
  const { changeVersion } = spec;
  if (changeVersion === undefined || changeVersion === '' || changeVersion === vm.object.get('config.changeVersion'))
    return;
  throw new VimFault('ConcurrentAccess', {}, 'The object was modified by another user or operation.');
}

/** Throws DuplicateName, InvalidDeviceSpec and its kin, NoDiskSpace; then nothing has changed. */
function reconfigure(model: Model, vm: Vm, spec: ConfigSpec, run: TaskRun): void {
  const changes = (spec['deviceChange'] as readonly DeviceChange[] | undefined) ?? [];
  const newName = typeof spec['name'] === 'string' && spec['name'] !== nameOf(vm) ? spec['name'] : undefined;
  if (newName !== undefined) demandNewName(model, vm.object, newName);
  const others = otherDevices(vm.object.get('config') as ConfigSpec);
  const hasScsi = busSharingOf(vm.object.get('config') as ConfigSpec) !== undefined;
  const state = { home: vm.home, disks: vm.disks, others, hasScsi, hasSnapshots: !vm.snapshots.isEmpty };
  const edit = changes.length === 0 ? undefined : editDevices(model, state, changes);
  if (edit !== undefined) {
    applyDevices(model, vm, edit);
    tellMacConflicts(model, vm, run);
  }
  if (newName !== undefined) rename(model, vm.object, newName);
  changeUuids(model, vm, spec, run);
  const config = vm.object.get('config') as ConfigSpec;
  const fields = Object.entries(configChanges(config, spec)).map(([path, value]) => [`config.${path}`, value]);
  vm.object.setMany({ ...Object.fromEntries(fields), ...touched(model) });
  if (edit !== undefined) refreshStorage(model, vm);
  postVmEvent(model, vm, 'VmReconfiguredEvent', run, `Reconfigured ${nameOf(vm)}`, { configSpec: spec });
}

function changeUuids(model: Model, vm: Vm, spec: ConfigSpec, run: TaskRun): void {
  const { uuid, instanceUuid } = spec;
  if (typeof uuid === 'string') vm.object.set('config.uuid', uuid.toLowerCase());
  if (typeof instanceUuid !== 'string' || instanceUuid.toLowerCase() === vm.object.get('config.instanceUuid')) return;
  const chosen = chooseInstanceUuid(model, instanceUuid);
  model.vms.reindex(vm, () => vm.object.set('config.instanceUuid', chosen.uuid));
  chosen.announce(vm, run);
}

function applyDevices(model: Model, vm: Vm, edit: DeviceEdit): void {
  grow(model, vm, edit);
  for (const disk of edit.disks) if (!vm.disks.some((before) => before.key === disk.key)) model.disks.hold(disk.file);
  vm.disks = edit.disks;
  for (const { disk, destroy } of edit.dropped) {
    model.disks.release(disk.file);
    if (destroy) model.disks.deleteUnused(disk.file);
  }
  const before = cardsOf(vm);
  const busSharing = busSharingOf(vm.object.get('config') as ConfigSpec);
  vm.object.set('config.hardware.device', deviceList({ disks: edit.disks, others: edit.others, busSharing }));
  releaseAddresses(
    model,
    before.filter(
      (card) => !edit.others.some((other) => other.key === card.key && other['macAddress'] === card['macAddress']),
    ),
  );
  settleCards(vm);
  if (vm.object.get('guest.toolsRunningStatus') === 'guestToolsRunning') reportGuest(model, vm);
  relist(model, vm, 'network', networkRefs(edit.others));
  publishDisks(model, vm);
}

/** Throws NoDiskSpace; disks that grew before that stay grown, nothing else is left. */
function grow(model: Model, vm: Vm, edit: DeviceEdit): void {
  try {
    for (const { disk, capacityBytes, index } of edit.grown) model.disks.expand(disk.file, capacityBytes, index);
  } catch (error) {
    for (const file of edit.created) model.disks.deleteUnused(file);
    publishDisks(model, vm);
    throw error;
  }
}
