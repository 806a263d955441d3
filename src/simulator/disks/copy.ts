// Copies of disk chains: flattened (a full clone), the child-most file only, or a VM's whole tree with its snapshots.
import { allocatedBytes, chainOf, dataBytes } from './disk-file.ts';
import type { DiskFile } from './disk-file.ts';
import type { DiskStore } from './disk-store.ts';
import type { Volume } from './volume.ts';

export interface CopyTarget {
  readonly volume: Volume;
  /** Path of the copy; called once a file. */
  nextPath(): string;
}

/** One file with all the blocks of the chain. Throws NoDiskSpace. */
export function copyFlat(store: DiskStore, source: DiskFile, target: CopyTarget): DiskFile {
  return store.createBase({
    volume: target.volume,
    path: target.nextPath(),
    capacityBytes: source.capacityBytes,
    dataBytes: allocatedBytes(source),
    thin: baseOf(source).thin,
  });
}

/** A copy of the leaf on the same parent, which is shared from then on; a disk without a parent is copied whole. */
export function copyChildMost(store: DiskStore, source: DiskFile, target: CopyTarget): DiskFile {
  if (source.parent === undefined) return copyFlat(store, source, target);
  return store.createChild({
    volume: target.volume,
    path: target.nextPath(),
    parent: source.parent,
    dataBytes: dataBytes(source),
  });
}

/**
 * Copies a tree of which only `points` (snapshots and the current disk) have to survive: each becomes one file on the
 * copy of the nearest point below it; everything between is merged. Returns the copy of every point. Throws NoDiskSpace,
 * leaving nothing behind.
 */
export function copyTree(
  store: DiskStore,
  points: readonly DiskFile[],
  target: CopyTarget,
): ReadonlyMap<DiskFile, DiskFile> {
  const wanted = new Set(points);
  const copies = new Map<DiskFile, DiskFile>();
  function copyOf(point: DiskFile): DiskFile {
    const known = copies.get(point);
    if (known !== undefined) return known;
    let data = 0;
    let below: DiskFile | undefined;
    for (const file of chainOf(point)) {
      if (file !== point && wanted.has(file)) {
        below = file;
        break;
      }
      data += dataBytes(file);
    }
    const copy =
      below === undefined
        ? copyFlat(store, point, target)
        : store.createChild({
            volume: target.volume,
            parent: copyOf(below),
            path: target.nextPath(),
            dataBytes: Math.min(data, point.capacityBytes),
          });
    copies.set(point, copy);
    return copy;
  }
  try {
    for (const point of wanted) copyOf(point);
  } catch (error) {
    for (const copy of copies.values()) store.deleteUnused(copy);
    throw error;
  }
  return copies;
}

function baseOf(leaf: DiskFile): DiskFile {
  let base = leaf;
  for (const file of chainOf(leaf)) base = file;
  return base;
}
