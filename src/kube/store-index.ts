// One secondary index of a store: the objects by the values that a function reads from them, kept up to date in time
// proportional to the values of the object that changed.
import type { KubeObject } from './objects.ts';

export type IndexFunction<T> = (object: T) => readonly string[];

export class StoreIndex<T extends KubeObject> {
  readonly #valuesOf: IndexFunction<T>;
  readonly #byValue = new Map<string, Map<string, T>>();
  readonly #valuesByKey = new Map<string, readonly string[]>();

  constructor(valuesOf: IndexFunction<T>) {
    this.#valuesOf = valuesOf;
  }

  /** Objects with that value, in the order in which they got it. */
  get(value: string): readonly T[] {
    return [...(this.#byValue.get(value)?.values() ?? [])];
  }

  put(key: string, object: T): void {
    const before = this.#valuesByKey.get(key) ?? [];
    const now = this.#valuesOf(object);
    for (const value of before) if (!now.includes(value)) this.#drop(value, key);
    for (const value of now) {
      const members = this.#byValue.get(value) ?? new Map<string, T>();
      members.set(key, object);
      this.#byValue.set(value, members);
    }
    if (now.length > 0) this.#valuesByKey.set(key, now);
    else this.#valuesByKey.delete(key);
  }

  remove(key: string): void {
    for (const value of this.#valuesByKey.get(key) ?? []) this.#drop(value, key);
    this.#valuesByKey.delete(key);
  }

  #drop(value: string, key: string): void {
    const members = this.#byValue.get(value);
    members?.delete(key);
    // Values come and go (UIDs of owners): empty sets must not pile up.
    if (members?.size === 0) this.#byValue.delete(value);
  }
}
