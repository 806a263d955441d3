// Names within a folder are unique, whatever their case: vCenter's only mutual exclusion between two clients that make
// the same thing. A name can also be claimed before its owner exists (a clone that is still being made).
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { VimFault } from '../core/vim-fault.ts';

export class FolderNames {
  readonly #byFolder = new Map<string, Map<string, MoRef>>();

  /** What has this name in a folder. */
  find(folder: MoRef, name: string): MoRef | undefined {
    return this.#byFolder.get(folder.value)?.get(name.toLowerCase());
  }

  /** Throws DuplicateName, whose `object` is what has the name. */
  demandFree(folder: MoRef, name: string): void {
    const object = this.find(folder, name);
    if (object !== undefined)
      throw new VimFault('DuplicateName', { name, object }, `The name '${name}' already exists.`);
  }

  /** Gives a name to `owner`. Throws DuplicateName. */
  claim(folder: MoRef, name: string, owner: MoRef): void {
    this.demandFree(folder, name);
    let names = this.#byFolder.get(folder.value);
    if (names === undefined) this.#byFolder.set(folder.value, (names = new Map()));
    names.set(name.toLowerCase(), owner);
  }

  release(folder: MoRef, name: string): void {
    this.#byFolder.get(folder.value)?.delete(name.toLowerCase());
  }

  /** Names by folder, without those of objects that are still being made. */
  save(): ReadonlyMap<string, ReadonlyMap<string, MoRef>> {
    return new Map(
      [...this.#byFolder].map(([folder, names]) => [
        folder,
        new Map([...names].filter(([, owner]) => owner.value !== folder)),
      ]),
    );
  }

  /** What `save` gave is all there is. */
  load(saved: ReadonlyMap<string, ReadonlyMap<string, MoRef>>): void {
    this.#byFolder.clear();
    for (const [folder, names] of saved) this.#byFolder.set(folder, new Map(names));
  }

  /** The folder itself is gone. */
  forget(folder: MoRef): void {
    this.#byFolder.delete(folder.value);
  }
}
