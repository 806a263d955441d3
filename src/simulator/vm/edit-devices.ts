// VirtualDeviceConfigSpec lists, as ReconfigVM and CloneVM take them: adding, changing and removing devices.
// Works on copies: the caller applies the result, or undoes the files that were created. A fault leaves nothing behind.
import { VimFault } from '../core/vim-fault.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import type { Model } from '../inventory/model-state.ts';
import type { Device } from './devices.ts';
import { addDisk, editDisk } from './edit-disks.ts';
import { addCard, editCard } from './edit-network-cards.ts';
import type { VmHome } from './vm-home.ts';
import type { VmDisk } from './vm.ts';

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
  readonly created: DiskFile[];
  readonly dropped: { readonly disk: VmDisk; readonly destroy: boolean }[];
  readonly grown: { readonly disk: VmDisk; readonly capacityBytes: number; readonly index: number }[];
}

/** Throws InvalidDeviceSpec and its kin, FileNotFound, NoDiskSpace. */
export function editDevices(model: Model, state: DeviceState, changes: readonly DeviceChange[]): DeviceEdit {
  const draft: Draft = { model, state, disks: [...state.disks], others: [...state.others], created: [], dropped: [], grown: [] };
  try {
    for (const [index, change] of changes.entries()) apply(draft, change, index);
  } catch (error) {
    for (const file of draft.created) model.disks.deleteUnused(file);
    throw error;
  }
  return draft;
}

/** A device change that can't be done; `property` is the part of the spec that is wrong. */
export function invalidDeviceSpec(deviceIndex: number, property: string): VimFault {
  return new VimFault('InvalidDeviceSpec', { deviceIndex, property }, `Invalid configuration for device '${deviceIndex}'.`);
}

function apply(draft: Draft, change: DeviceChange, index: number): void {
  const kind = kindOf(change.device);
  switch (change.operation) {
    case 'add':
      if (kind === 'disk') addDisk(draft, change, index);
      else if (kind === 'card') addCard(draft, change.device, index);
      else draft.others.push({ ...change.device, key: freeKey(draft, change.device.key) });
      return;
    case 'edit':
      if (kind === 'disk') editDisk(draft, change.device, index);
      else if (kind === 'card') editCard(draft, change.device, index);
      else draft.others = draft.others.map((other) => (other.key === change.device.key ? { ...other, ...change.device } : other));
      return;
    case 'remove':
      remove(draft, change, index);
      return;
    default:
      throw invalidDeviceSpec(index, 'virtualDeviceSpec.operation');
  }
}

function remove(draft: Draft, change: DeviceChange, index: number): void {
  const { key } = change.device;
  const disk = draft.disks.find((candidate) => candidate.key === key);
  if (disk !== undefined) {
    draft.disks = draft.disks.filter((candidate) => candidate !== disk);
    draft.dropped.push({ disk, destroy: change.fileOperation === 'destroy' });
    return;
  }
  if (!draft.others.some((other) => other.key === key)) throw invalidDeviceSpec(index, 'virtualDeviceSpec.device.key');
  draft.others = draft.others.filter((other) => other.key !== key);
}

function kindOf(device: Device): 'disk' | 'card' | 'other' {
  if (device['$type'] === 'VirtualDisk') return 'disk';
  return CARD_TYPES.test(String(device['$type'])) ? 'card' : 'other';
}

const CARD_TYPES = /^Virtual(E1000e?|Vmxnet[23]?|PCNet32|SriovEthernetCard|EthernetCard)$/;

/** New devices come with a key of the client's own, mostly negative; the server gives them theirs. */
function freeKey(draft: Draft, wanted: number): number {
  const taken = new Set([...draft.others, ...draft.disks].map((device) => device.key));
  let key = wanted > 0 ? wanted : 13_000;
  while (taken.has(key)) key += 1;
  return key;
}
