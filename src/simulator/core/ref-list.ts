// A property that lists references and may get long (`folder.childEntity`, `datastore.vm`): adding and removing cost one
// step however many there are, and the array is made when somebody reads it. An array that was handed out never changes.
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';

export class RefList {
  readonly #refs: Map<string, MoRef>;
  #array: readonly MoRef[] | undefined;

  constructor(refs: readonly MoRef[]) {
    this.#refs = new Map(refs.map((ref) => [moRefKey(ref), ref]));
  }

  /** Puts `ref` behind the others; false when it is there already. */
  add(ref: MoRef): boolean {
    const before = this.#refs.size;
    this.#refs.set(moRefKey(ref), ref);
    return this.#isOther(before);
  }

  /** False when it isn't there. */
  delete(ref: MoRef): boolean {
    const before = this.#refs.size;
    this.#refs.delete(moRefKey(ref));
    return this.#isOther(before);
  }

  toArray(): readonly MoRef[] {
    this.#array ??= [...this.#refs.values()];
    return this.#array;
  }

  #isOther(sizeBefore: number): boolean {
    if (this.#refs.size === sizeBefore) return false;
    this.#array = undefined;
    return true;
  }
}
