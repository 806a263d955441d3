// A file or a folder of a datastore with everything in it, as FileManager works on it: who needs it, copying, deleting.
// Copies stand for themselves: a copied delta is built on the same parent.
import { VimFault } from '../core/vim-fault.ts';
import type { Model } from '../inventory/model-state.ts';
import { releaseAddresses, cardsOf } from '../guest/guest-network.ts';
import { holdsOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import { dataBytes } from './disk-file.ts';
import type { DiskFile } from './disk-file.ts';
import { fileNotFound } from './disk-store.ts';
import { folderOf } from './stored-file.ts';
import type { StoredFile } from './stored-file.ts';
import type { Volume } from './volume.ts';

export interface Entry {
  readonly volume: Volume;
  /** Path on the datastore without leading and trailing slash. */
  readonly inner: string;
}

/** The file itself, or everything in the folder. Throws FileNotFound. */
export function filesOf({ volume, inner }: Entry): readonly StoredFile[] {
  const path = volume.pathOf(inner);
  const file = volume.get(path);
  if (file !== undefined) return [file];
  if (inner === '' || !volume.hasFolder(inner)) throw fileNotFound(path);
  return [...volume.files].filter((candidate) => candidate.path.startsWith(`${path}/`));
}

/** Throws FileLocked when a file belongs to a VM: to one in the inventory, or to any. */
export function demandUnused(model: Model, files: readonly StoredFile[], by: 'registered' | 'any' | 'none'): void {
  if (by === 'none') return;
  const vms = [...model.vms.all, ...(by === 'any' ? model.vms.unregistered : [])];
  for (const file of files) {
    const disk = model.disks.of(file);
    // What is moved would be missed by what is built on it, registered or not.
    const isLocked =
      disk === undefined ? vms.some((vm) => vm.home.has(file)) : disk.uses > 0 || (by === 'any' && isKept(vms, disk));
    if (isLocked)
      throw new VimFault('FileLocked', { file: file.path }, `Unable to access file ${file.path} since it is locked`);
  }
}

/** Throws FileAlreadyExists, FileNotFound for a folder that isn't there, InvalidArgument for a folder into itself. */
export function demandTarget(model: Model, source: Entry, target: Entry, force: boolean): void {
  const path = target.volume.pathOf(target.inner);
  if (source.volume === target.volume && `${target.inner}/`.startsWith(`${source.inner}/`))
    throw new VimFault(
      'InvalidArgument',
      { invalidProperty: 'destinationName' },
      'A specified parameter was not correct: destinationName',
    );
  const above = folderOf(path);
  if (!target.volume.hasFolder(above)) throw fileNotFound(target.volume.pathOf(above));
  const there = target.volume.get(path);
  const isFree = there === undefined && (target.inner === '' || !target.volume.hasFolder(target.inner));
  if (isFree) return;
  if (there === undefined || !force)
    throw new VimFault('FileAlreadyExists', { file: path }, `Cannot complete the operation: ${path} already exists.`);
  demandUnused(model, [there], 'any');
  deleteEntry(model, target, [there]);
}

/** Throws NoDiskSpace, leaving nothing behind. */
export function copyEntry(model: Model, source: Entry, target: Entry, files: readonly StoredFile[]): void {
  const from = source.volume.pathOf(source.inner);
  const to = target.volume.pathOf(target.inner);
  const made: StoredFile[] = [];
  if (source.volume.get(from) === undefined) target.volume.makeFolder(target.inner);
  try {
    for (const file of files) made.push(copyFile(model, file, target.volume, `${to}${file.path.slice(from.length)}`));
  } catch (error) {
    for (const copy of made) removeFile(model, copy);
    target.volume.removeFolder(target.inner);
    throw error;
  }
}

/** `files` are those of the entry. */
export function deleteEntry(model: Model, { volume, inner }: Entry, files: readonly StoredFile[]): void {
  for (const file of files) removeFile(model, file);
  volume.removeFolder(inner);
}

function copyFile(model: Model, file: StoredFile, volume: Volume, path: string): StoredFile {
  const disk = model.disks.of(file);
  if (disk === undefined) return volume.create(path, file.kind, file.bytes);
  const data = dataBytes(disk);
  const copy =
    disk.parent === undefined
      ? model.disks.createBase({ volume, path, capacityBytes: disk.capacityBytes, dataBytes: data, thin: disk.thin })
      : model.disks.createChild({ volume, path, parent: disk.parent, dataBytes: data });
  return copy.file;
}

function removeFile(model: Model, file: StoredFile): void {
  const disk = model.disks.of(file);
  if (disk !== undefined) return model.disks.deleteFile(disk);
  const vm = [...model.vms.unregistered].find((candidate) => candidate.home.has(file));
  if (vm === undefined) return file.volume.remove(file);
  vm.home.removeFile(file);
  if (file.path !== vm.home.vmxPath) return;
  model.vms.forget(vm);
  releaseAddresses(model, cardsOf(vm));
}

/** True for a file that something is built on, and for one that a VM or a snapshot of it points at. */
function isKept(vms: readonly Vm[], disk: DiskFile): boolean {
  return disk.children.size > 0 || vms.some((vm) => holdsOf(vm).includes(disk));
}
