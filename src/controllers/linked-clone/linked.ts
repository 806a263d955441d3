// The evidence that a VM is a linked clone: every disk's backing leads to a file of the base. Where the storage makes the
// clone natively (vVols, VAAI-NFS) vCenter hides the parent and says so (VirtualDisk.nativeUnmanagedLinkedClone). Pure.
import type { Device } from '../base-snapshot/disks.ts';
import { oneLine } from '../../vsphere/fault-message.ts';
import { chainOf, disksOf, labelOf } from '../base-snapshot/disks.ts';

export interface LinkEvidence {
  readonly linked: boolean;
  readonly reason: 'DeltaDisks' | 'ParentHidden' | 'FullCopy';
  readonly message: string;
  /** Files in the longest chain. */
  readonly depth: number;
}

/** `baseDisks`: the disks of the base's snapshot; a clone has a delta for each of them. */
export function linkEvidence(devices: readonly Device[], baseDisks: readonly Device[]): LinkEvidence {
  const baseFiles = new Set(disksOf(baseDisks).flatMap((disk) => disk.backing?.fileName ?? []));
  const baseKeys = new Set(disksOf(baseDisks).map((disk) => disk.key));
  const own = disksOf(devices).filter((disk) => baseKeys.size === 0 || baseKeys.has(disk.key));
  const depth = Math.max(0, ...own.map((disk) => chainOf(disk.backing).length));
  const hidden = own.filter((disk) => disk.nativeUnmanagedLinkedClone === true);
  const loose = own.filter((disk) => disk.nativeUnmanagedLinkedClone !== true && !leadsTo(disk, baseFiles));
  if (own.length === 0) return { linked: false, reason: 'FullCopy', message: "it has none of the base's disks", depth };
  if (loose.length > 0) {
    const names = loose.map((disk) => `"${labelOf(disk)}" (${disk.backing?.fileName ?? 'no file'})`).join(', ');
    return {
      linked: false,
      reason: 'FullCopy',
      message: `disk ${oneLine(names)} doesn't lead to a disk of the base`,
      depth,
    };
  }
  if (hidden.length > 0)
    return {
      linked: true,
      reason: 'ParentHidden',
      message: 'the storage made the clone natively and hides the parent',
      depth,
    };
  return {
    linked: true,
    reason: 'DeltaDisks',
    message: `${own.length} delta disk${own.length === 1 ? '' : 's'} on the base, chain depth ${depth}`,
    depth,
  };
}

/** A parent is needed in any case; that it's a file of the base, where the base's files are known. */
function leadsTo(disk: Device, baseFiles: ReadonlySet<string>): boolean {
  const parents = chainOf(disk.backing).slice(1);
  if (parents.length === 0) return false;
  return (
    baseFiles.size === 0 || parents.some((parent) => parent.fileName !== undefined && baseFiles.has(parent.fileName))
  );
}

/** The folder of a VM on its datastore, with the slash at its end; '' where the path names none. */
export function homeOf(vmPathName: string): string {
  return vmPathName.slice(0, vmPathName.lastIndexOf('/') + 1);
}

/** The files that a VM writes to, without those below them. */
export function leavesOf(devices: readonly Device[]): string[] {
  return disksOf(devices).flatMap((disk) => disk.backing?.fileName ?? []);
}

/**
 * Disks of a clone that don't lie in the clone's own folder: somebody attached them. All of them where `vmPathName` names
 * no folder: what isn't known to be the clone's own isn't deleted with it.
 */
export function foreignDisks(devices: readonly Device[], vmPathName: string): string[] {
  const home = homeOf(vmPathName);
  return disksOf(devices)
    .filter((disk) => disk.backing?.fileName !== undefined && (home === '' || !disk.backing.fileName.startsWith(home)))
    .map((disk) => `"${labelOf(disk)}" (${disk.backing?.fileName ?? ''})`);
}
