// The folder of a VM on its datastore and the small files in it. New VMs never share a folder, and no two files a name.
import { folderOf } from '../disks/stored-file.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import type { StoredFile, StoredFileKind } from '../disks/stored-file.ts';
import type { Volume } from '../disks/volume.ts';

/** Sizes as a small VM has them, in bytes. */
const VMX_BYTES = 3072;
const NVRAM_BYTES = 8684;
const VMSD_BYTES = 640;
const SNAPSHOT_DATA_BYTES = 28_160;
/** What a suspended VM's file holds besides the memory. */
const SUSPEND_STATE_BYTES = 2_097_152;

export interface SavedHome {
  readonly volume: Volume;
  readonly folder: string;
  readonly stem: string;
  readonly files: readonly StoredFile[];
  readonly swap: StoredFile | undefined;
  readonly suspended: StoredFile | undefined;
}

export class VmHome {
  readonly volume: Volume;
  readonly folder: string;
  /** What its file names start with: the VM's name when it was made. */
  readonly stem: string;
  readonly #files = new Set<StoredFile>();
  #swap: StoredFile | undefined;
  #suspended: StoredFile | undefined;

  private constructor(volume: Volume, folder: string, stem: string) {
    this.volume = volume;
    this.folder = folder;
    this.stem = stem;
  }

  /**
   * Makes folder and files for a VM of that name, in a folder of its own unless a client says where. Throws NoDiskSpace or
   * FileAlreadyExists, leaving nothing behind.
   */
  static create(volume: Volume, name: string, place?: { readonly folder: string; readonly stem: string }): VmHome {
    const home = new VmHome(volume, place?.folder ?? freeFolder(volume, name), place?.stem ?? name);
    try {
      home.addFile('.vmx', 'config', VMX_BYTES);
      home.addFile('.nvram', 'nvram', NVRAM_BYTES);
      home.addFile('.vmsd', 'snapshotList', VMSD_BYTES);
    } catch (error) {
      home.remove();
      throw error;
    }
    return home;
  }

  /** The place of a VM whose files are gone, or belong to somebody else. */
  static lost(home: VmHome): VmHome {
    return new VmHome(home.volume, home.folder, home.stem);
  }

  /** A home that `load` fills. */
  static empty(volume: Volume, folder: string, stem: string): VmHome {
    return new VmHome(volume, folder, stem);
  }

  save(): SavedHome {
    const { volume, folder, stem, files } = this;
    return { volume, folder, stem, files, swap: this.#swap, suspended: this.#suspended };
  }

  load({ files, swap, suspended }: SavedHome): void {
    for (const file of files) this.#files.add(file);
    this.#swap = swap;
    this.#suspended = suspended;
  }

  get vmxPath(): string {
    return this.#path(`${this.stem}.vmx`);
  }

  /** Folder as a datastore path with a slash at the end, as `config.files` has it. */
  get folderPath(): string {
    return `${this.volume.pathOf(this.folder)}/`;
  }

  get files(): readonly StoredFile[] {
    return [...this.#files];
  }

  /** `suffix` goes behind the stem, `.vmx`. Throws NoDiskSpace. */
  addFile(suffix: string, kind: StoredFileKind, bytes: number): StoredFile {
    const file = this.volume.create(this.#path(`${this.stem}${suffix}`), kind, bytes);
    this.#files.add(file);
    return file;
  }

  /** The file with a snapshot's settings, and one with the memory when that was asked for. Throws NoDiskSpace. */
  addSnapshotFiles(id: number, memoryBytes: number): { data: StoredFile; memory: StoredFile | undefined } {
    const data = this.addFile(`-Snapshot${id}.vmsn`, 'snapshotData', SNAPSHOT_DATA_BYTES);
    if (memoryBytes === 0) return { data, memory: undefined };
    try {
      return { data, memory: this.addFile(`-Snapshot${id}.vmem`, 'snapshotMemory', memoryBytes) };
    } catch (error) {
      this.removeFile(data);
      throw error;
    }
  }

  /** True for its configuration, swap, snapshots' data …; disks aren't among them. */
  has(file: StoredFile): boolean {
    return this.#files.has(file);
  }

  removeFile(file: StoredFile): void {
    if (this.#files.delete(file)) this.volume.remove(file);
  }

  /** The swap file that a running VM has. Throws NoDiskSpace. */
  addSwap(bytes: number): void {
    this.#swap ??= this.addFile('.vswp', 'swap', bytes);
  }

  removeSwap(): void {
    if (this.#swap !== undefined) this.removeFile(this.#swap);
    this.#swap = undefined;
  }

  /** True when the VM's running state lies in a file here, also while the VM isn't registered. */
  get isSuspended(): boolean {
    return this.#suspended !== undefined;
  }

  /** The file that memory and devices of a suspended VM are in. Throws NoDiskSpace. */
  addSuspended(memoryBytes: number): void {
    this.#suspended ??= this.addFile('.vmss', 'suspend', memoryBytes + SUSPEND_STATE_BYTES);
  }

  removeSuspended(): void {
    if (this.#suspended !== undefined) this.removeFile(this.#suspended);
    this.#suspended = undefined;
  }

  /** A path for a new disk: `vm.vmdk`, `vm_1.vmdk`, …; on another datastore in a folder of the same name. */
  freeDiskPath(volume: Volume = this.volume): string {
    for (let n = 0; ; n++) {
      const path = volume.pathOf(`${this.folder}/${this.stem}${n === 0 ? '' : `_${n}`}.vmdk`);
      if (volume.get(path) === undefined) return path;
    }
  }

  /** A path for a delta on `disk`: `vm-000001.vmdk`, …. */
  freeDeltaPath(disk: DiskFile): string {
    const stem = disk.file.path.slice(disk.file.path.lastIndexOf('/') + 1).replace(/(-\d{6})?\.vmdk$/, '');
    const own = this.owns(disk) ? stem : this.stem;
    for (let n = 1; ; n++) {
      const path = this.#path(`${own}-${String(n).padStart(6, '0')}.vmdk`);
      if (this.volume.get(path) === undefined) return path;
    }
  }

  /** True when the file lies in this folder: not inherited from the VM that this one was cloned from. */
  owns(disk: DiskFile): boolean {
    return disk.file.volume === this.volume && folderOf(disk.file.path) === this.folder;
  }

  /** Removes every file that is no disk. */
  remove(): void {
    for (const file of this.#files) this.volume.remove(file);
    this.#files.clear();
    this.#swap = undefined;
    this.#suspended = undefined;
  }

  #path(file: string): string {
    return this.volume.pathOf(`${this.folder}/${file}`);
  }
}

/** `name`, `name_1`, …: the first that nothing lies in. */
function freeFolder(volume: Volume, name: string): string {
  let folder = name;
  for (let n = 1; volume.isTaken(folder); n++) folder = `${name}_${n}`;
  return folder;
}
