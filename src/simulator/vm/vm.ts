// A virtual machine as the model knows it, besides the properties that clients read. An unregistered VM keeps its record
// (its files are still on the datastore) and gets a new managed object when it's registered again.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { PendingCustomization } from '../customization/pending-customization.ts';
import type { RdmMode } from '../disks/backing.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import type { GuestProfile, GuestSetup } from '../guest/guest-profile.ts';
import type { SnapshotTree } from '../snapshots/snapshot-tree.ts';
import type { VmHome } from './vm-home.ts';

/** A disk device and the file that it points at. Replaced, never changed. */
export interface VmDisk {
  readonly key: number;
  readonly controllerKey: number;
  readonly unitNumber: number;
  readonly label: string;
  /** VirtualDiskMode. */
  readonly mode: string;
  readonly rdm: RdmMode | undefined;
  readonly file: DiskFile;
}

export interface Vm {
  object: SimObject;
  registered: boolean;
  home: VmHome;
  disks: readonly VmDisk[];
  readonly snapshots: SnapshotTree;
  /** Applied at the next power-on. */
  customization: PendingCustomization | undefined;
  /** What the guest writes when it runs for the first time; clones inherit `bytes`. */
  readonly firstBoot: { readonly bytes: number; done: boolean };
  /** What is installed in the guest: clones inherit it. */
  readonly guest: GuestProfile;
  /** What a VM with nonpersistent disks falls back to at power-off; undefined while it's off, or without such a disk. */
  rollback: Rollback | undefined;
}

/** What there is to take back at power-off. */
export interface Rollback {
  /** Bytes that were written since power-on to what each nonpersistent disk points at, by device key. */
  readonly written: Map<number, number>;
  /** What was installed on the first disk: undefined when that one is persistent. */
  readonly guest: GuestSetup | undefined;
  readonly firstBootDone: boolean;
}

/** The VM's own reference. */
export function refOf(vm: Vm): MoRef {
  return vm.object.ref;
}

/** True when snapshots leave the disk alone. */
export function isIndependent(disk: VmDisk): boolean {
  return disk.mode.startsWith('independent') || disk.rdm === 'physicalMode';
}

/** True when what is written is thrown away at power-off. */
export function isNonpersistent(disk: VmDisk): boolean {
  return disk.mode.endsWith('nonpersistent');
}

/** Every file that the VM points at: one for each disk and for each disk of each snapshot. */
export function holdsOf(vm: Vm): readonly DiskFile[] {
  return [...vm.disks, ...vm.snapshots.all().flatMap((snapshot) => snapshot.disks)].map((disk) => disk.file);
}

/** The power state that clients read. */
export function powerStateOf(vm: Vm): string {
  return String(vm.object.get('runtime.powerState'));
}

/** The memory that is configured: the size of a swap file, and of what a suspended VM leaves. */
export function memoryBytesOf(vm: Vm): number {
  return Number(vm.object.get('config.hardware.memoryMB')) * 1024 ** 2;
}

export function isTemplate(vm: Vm): boolean {
  return vm.object.get('config.template') === true;
}

export function nameOf(vm: Vm): string {
  return String(vm.object.get('name'));
}
