// Adding and changing disks: a new file, a new child of an existing file, or an existing file attached.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import { fileNotFound } from '../disks/disk-store.ts';
import { diskPosition } from './controllers.ts';
import type { Device } from './devices.ts';
import { invalidDeviceSpec } from './device-draft.ts';
import type { DeviceChange, Draft } from './device-draft.ts';
import { isIndependent } from './vm.ts';
import type { VmDisk } from './vm.ts';

interface DiskBacking {
  readonly fileName?: string;
  readonly datastore?: MoRef;
  readonly diskMode?: string;
  readonly thinProvisioned?: boolean;
  readonly parent?: { readonly fileName: string };
}

/** Throws InvalidDeviceSpec, MissingController, FileNotFound, NoDiskSpace, FileAlreadyExists. */
export function addDisk(draft: Draft, change: DeviceChange, index: number): void {
  const backing = (change.device['backing'] ?? {}) as DiskBacking;
  const position = diskPosition(draft, change.device, index);
  const file =
    change.fileOperation === undefined
      ? existing(draft, backing.fileName ?? '')
      : create(draft, change.device, backing, index);
  draft.disks.push({
    ...position,
    label: `Hard disk ${draft.disks.length + 1}`,
    mode: backing.diskMode ?? 'persistent',
    rdm: undefined,
    file,
  });
}

/** Throws InvalidDeviceSpec or InvalidDeviceOperation. */
export function editDisk(draft: Draft, device: Device, index: number): void {
  const before = draft.disks.find((disk) => disk.key === device.key);
  if (before === undefined) throw invalidDeviceSpec(index, 'virtualDeviceSpec.device.key');
  const after: VmDisk = { ...before, mode: modeOf(draft, before, device, index) };
  draft.disks = draft.disks.map((disk) => (disk === before ? after : disk));
  const wanted = capacityOf(device);
  // A client that sends the device back as it read it changes nothing; it may know kilobytes only.
  if (wanted === undefined || Math.floor(wanted / 1024) === Math.floor(before.file.capacityBytes / 1024)) return;
  if (wanted < before.file.capacityBytes) throw invalidDeviceSpec(index, 'virtualDeviceSpec.device.capacityInKB');
  if (before.file.parent !== undefined) {
    const fields = { deviceIndex: index, badOp: 'edit', property: 'virtualDeviceSpec.device.capacityInKB' };
    throw new VimFault(
      'InvalidDeviceOperation',
      fields,
      `Invalid operation for device '${index}'. Disks with parents cannot be expanded.`,
    );
  }
  draft.grown.push({ disk: after, capacityBytes: wanted, index });
}

function modeOf(draft: Draft, disk: VmDisk, device: Device, index: number): string {
  const mode = (device['backing'] as DiskBacking | undefined)?.diskMode ?? disk.mode;
  const changesKind = isIndependent({ ...disk, mode }) !== isIndependent(disk);
  if (changesKind && draft.state.hasSnapshots)
    throw invalidDeviceSpec(index, 'virtualDeviceSpec.device.backing.diskMode');
  return mode;
}

function existing(draft: Draft, path: string): DiskFile {
  const { volume } = draft.model.volumes.ofPath(path);
  const stored = volume.get(path);
  const disk = stored === undefined ? undefined : draft.model.disks.of(stored);
  if (disk === undefined) throw fileNotFound(path);
  return disk;
}

function create(draft: Draft, device: Device, backing: DiskBacking, index: number): DiskFile {
  const { model, state } = draft;
  const volume = backing.datastore === undefined ? state.home.volume : model.volumes.of(backing.datastore);
  const path = backing.fileName?.endsWith('.vmdk') === true ? backing.fileName : state.home.freeDiskPath(volume);
  const file =
    backing.parent === undefined
      ? base()
      : model.disks.createChild({ volume, path, parent: existing(draft, backing.parent.fileName) });
  draft.created.push(file);
  return file;

  function base(): DiskFile {
    const capacityBytes = capacityOf(device);
    if (capacityBytes === undefined || capacityBytes <= 0)
      throw invalidDeviceSpec(index, 'virtualDeviceSpec.device.capacityInKB');
    return model.disks.createBase({
      volume,
      path,
      capacityBytes,
      dataBytes: 0,
      thin: backing.thinProvisioned === true,
    });
  }
}

function capacityOf(device: Device): number | undefined {
  if (typeof device['capacityInBytes'] === 'number' && device['capacityInBytes'] > 0) return device['capacityInBytes'];
  return typeof device['capacityInKB'] === 'number' ? device['capacityInKB'] * 1024 : undefined;
}
