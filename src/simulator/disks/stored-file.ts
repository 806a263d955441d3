// A file on a datastore: the unit that takes space. What it means (disk, configuration, swap) is the business of others.
import type { Volume } from './volume.ts';

/** The values of FileLayoutEx's file type that the model writes. */
export type StoredFileKind =
  | 'config'
  | 'nvram'
  | 'snapshotList'
  | 'snapshotData'
  | 'snapshotMemory'
  | 'suspend'
  | 'log'
  | 'swap'
  | 'diskDescriptor';

export interface StoredFile {
  readonly volume: Volume;
  /** `[datastore] folder/name.ext`. */
  readonly path: string;
  readonly kind: StoredFileKind;
  readonly bytes: number;
  /** Simulated time of the last write, milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** The folder of a datastore path: `[ds] lab/vm.vmx` → `lab`; '' for the root. */
export function folderOf(path: string): string {
  const inner = path.slice(path.indexOf('] ') + 2);
  const slash = inner.lastIndexOf('/');
  return slash < 0 ? '' : inner.slice(0, slash);
}

/** The last part of a datastore path: `[ds] lab/vm.vmx` → `vm.vmx`. */
export function baseNameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/') + 1, path.indexOf('] ') + 2));
}

/**
 * `[ds] a/b.vmx` → { datastore: 'ds', inner: 'a/b.vmx' }; undefined when it isn't a datastore path. `[ds] .` is the top, as
 * on a file system.
 */
export function splitDatastorePath(path: string): { datastore: string; inner: string } | undefined {
  const match = /^\[([^\]]+)\] ?(.*)$/.exec(path);
  if (match === null) return undefined;
  const parts = (match[2] as string).split('/').filter((part) => part !== '' && part !== '.');
  return { datastore: match[1] as string, inner: parts.join('/') };
}
