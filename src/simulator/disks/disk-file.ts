// One file of a disk chain: a base disk or a delta on a parent. It knows its children and who uses it.
// `holds` counts the current disks and snapshots of registered VMs that point at this very file, `uses` those that point
// at it or at anything built on it: a file whose `uses` is 0 is needed by no registered VM.
import type { StoredFile } from './stored-file.ts';

/** Bytes of a disk's descriptor; the rest of its file is data. */
export const DESCRIPTOR_BYTES = 512;

export interface DiskFile {
  readonly file: StoredFile;
  readonly parent: DiskFile | undefined;
  readonly children: ReadonlySet<DiskFile>;
  readonly capacityBytes: number;
  readonly thin: boolean;
  readonly uuid: string;
  /** Changes whenever the contents do (the CID of a descriptor). */
  readonly contentId: string;
  readonly holds: number;
  readonly uses: number;
  /** True once the file is gone. */
  readonly deleted: boolean;
  /** Counts what a backing shows of this file and of those below it: a cached backing of an older one is stale. */
  readonly revision: number;
}

/** Bytes of its own that a file holds, without its descriptor. */
export function dataBytes(disk: DiskFile): number {
  return disk.file.bytes - DESCRIPTOR_BYTES;
}

/** From the file itself down to its base. */
export function* chainOf(leaf: DiskFile): Generator<DiskFile> {
  for (let at: DiskFile | undefined = leaf; at !== undefined; at = at.parent) yield at;
}

/** Number of files in the chain: 1 for a flat disk. */
export function chainDepth(leaf: DiskFile): number {
  return [...chainOf(leaf)].length;
}

/** What a full copy of the disk would take: every block counted once at most, so never more than the capacity. */
export function allocatedBytes(leaf: DiskFile): number {
  let bytes = 0;
  for (const file of chainOf(leaf)) bytes += dataBytes(file);
  return Math.min(bytes, leaf.capacityBytes);
}

/** The file of the chain that is gone, if one is: such a disk can't be opened. */
export function missingLink(leaf: DiskFile): DiskFile | undefined {
  for (const file of chainOf(leaf)) if (file.deleted) return file;
  return undefined;
}
