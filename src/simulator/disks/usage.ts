// What a VM takes on each datastore: committed, uncommitted, unshared, as VirtualMachineUsageOnDatastore means them.
// Follows from the files alone: a file is shared when the disks or snapshots of another registered VM need it.
import { chainOf, dataBytes } from './disk-file.ts';
import type { DiskFile } from './disk-file.ts';
import type { StoredFile } from './stored-file.ts';
import type { Volume } from './volume.ts';

export interface VmFiles {
  /** Configuration, logs, swap, snapshot data: never shared. */
  readonly plain: readonly StoredFile[];
  /** The files that the VM's disks point at now. */
  readonly current: readonly DiskFile[];
  /** The files that its snapshots point at. */
  readonly snapshots: readonly DiskFile[];
}

export interface VolumeUsage {
  committed: number;
  uncommitted: number;
  unshared: number;
}

/** For every file that the VM needs: how many of the VM's own disks and snapshots need it. */
export function ownUses(holds: Iterable<DiskFile>): ReadonlyMap<DiskFile, number> {
  const uses = new Map<DiskFile, number>();
  for (const leaf of holds) {
    for (const file of chainOf(leaf)) uses.set(file, (uses.get(file) ?? 0) + 1);
  }
  return uses;
}

/** True when no other registered VM needs the file. */
export function isUnshared(file: DiskFile, own: ReadonlyMap<DiskFile, number>): boolean {
  return file.uses <= (own.get(file) ?? 0);
}

/** Usage by volume; volumes on which the VM has nothing are left out. */
export function usageOf(files: VmFiles): ReadonlyMap<Volume, VolumeUsage> {
  const byVolume = new Map<Volume, VolumeUsage>();
  function on(volume: Volume): VolumeUsage {
    let usage = byVolume.get(volume);
    if (usage === undefined) byVolume.set(volume, (usage = { committed: 0, uncommitted: 0, unshared: 0 }));
    return usage;
  }
  for (const file of files.plain) {
    const usage = on(file.volume);
    usage.committed += file.bytes;
    usage.unshared += file.bytes;
  }
  const own = ownUses([...files.current, ...files.snapshots]);
  for (const disk of own.keys()) {
    if (disk.deleted) continue;
    const usage = on(disk.file.volume);
    usage.committed += disk.file.bytes;
    if (isUnshared(disk, own)) usage.unshared += disk.file.bytes;
  }
  for (const leaf of files.current) on(leaf.file.volume).uncommitted += leaf.capacityBytes - dataBytes(leaf);
  return byVolume;
}
