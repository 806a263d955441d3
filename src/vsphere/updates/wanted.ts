// What the listeners want to see, apart from any session: it is set up again whenever the session or the collector is new.
import { LARGEST_PAGE } from '../inventory/page-size.ts';
import { moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';

export interface WantedType {
  readonly paths: readonly string[];
  readonly refs: Map<string, MoRef>;
}

export class Wanted {
  readonly folders = new Map<string, MoRef>();
  readonly types = new Map<string, WantedType>();
  #vmPaths: readonly string[] | undefined;
  #pageLimit = LARGEST_PAGE;

  /** Paths watched of each virtual machine in the folders; none before the first folder. */
  get vmPaths(): readonly string[] {
    return this.#vmPaths ?? [];
  }

  /** Most objects in one answer. */
  get pageLimit(): number {
    return this.#pageLimit;
  }

  /** An answer was too much to be read: from now on there are at most so many objects in one, but always one. */
  limitPage(objects: number): void {
    this.#pageLimit = Math.max(1, Math.min(this.#pageLimit, objects));
  }

  addFolders(folders: readonly MoRef[], vmPaths: readonly string[]): void {
    if (this.#vmPaths !== undefined && !sameSet(this.#vmPaths, vmPaths)) {
      throw new TypeError('all folders are watched with the same paths');
    }
    this.#vmPaths ??= [...vmPaths];
    for (const folder of folders) this.folders.set(moRefKey(folder), folder);
  }

  addObjects(refs: readonly MoRef[], paths: readonly string[]): void {
    for (const ref of refs) {
      let type = this.types.get(ref.type);
      if (type === undefined) {
        type = { paths: [...paths], refs: new Map() };
        this.types.set(ref.type, type);
      }
      if (!sameSet(type.paths, paths))
        throw new TypeError(`all objects of type ${ref.type} are watched with the same paths`);
      type.refs.set(moRefKey(ref), ref);
    }
  }

  removeObject(ref: MoRef): void {
    this.types.get(ref.type)?.refs.delete(moRefKey(ref));
  }
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && right.every((path) => left.includes(path));
}
