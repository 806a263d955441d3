// RevertToSnapshot: the current deltas are thrown away and new ones are put on the snapshot's files; the configuration goes
// back to what it was, except for what makes the VM that VM (name, uuids, files).
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import { unplug } from '../guest/card-links.ts';
import { cardsOf } from '../guest/guest-network.ts';
import { powerOffNow, resumeFromMemory } from '../guest/power-state.ts';
import type { Model } from '../inventory/model-state.ts';
import { diskDevice } from '../vm/devices.ts';
import type { Device } from '../vm/devices.ts';
import { relist } from '../vm/enroll.ts';
import { networkRefs } from '../vm/network-refs.ts';
import { demandHost, exclusive, originOf, vmCall } from '../vm/vm-call.ts';
import { isIndependent, powerStateOf } from '../vm/vm.ts';
import type { Vm, VmDisk } from '../vm/vm.ts';
import { createDeltas } from './create-snapshot.ts';
import { publishSnapshots } from './publish-snapshots.ts';
import { snapshotCall } from './remove-snapshot.ts';
import type { Snapshot } from './snapshot-tree.ts';

/** RevertToSnapshot_Task. */
export function revertToSnapshotTask(context: CallContext, suppressPowerOn: boolean): MoRef {
  const { model, vm, snapshot } = snapshotCall(context);
  return start(context, 'revert', model, vm, () => snapshot, suppressPowerOn);
}

/** RevertToCurrentSnapshot_Task; without one the task fails with NotFound. */
export function revertToCurrentSnapshotTask(context: CallContext, suppressPowerOn: boolean): MoRef {
  const { model, vm } = vmCall(context);
  return start(context, 'revertToCurrent', model, vm, () => vm.snapshots.current, suppressPowerOn);
}

function start(
  context: CallContext,
  kind: 'revert' | 'revertToCurrent',
  model: Model,
  vm: Vm,
  target: () => Snapshot | undefined,
  suppressPowerOn: boolean,
): MoRef {
  return model.tasks.start(
    {
      kind,
      entity: vm.object,
      locks: exclusive(vm),
      begin() {
        demandHost(model, vm);
        if (target() === undefined) throw new VimFault('NotFound', {}, 'The virtual machine has no current snapshot.');
      },
      finish(run) {
        const snapshot = target();
        if (snapshot === undefined) return;
        // What needs space comes first: without it the VM goes on as it was.
        const deltas = createDeltas(model, vm, snapshot.disks);
        if (powerStateOf(vm) !== 'poweredOff') powerOffNow(model, vm, run);
        revert(model, vm, snapshot, deltas);
        if (snapshot.state === 'poweredOn' && !suppressPowerOn) resumeFromMemory(model, vm, run);
      },
    },
    originOf(context),
  );
}

function revert(model: Model, vm: Vm, snapshot: Snapshot, deltas: ReadonlyMap<VmDisk, DiskFile>): void {
  const kept = vm.disks.filter(isIndependent);
  for (const disk of vm.disks) {
    if (isIndependent(disk)) continue;
    model.disks.release(disk.file);
    model.disks.deleteUnused(disk.file);
  }
  const restored = [...deltas].map(([disk, delta]) => {
    model.disks.hold(delta);
    return { ...disk, file: delta };
  });
  vm.disks = [...restored, ...kept].toSorted((one, other) => one.key - other.key);
  vm.firstBoot.done = snapshot.firstBootDone;
  Object.assign(vm.guest, snapshot.guest);
  vm.snapshots.moveTo(snapshot);
  restoreConfig(vm, snapshot);
  unplug(vm);
  relist(model, vm, 'network', networkRefs(cardsOf(vm)));
  publishSnapshots(model, vm);
}

/** What stays the VM's own whatever a snapshot says. */
const KEPT = [
  'name',
  'uuid',
  'instanceUuid',
  'template',
  'files',
  'createDate',
  'datastoreUrl',
  'changeVersion',
  'modified',
];

function restoreConfig(vm: Vm, snapshot: Snapshot): void {
  const now = vm.object.get('config') as Record<string, unknown>;
  const then = snapshot.object.get('config') as Record<string, unknown>;
  const hardware = then['hardware'] as Record<string, unknown>;
  const isDisk = (device: Device): boolean => device['$type'] === 'VirtualDisk';
  const device = [
    ...(hardware['device'] as readonly Device[]).filter((candidate) => !isDisk(candidate)),
    ...vm.disks.map(diskDevice),
  ];
  const kept = Object.fromEntries(KEPT.map((field) => [field, now[field]]));
  vm.object.set('config', { ...then, ...kept, hardware: { ...hardware, device } });
}
