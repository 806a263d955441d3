// Device changes while they are worked through: what was there, what will be, and what was made or dropped on the way.
// Nothing of it is applied before the last change has been found good.
import { VimFault } from '../core/vim-fault.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import type { Model } from '../inventory/model-state.ts';
import type { Device } from './devices.ts';
import type { VmHome } from './vm-home.ts';
import type { VmDisk } from './vm.ts';

/** VirtualDeviceConfigSpec, as far as it is honoured. */
export interface DeviceChange {
  readonly operation?: string;
  readonly fileOperation?: string;
  readonly device: Device;
}

export interface DeviceState {
  readonly home: VmHome;
  readonly disks: readonly VmDisk[];
  /** Network cards and everything that was added and isn't a disk. */
  readonly others: readonly Device[];
  /** It has the SCSI controller that VMs get by themselves (see `deviceList`). */
  readonly hasScsi: boolean;
  /** A VM with snapshots keeps its disks as they are. */
  readonly hasSnapshots: boolean;
}

export interface DeviceEdit {
  readonly disks: readonly VmDisk[];
  readonly others: readonly Device[];
  /** Files that were made; nobody holds them yet. */
  readonly created: readonly DiskFile[];
  /** Disks that went; `destroy`: with their files. */
  readonly dropped: readonly { readonly disk: VmDisk; readonly destroy: boolean }[];
  /** New sizes, to be applied last: growing can't be undone. */
  readonly grown: readonly { readonly disk: VmDisk; readonly capacityBytes: number; readonly index: number }[];
}

/** The state while a list is worked through. */
export interface Draft {
  readonly model: Model;
  readonly state: DeviceState;
  disks: VmDisk[];
  others: Device[];
  /** Key that the client gave to a device which it adds → the key that the device got. */
  readonly keys: Map<number, number>;
  readonly created: DiskFile[];
  readonly dropped: { readonly disk: VmDisk; readonly destroy: boolean }[];
  readonly grown: { readonly disk: VmDisk; readonly capacityBytes: number; readonly index: number }[];
}

/** A device change that can't be done; `property` is the part of the spec that is wrong. */
export function invalidDeviceSpec(deviceIndex: number, property: string): VimFault {
  return new VimFault(
    'InvalidDeviceSpec',
    { deviceIndex, property },
    `Invalid configuration for device '${deviceIndex}'.`,
  );
}
