// Makes the disk devices that clients read say what the model knows, after files changed: on the VM and on its snapshots.
// Only a device whose backing really changed is set, so only that is announced.
import type { SimObject } from '../core/sim-object.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import type { Model } from '../inventory/model-state.ts';
import { needsConsolidation } from '../disks/consolidate.ts';
import { diskDevice } from './devices.ts';
import type { Device } from './devices.ts';
import { relist } from './enroll.ts';
import { volumesOf } from './host-placement.ts';
import type { Vm, VmDisk } from './vm.ts';

/** The VM's disks point at other files now: `standIns` says which took the place of which. */
export function replaceFiles(vm: Vm, standIns: ReadonlyMap<DiskFile, DiskFile>): void {
  const replaced = (disk: VmDisk): VmDisk => {
    const standIn = standIns.get(disk.file);
    return standIn === undefined ? disk : { ...disk, file: standIn };
  };
  vm.disks = vm.disks.map(replaced);
  for (const snapshot of vm.snapshots.all()) snapshot.disks = snapshot.disks.map(replaced);
}

/** Publishes devices, `datastore`, and whether consolidation is needed. */
export function publishDisks(model: Model, vm: Vm): void {
  publishDevices(vm.object, vm.disks);
  const snapshots = vm.snapshots.all();
  for (const snapshot of snapshots) publishDevices(snapshot.object, snapshot.disks);
  relist(
    model,
    vm,
    'datastore',
    [...volumesOf(vm)].map((volume) => volume.ref),
  );
  const needed = needsConsolidation(
    vm.disks.map((disk) => disk.file),
    snapshots.flatMap((snapshot) => snapshot.disks.map((disk) => disk.file)),
    (file) => vm.home.owns(file),
  );
  vm.object.set('runtime.consolidationNeeded', needed);
}

function publishDevices(object: SimObject, disks: readonly VmDisk[]): void {
  const devices = object.get('config.hardware.device') as readonly Device[];
  for (const disk of disks) {
    const now = diskDevice(disk);
    const before = devices.find((device) => device.key === disk.key);
    if (before === undefined || !sameBacking(before, now)) object.set(`config.hardware.device[${disk.key}]`, now);
  }
}

interface Backing {
  readonly fileName?: string;
  readonly diskMode?: string;
  readonly parent?: Backing;
}

function sameBacking(one: Device, other: Device): boolean {
  if (one['capacityInBytes'] !== other['capacityInBytes']) return false;
  let a = one['backing'] as Backing | undefined;
  let b = other['backing'] as Backing | undefined;
  while (a !== undefined && b !== undefined) {
    if (a.fileName !== b.fileName || a.diskMode !== b.diskMode) return false;
    a = a.parent;
    b = b.parent;
  }
  return a === b;
}
