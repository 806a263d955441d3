// CreateSnapshot: freezes the current file of every disk and puts an empty delta on it. Independent disks are left alone.
import type { CallContext } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import { setupOf } from '../guest/guest-profile.ts';
import type { Model } from '../inventory/model-state.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Device } from '../vm/devices.ts';
import { demandHost, exclusive, invalidArgument, notSupported, vmCall } from '../vm/vm-call.ts';
import { isIndependent, isTemplate, powerStateOf } from '../vm/vm.ts';
import type { Vm, VmDisk } from '../vm/vm.ts';
import { publishSnapshots } from './publish-snapshots.ts';
import type { Snapshot } from './snapshot-tree.ts';

export interface SnapshotWish {
  readonly name: string;
  readonly description: string;
  /** Memory is written only while the VM runs. */
  readonly memory: boolean;
  readonly quiesced: boolean;
}

/** vSphere's limit on snapshots below each other. */
const MAX_LEVELS = 32;
const MAX_NAME = 80;

/** CreateSnapshot_Task and CreateSnapshotEx_Task; the result is the snapshot. */
export function createSnapshotTask(
  context: CallContext,
  kind: 'createSnapshot' | 'createSnapshotEx',
  wish: SnapshotWish,
): MoRef {
  const { model, vm, origin } = vmCall(context);
  if (wish.name === '')
    throw new VimFault('InvalidName', { name: wish.name, entity: vm.object.ref }, 'The name is empty.');
  if (wish.name.length > MAX_NAME) throw invalidArgument('name');
  if (isTemplate(vm)) throw notSupported('a template takes no snapshot');
  return model.tasks.start(
    {
      kind,
      entity: vm.object,
      locks: exclusive(vm),
      begin() {
        demandHost(model, vm);
        demandSnapshotPossible(vm, wish);
      },
      finish: () => createSnapshot(model, vm, wish).object.ref,
    },
    origin,
  );
}

function demandSnapshotPossible(vm: Vm, wish: SnapshotWish): void {
  if (vm.snapshots.levels() >= MAX_LEVELS)
    throw new VimFault('TooManySnapshotLevels', {}, 'The maximum number of snapshot levels has been reached.');
  const sharedBus = (vm.object.get('config.hardware.device') as readonly Device[]).some(
    (device) => device['sharedBus'] === 'physicalSharing',
  );
  if (sharedBus || vm.disks.some((disk) => disk.rdm === 'physicalMode')) {
    const fault = new VimFault('NotSupported', {}, 'The virtual machine has a device that prevents snapshots.');
    throw new VimFault(
      'SnapshotIncompatibleDeviceInVm',
      { fault: fault.toLocalized() },
      'The virtual machine has virtual disks or devices that prevent taking a snapshot.',
    );
  }
  if (wish.memory && powerStateOf(vm) === 'poweredOn' && vm.disks.some(isIndependent)) {
    throw new VimFault(
      'MemorySnapshotOnIndependentDisk',
      {},
      'A memory snapshot cannot be taken of a virtual machine with an independent disk.',
    );
  }
}

/** Takes the snapshot at once. Throws NoDiskSpace, changing nothing. */
export function createSnapshot(
  model: Model,
  vm: Vm,
  wish: SnapshotWish,
  createdAt: number = model.world.clock.now(),
): Snapshot {
  const withMemory = wish.memory && powerStateOf(vm) === 'poweredOn';
  const id = vm.snapshots.nextId();
  const memoryMb = Number(vm.object.get('config.hardware.memoryMB'));
  const files = vm.home.addSnapshotFiles(id, withMemory ? memoryMb * 1024 ** 2 : 0);
  let deltas: ReadonlyMap<VmDisk, DiskFile>;
  try {
    deltas = createDeltas(
      model,
      vm,
      vm.disks.filter((disk) => !isIndependent(disk)),
    );
  } catch (error) {
    for (const file of [files.data, files.memory]) if (file !== undefined) vm.home.removeFile(file);
    throw error;
  }
  const frozen = [...deltas.keys()];
  const snapshot: Snapshot = {
    object: createSnapshotObject(model, vm, configAt(vm, frozen)),
    id,
    name: wish.name,
    description: wish.description,
    createTime: new Date(createdAt).toISOString(),
    state: withMemory ? 'poweredOn' : 'poweredOff',
    quiesced: wish.quiesced,
    parent: vm.snapshots.current,
    children: [],
    disks: frozen,
    firstBootDone: vm.firstBoot.done,
    guest: setupOf(vm.guest),
    ...files,
  };
  // The hold of the VM on the file that is frozen becomes the snapshot's; the delta gets one of its own.
  vm.disks = vm.disks.map((disk) => {
    const delta = deltas.get(disk);
    if (delta === undefined) return disk;
    model.disks.hold(delta);
    // What a running guest wrote is the snapshot's from now on: only what comes after it is forgotten.
    if (vm.rollback?.written.has(disk.key) === true) vm.rollback.written.set(disk.key, 0);
    return { ...disk, file: delta };
  });
  vm.snapshots.add(snapshot);
  publishSnapshots(model, vm);
  return snapshot;
}

/** An empty delta on each disk's file, all or none; nobody holds them yet. Throws NoDiskSpace. */
export function createDeltas(model: Model, vm: Vm, disks: readonly VmDisk[]): ReadonlyMap<VmDisk, DiskFile> {
  const deltas = new Map<VmDisk, DiskFile>();
  try {
    for (const disk of disks) {
      const path = vm.home.freeDeltaPath(disk.file);
      deltas.set(
        disk,
        model.disks.createChild({ volume: vm.home.volume, path, parent: disk.file, uuid: disk.file.uuid }),
      );
    }
  } catch (error) {
    for (const delta of deltas.values()) model.disks.deleteUnused(delta);
    throw error;
  }
  return deltas;
}

/** The managed object of a snapshot. */
export function createSnapshotObject(model: Model, vm: Vm, config: unknown): Snapshot['object'] {
  return model.world.registry.create('VirtualMachineSnapshot', {
    config,
    childSnapshot: [],
    vm: vm.object.ref,
    value: [],
    availableField: [],
  });
}

/** The VM's configuration as the snapshot keeps it: without the disks that it leaves alone. */
function configAt(vm: Vm, frozen: readonly VmDisk[]): Record<string, unknown> {
  const config = vm.object.get('config') as Record<string, unknown>;
  const hardware = config['hardware'] as Record<string, unknown>;
  const left = new Set(vm.disks.filter((disk) => !frozen.includes(disk)).map((disk) => disk.key));
  if (left.size === 0) return config;
  const device = (hardware['device'] as readonly Device[]).filter((candidate) => !left.has(candidate.key));
  return { ...config, hardware: { ...hardware, device } };
}
