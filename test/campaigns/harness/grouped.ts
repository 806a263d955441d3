// Long lists that oracles look things up in again and again, by a key: hours of life have too many entries to go through all
// of them for each one.

interface Cached {
  /** Of the list when it was grouped: what is added later counts, too. */
  readonly length: number;
  readonly groups: ReadonlyMap<string, readonly unknown[]>;
}

type KeyOf<T> = (one: T) => string;

const caches = new WeakMap<readonly unknown[], Map<unknown, Cached>>();

/** The list's entries by their keys, in its order. `keyOf` is a function of its module, by which the groups are kept. */
export function grouped<T>(all: readonly T[], keyOf: KeyOf<T>): ReadonlyMap<string, readonly T[]> {
  const known = caches.get(all)?.get(keyOf);
  if (known?.length === all.length) return known.groups as ReadonlyMap<string, readonly T[]>;
  const groups = Map.groupBy(all, keyOf);
  const ofList = caches.get(all) ?? new Map<unknown, Cached>();
  ofList.set(keyOf, { length: all.length, groups });
  caches.set(all, ofList);
  return groups;
}
