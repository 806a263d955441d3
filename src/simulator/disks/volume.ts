// The space of one datastore: which files there are and how many bytes they take.
// Guarantees: used space is the sum of the files' bytes and nothing else; no write goes beyond the capacity (NoDiskSpace);
// a path names at most one file.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { VimFault } from '../core/vim-fault.ts';
import { folderOf } from './stored-file.ts';
import type { StoredFile, StoredFileKind } from './stored-file.ts';

interface MutableFile extends StoredFile {
  bytes: number;
  modifiedAt: number;
}

export interface VolumeOptions {
  readonly ref: MoRef;
  readonly name: string;
  readonly capacityBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called after every change of the used space. */
  readonly changed?: (volume: Volume) => void;
}

export class Volume {
  /** The Datastore object that this is the space of. */
  readonly ref: MoRef;
  readonly name: string;
  readonly capacityBytes: number;
  readonly #files = new Map<string, MutableFile>();
  readonly #folders = new Map<string, Set<MutableFile>>();
  /** Folders that somebody made: they stay when they are empty. */
  readonly #made = new Set<string>();
  readonly #now: () => number;
  readonly #changed: (volume: Volume) => void;
  #usedBytes = 0;
  #isAccessible = true;

  constructor(options: VolumeOptions) {
    this.ref = options.ref;
    this.name = options.name;
    this.capacityBytes = options.capacityBytes;
    this.#now = options.now;
    this.#changed = options.changed ?? (() => undefined);
  }

  /** False: no host reaches it. Nothing grows then; what goes, goes from the books. */
  get isAccessible(): boolean {
    return this.#isAccessible;
  }

  set isAccessible(value: boolean) {
    this.#isAccessible = value;
    this.#changed(this);
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get freeBytes(): number {
    return this.capacityBytes - this.#usedBytes;
  }

  /** `[name] inner`. */
  pathOf(inner: string): string {
    return `[${this.name}] ${inner}`;
  }

  get(path: string): StoredFile | undefined {
    return this.#files.get(path);
  }

  get files(): Iterable<StoredFile> {
    return this.#files.values();
  }

  /** The files that lie directly in a folder (no leading or trailing slash). */
  filesIn(folder: string): Iterable<StoredFile> {
    return this.#folders.get(folder) ?? [];
  }

  /** Folders exist as long as they hold a file, or from makeFolder to removeFolder. */
  get folders(): Iterable<string> {
    return new Set([...this.#folders.keys(), ...this.#made]);
  }

  /** Names of the folders that lie directly in a folder; walks all of them. */
  foldersIn(folder: string): readonly string[] {
    const start = folder === '' ? '' : `${folder}/`;
    const names = new Set<string>();
    for (const known of this.folders)
      if (known.startsWith(start) && known !== '') names.add(known.slice(start.length).split('/')[0] as string);
    return [...names];
  }

  /** True when a new VM can't have the folder for itself: a file lies directly in it, or somebody made it. */
  isTaken(folder: string): boolean {
    return this.#folders.has(folder) || this.#made.has(folder);
  }

  /** True for folders that were made or hold a file at any depth; walks all of them. */
  hasFolder(folder: string): boolean {
    if (folder === '' || this.isTaken(folder)) return true;
    for (const known of this.folders) if (known.startsWith(`${folder}/`)) return true;
    return false;
  }

  /** A folder that stays although nothing is in it. */
  makeFolder(folder: string): void {
    this.#made.add(folder);
  }

  /** Forgets a folder and those below it; its files are the caller's business. */
  removeFolder(folder: string): void {
    for (const made of this.#made) if (made === folder || made.startsWith(`${folder}/`)) this.#made.delete(made);
  }

  /** Makes a file. Throws FileAlreadyExists, NoDiskSpace or InaccessibleDatastore. */
  create(path: string, kind: StoredFileKind, bytes: number): StoredFile {
    this.demandAccessible();
    if (this.#files.has(path))
      throw new VimFault('FileAlreadyExists', { file: path }, `The file ${path} already exists`);
    this.#demand(path, bytes);
    const file: MutableFile = { volume: this, path, kind, bytes, modifiedAt: this.#now() };
    this.#place(file);
    this.#add(bytes);
    return file;
  }

  #place(file: MutableFile): void {
    this.#files.set(file.path, file);
    const folder = folderOf(file.path);
    const siblings = this.#folders.get(folder);
    if (siblings === undefined) this.#folders.set(folder, new Set([file]));
    else siblings.add(file);
  }

  /** A file that was there before the simulator was stopped. */
  adopt(file: StoredFile): void {
    this.#place(file);
    this.#usedBytes += file.bytes;
  }

  /** Folders that somebody made. */
  get madeFolders(): readonly string[] {
    return [...this.#made];
  }

  /** Sets a file's size. When it grows, throws NoDiskSpace beyond what is free, and InaccessibleDatastore. */
  resize(file: StoredFile, bytes: number): void {
    const own = this.#own(file);
    if (bytes > own.bytes) this.demandAccessible();
    this.#demand(own.path, bytes - own.bytes);
    const difference = bytes - own.bytes;
    own.bytes = bytes;
    own.modifiedAt = this.#now();
    this.#add(difference);
  }

  remove(file: StoredFile): void {
    const own = this.#own(file);
    this.#files.delete(own.path);
    const folder = folderOf(own.path);
    const siblings = this.#folders.get(folder);
    siblings?.delete(own);
    if (siblings?.size === 0) this.#folders.delete(folder);
    this.#add(-own.bytes);
  }

  /** Throws InaccessibleDatastore. */
  demandAccessible(): void {
    if (this.#isAccessible) return;
    throw new VimFault(
      'InaccessibleDatastore',
      { datastore: this.ref, name: this.name, detail: 'All paths to the datastore are down.' },
      `The datastore '${this.name}' is not accessible.`,
    );
  }

  #own(file: StoredFile): MutableFile {
    const own = this.#files.get(file.path);
    if (own !== file) throw new Error(`${file.path} is not a file of ${this.name}`);
    return own;
  }

  #demand(path: string, bytes: number): void {
    if (bytes <= this.freeBytes) return;
    throw new VimFault(
      'NoDiskSpace',
      { file: path, datastore: this.name },
      `Insufficient disk space on datastore '${this.name}'.`,
    );
  }

  #add(bytes: number): void {
    this.#usedBytes += bytes;
    if (bytes !== 0) this.#changed(this);
  }
}
