// VirtualMachineFileLayoutEx: every file of a VM with its size and what of it is the VM's alone, and each disk's chain.
// A disk's file shows up as the descriptor and the extent that it stands for. The base comes first in a chain.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { DESCRIPTOR_BYTES, chainOf, dataBytes } from './disk-file.ts';
import type { DiskFile } from './disk-file.ts';
import type { StoredFile } from './stored-file.ts';
import { isUnshared, ownUses } from './usage.ts';

export interface LayoutDisk {
  /** Device key. */
  readonly key: number;
  readonly leaf: DiskFile;
}

export interface LayoutSnapshot {
  readonly ref: MoRef;
  readonly data: StoredFile;
  readonly memory: StoredFile | undefined;
  readonly disks: readonly LayoutDisk[];
}

export interface LayoutInput {
  readonly plain: readonly StoredFile[];
  readonly disks: readonly LayoutDisk[];
  readonly snapshots: readonly LayoutSnapshot[];
  /** ISO time. */
  readonly timestamp: string;
}

interface FileInfo {
  readonly key: number;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly uniqueSize: number;
  readonly accessible: boolean;
}

/** The property `layoutEx`. */
export function layoutEx(input: LayoutInput): Record<string, unknown> {
  const files: FileInfo[] = [];
  const keyOfPlain = new Map<StoredFile, number>();
  const keysOfDisk = new Map<DiskFile, readonly number[]>();
  const leaves = [...input.disks, ...input.snapshots.flatMap((snapshot) => snapshot.disks)].map((disk) => disk.leaf);
  const own = ownUses(leaves);

  function add(from: StoredFile, name: string, type: string, size: number, unshared: boolean): number {
    const accessible = from.volume.isAccessible;
    files.push({ key: files.length, name, type, size, uniqueSize: unshared ? size : 0, accessible });
    return files.length - 1;
  }
  function unit(disk: DiskFile): { fileKey: readonly number[] } {
    let keys = keysOfDisk.get(disk);
    if (keys === undefined) {
      const unshared = isUnshared(disk, own);
      const descriptor = add(disk.file, disk.file.path, 'diskDescriptor', DESCRIPTOR_BYTES, unshared);
      keys = [descriptor, add(disk.file, extentPath(disk), 'diskExtent', dataBytes(disk), unshared)];
      keysOfDisk.set(disk, keys);
    }
    return { fileKey: keys };
  }
  function disks(of: readonly LayoutDisk[]): readonly Record<string, unknown>[] {
    return of.map((disk) => ({
      key: disk.key,
      chain: [...chainOf(disk.leaf)]
        .filter((file) => !file.deleted)
        .toReversed()
        .map(unit),
    }));
  }

  for (const file of input.plain) keyOfPlain.set(file, add(file, file.path, file.kind, file.bytes, true));
  const current = disks(input.disks);
  const snapshots = input.snapshots.map((snapshot) => ({
    key: snapshot.ref,
    dataKey: keyOfPlain.get(snapshot.data) ?? -1,
    memoryKey: snapshot.memory === undefined ? -1 : (keyOfPlain.get(snapshot.memory) ?? -1),
    disk: disks(snapshot.disks),
  }));
  return { file: files, disk: current, snapshot: snapshots, timestamp: input.timestamp };
}

/** The file that the descriptor of a disk names. */
function extentPath(disk: DiskFile): string {
  return disk.file.path.replace(/\.vmdk$/, disk.parent === undefined ? '-flat.vmdk' : '-delta.vmdk');
}
