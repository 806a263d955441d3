// What a clone's own disks take: `unshared` is what would be freed if it were deleted, less its swap files, which come and
// go with its power. vCenter refreshes these figures seldom and without notice, so they carry their time and nothing is
// decided on them. Pure.
import { formatBytes } from '../../api/bytes.ts';
import type { LinkedCloneStatusStorage } from '../../api/types.generated.ts';

export const STORAGE_PATHS = ['storage', 'layoutEx.file'] as const;

interface StorageInfo {
  readonly perDatastoreUsage?: readonly { readonly committed: number; readonly unshared: number }[];
}

interface LayoutFile {
  readonly type: string;
  readonly uniqueSize?: number;
}

/** The figures in a VM's `storage` and `layoutEx.file`; undefined when vCenter has none yet. `stored` is kept when they are the same. */
export function storageFigures(
  properties: Readonly<Record<string, unknown>>,
  stored: LinkedCloneStatusStorage | undefined,
  now: string,
): LinkedCloneStatusStorage | undefined {
  const usage = (properties['storage'] as StorageInfo | undefined)?.perDatastoreUsage;
  if (usage === undefined) return stored;
  const files = (properties['layoutEx.file'] as readonly LayoutFile[] | undefined) ?? [];
  let swap = 0;
  for (const file of files) if (file.type === 'swap' || file.type === 'uwswap') swap += file.uniqueSize ?? 0;
  let committedBytes = 0;
  let unshared = 0;
  for (const datastore of usage) {
    committedBytes += datastore.committed;
    unshared += datastore.unshared;
  }
  const unsharedBytes = Math.max(0, unshared - swap);
  // a figure that isn't one, of an answer in which it is missing, would be refused by the API server
  if (!Number.isSafeInteger(committedBytes) || !Number.isSafeInteger(unsharedBytes)) return stored;
  if (stored?.committedBytes === committedBytes && stored.unsharedBytes === unsharedBytes) return stored;
  return { committedBytes, unsharedBytes, delta: formatBytes(unsharedBytes), asOf: now };
}
