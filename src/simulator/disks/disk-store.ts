// Makes, shares, merges and deletes the files of disk chains. The only place that changes a DiskFile.
// Guarantees: a file that a registered VM needs is never deleted; a file that is built on keeps its bytes; counts of holds
// and uses follow from hold and release alone.
import { VimFault } from '../core/vim-fault.ts';
import { DESCRIPTOR_BYTES, chainOf, dataBytes } from './disk-file.ts';
import type { DiskFile } from './disk-file.ts';
import type { StoredFile } from './stored-file.ts';
import type { Volume } from './volume.ts';

interface MutableDisk extends DiskFile {
  parent: DiskFile | undefined;
  children: Set<DiskFile>;
  contentId: string;
  holds: number;
  uses: number;
  deleted: boolean;
  revision: number;
}

export interface DiskIdentities {
  /** As `backing.uuid` has it. */
  uuid(): string;
  /** 32 hexadecimal digits. */
  contentId(): string;
}

export interface BaseDiskSpec {
  readonly volume: Volume;
  readonly path: string;
  readonly capacityBytes: number;
  /** Used bytes; a thick disk takes its capacity whatever this says. */
  readonly dataBytes: number;
  readonly thin: boolean;
}

export interface ChildDiskSpec {
  readonly volume: Volume;
  readonly path: string;
  readonly parent: DiskFile;
  /** 0 unless a delta is copied. */
  readonly dataBytes?: number;
  /** A snapshot's delta is still the same disk to the guest; by default the child is a disk of its own. */
  readonly uuid?: string;
}

interface DiskNature {
  readonly parent: DiskFile | undefined;
  readonly capacityBytes: number;
  readonly thin: boolean;
  readonly uuid: string | undefined;
}

/** Everything of this store was made by it: the cast is confined to here. */
function own(disk: DiskFile): MutableDisk {
  return disk as MutableDisk;
}

/** Most files never have a child: they share this. Nothing is ever added to it. */
const NO_CHILDREN: Set<DiskFile> = new Set();

function adopt(parent: MutableDisk, child: DiskFile): void {
  if (parent.children === NO_CHILDREN) parent.children = new Set([child]);
  else parent.children.add(child);
}

export class DiskStore {
  readonly #identities: DiskIdentities;
  readonly #byFile = new Map<StoredFile, DiskFile>();

  constructor(identities: DiskIdentities) {
    this.#identities = identities;
  }

  /** The disk behind a file of a datastore. */
  of(file: StoredFile): DiskFile | undefined {
    return this.#byFile.get(file);
  }

  /** Every disk that is there. */
  get all(): Iterable<DiskFile> {
    return this.#byFile.values();
  }

  /** Disks that were there before the simulator was stopped, and those that are gone but have children. Nobody holds them yet. */
  adopt(disks: Iterable<DiskFile>): void {
    for (const leaf of disks) {
      for (const disk of chainOf(leaf)) {
        Object.assign(own(disk), { holds: 0, uses: 0 });
        if (disk.children.size === 0) own(disk).children = NO_CHILDREN;
        if (!disk.deleted) this.#byFile.set(disk.file, disk);
      }
    }
  }

  /** A disk without a parent. Throws NoDiskSpace or FileAlreadyExists. */
  createBase(spec: BaseDiskSpec): DiskFile {
    const data = spec.thin ? Math.min(spec.dataBytes, spec.capacityBytes) : spec.capacityBytes;
    return this.#create(spec.volume, spec.path, data, {
      parent: undefined,
      capacityBytes: spec.capacityBytes,
      thin: spec.thin,
      uuid: undefined,
    });
  }

  /** A delta on `parent`. Throws NoDiskSpace, FileAlreadyExists, or FileNotFound when the parent is gone. */
  createChild(spec: ChildDiskSpec): DiskFile {
    if (spec.parent.deleted) throw fileNotFound(spec.parent.file.path);
    const about = { parent: spec.parent, capacityBytes: spec.parent.capacityBytes, thin: true, uuid: spec.uuid };
    const child = this.#create(spec.volume, spec.path, spec.dataBytes ?? 0, about);
    adopt(own(spec.parent), child);
    return child;
  }

  /** One more current disk or snapshot of a registered VM points at `leaf`. */
  hold(leaf: DiskFile): void {
    own(leaf).holds += 1;
    for (const file of chainOf(leaf)) own(file).uses += 1;
  }

  release(leaf: DiskFile): void {
    if (leaf.holds === 0) throw new Error(`${leaf.file.path} is released more often than held`);
    own(leaf).holds -= 1;
    for (const file of chainOf(leaf)) own(file).uses -= 1;
  }

  /** Deletes from `leaf` down to the first file that a registered VM uses. Returns what it deleted, the leaf first. */
  deleteUnused(leaf: DiskFile): readonly DiskFile[] {
    const deleted: DiskFile[] = [];
    for (const file of [...chainOf(leaf)]) {
      if (file.uses > 0) break;
      if (file.deleted) continue;
      this.#delete(own(file));
      deleted.push(file);
    }
    return deleted;
  }

  /** Somebody deletes the very file, whatever is built on it: what is has a hole then. Throws for one that a registered VM uses. */
  deleteFile(disk: DiskFile): void {
    if (disk.uses > 0) throw new Error(`${disk.file.path} is in use`);
    this.#delete(own(disk));
  }

  /** Guest writes: the file grows by `bytes`, at most to its capacity. Throws NoDiskSpace. */
  write(disk: DiskFile, bytes: number): void {
    const size = Math.min(dataBytes(disk) + bytes, disk.capacityBytes);
    disk.file.volume.resize(disk.file, size + DESCRIPTOR_BYTES);
    this.#newContent(own(disk));
  }

  /** The contents fall back to `bytes` of data (a nonpersistent disk at power-off). */
  truncate(disk: DiskFile, bytes: number): void {
    if (bytes >= dataBytes(disk)) return;
    disk.file.volume.resize(disk.file, bytes + DESCRIPTOR_BYTES);
    this.#newContent(own(disk));
  }

  /** Sets the size of a disk without parent and children. Throws InvalidDeviceOperation for one with a parent, NoDiskSpace. */
  expand(disk: DiskFile, capacityBytes: number, deviceIndex: number): DiskFile {
    if (disk.parent !== undefined || disk.children.size > 0) {
      const fields = { deviceIndex, badOp: 'edit', property: 'virtualDeviceSpec.device.capacityInKB' };
      throw new VimFault(
        'InvalidDeviceOperation',
        fields,
        `Invalid operation for device '${deviceIndex}'. Disks with parents cannot be expanded.`,
      );
    }
    if (!disk.thin) disk.file.volume.resize(disk.file, capacityBytes + DESCRIPTOR_BYTES);
    Object.assign(own(disk), { capacityBytes });
    this.#touched(own(disk));
    return disk;
  }

  /** Allocates every block of a disk without a parent. Throws NoDiskSpace. */
  fill(disk: DiskFile): void {
    disk.file.volume.resize(disk.file, disk.capacityBytes + DESCRIPTOR_BYTES);
    Object.assign(own(disk), { thin: false });
    this.#newContent(own(disk));
  }

  /** Gives a disk another uuid. */
  identify(disk: DiskFile, uuid: string): void {
    Object.assign(own(disk), { uuid });
    this.#touched(own(disk));
  }

  /** Merges `child` into its parent, whose only child it is and which nobody points at. Returns the parent, now the child's stand-in. */
  mergeIntoParent(child: DiskFile): DiskFile {
    const parent = child.parent;
    if (parent === undefined || parent.holds > 0 || parent.children.size !== 1)
      throw new Error(`${child.file.path} can't be merged`);
    const target = own(parent);
    const size = Math.min(dataBytes(parent) + dataBytes(child), parent.capacityBytes);
    // Consolidation must work on a datastore that is full: there the delta goes before its parent grows.
    if (child.file.volume === parent.file.volume) child.file.volume.resize(child.file, DESCRIPTOR_BYTES);
    parent.file.volume.resize(parent.file, size + DESCRIPTOR_BYTES);
    target.children = NO_CHILDREN;
    for (const grandchild of child.children) {
      own(grandchild).parent = parent;
      adopt(target, grandchild);
    }
    target.holds = child.holds;
    Object.assign(own(child), { children: NO_CHILDREN, holds: 0, uses: 0 });
    this.#delete(own(child));
    this.#newContent(target);
    return parent;
  }

  /** Puts a delta on another parent with the same contents as the one it had. Nobody else's uses change hands but its own. */
  rebase(disk: DiskFile, parent: DiskFile): void {
    const before = disk.parent;
    if (before === undefined) throw new Error(`${disk.file.path} has no parent to leave`);
    for (const file of chainOf(before)) own(file).uses -= disk.uses;
    own(before).children.delete(disk);
    own(disk).parent = parent;
    adopt(own(parent), disk);
    for (const file of chainOf(parent)) own(file).uses += disk.uses;
    this.#touched(own(disk));
  }

  #create(volume: Volume, path: string, data: number, about: DiskNature): DiskFile {
    const file = volume.create(path, 'diskDescriptor', data + DESCRIPTOR_BYTES);
    const disk: MutableDisk = {
      ...about,
      file,
      children: NO_CHILDREN,
      uuid: about.uuid ?? this.#identities.uuid(),
      contentId: this.#identities.contentId(),
      holds: 0,
      uses: 0,
      deleted: false,
      revision: 0,
    };
    this.#byFile.set(file, disk);
    return disk;
  }

  #delete(disk: MutableDisk): void {
    disk.file.volume.remove(disk.file);
    this.#byFile.delete(disk.file);
    disk.deleted = true;
    if (disk.parent !== undefined) own(disk.parent).children.delete(disk);
  }

  #newContent(disk: MutableDisk): void {
    disk.contentId = this.#identities.contentId();
    this.#touched(disk);
  }

  /** What is built on a file shows it in its own backing. */
  #touched(disk: MutableDisk): void {
    disk.revision += 1;
    for (const child of disk.children) this.#touched(own(child));
  }
}

/** A file of a datastore isn't there. */
export function fileNotFound(path: string): VimFault {
  return new VimFault('FileNotFound', { file: path }, `File ${path} was not found`);
}
