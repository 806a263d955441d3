// Consolidation: deltas that no snapshot needs any more are merged into what they were made on.
// A file is merged only when the whole subtree is one VM's own: what a linked clone of somebody else stands on stays as it
// is, and so does what the files of an unregistered VM stand on.
import { chainOf } from './disk-file.ts';
import type { DiskFile } from './disk-file.ts';
import type { DiskStore } from './disk-store.ts';
import { isUnshared, ownUses } from './usage.ts';

/** Decides whether a file may take its child's contents; the caller keeps inherited bases out of it. */
export type MayMerge = (parent: DiskFile) => boolean;

/**
 * Merges what can be merged in the chains of `holds` (one entry for every disk and snapshot of the VM).
 * Returns which file stands in for each file that went.
 */
export function consolidate(
  store: DiskStore,
  holds: readonly DiskFile[],
  mayMerge: MayMerge,
): ReadonlyMap<DiskFile, DiskFile> {
  const standIns = new Map<DiskFile, DiskFile>();
  let held = holds;
  for (let child = nextMerge(held, mayMerge); child !== undefined; child = nextMerge(held, mayMerge)) {
    const gone = child;
    const parent = store.mergeIntoParent(gone);
    for (const [from, to] of standIns) if (to === gone) standIns.set(from, parent);
    standIns.set(gone, parent);
    held = held.map((leaf) => (leaf === gone ? parent : leaf));
  }
  return standIns;
}

/** True when a chain holds a delta that no snapshot needs: it could not be merged because others use what lies below. */
export function needsConsolidation(
  current: readonly DiskFile[],
  snapshots: readonly DiskFile[],
  isOwn: MayMerge,
): boolean {
  const own = ownUses([...current, ...snapshots]);
  for (const leaf of current) {
    for (const file of chainOf(leaf)) {
      if (file === leaf || file.holds > 0 || !isOwn(file)) continue;
      const branches = [...file.children].filter((child) => own.has(child));
      if (branches.length === 1) return true;
    }
  }
  return false;
}

function nextMerge(holds: readonly DiskFile[], mayMerge: MayMerge): DiskFile | undefined {
  const own = ownUses(holds);
  for (const leaf of holds) {
    for (const file of chainOf(leaf)) {
      const parent = file.parent;
      if (parent === undefined || parent.deleted || parent.holds > 0 || parent.children.size !== 1) continue;
      if (isUnshared(parent, own) && mayMerge(parent) && !carriesUnused(parent)) return file;
    }
  }
  return undefined;
}

/** Files that no registered VM uses and nobody deleted: those of an unregistered VM, which may come back. */
function carriesUnused(file: DiskFile): boolean {
  return [...file.children].some((child) => child.uses === 0 || carriesUnused(child));
}
