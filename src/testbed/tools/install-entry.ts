// Gives a finished folder the name of its cache entry, and throws away what nobody needs any more.
import { existsSync, renameSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { readCacheEntry, sealCacheEntry } from './cache-entry.ts';
import type { EntryMaking } from './lock-entry.ts';
import { pruneCache } from './prune-cache.ts';

/** Seals the folder `made` and renames it to the entry; gives the paths by tool key. Under the entry's lock only. */
export function installEntry(
  { product, entry, progress }: EntryMaking,
  made: string,
  madeWith: string,
): Record<string, string> {
  sealCacheEntry(product, made, madeWith);
  // A broken entry makes room; programs that still run from it keep their files.
  if (existsSync(entry)) renameSync(entry, `${entry}.tmp-${randomUUID()}`);
  renameSync(made, entry);
  const paths = readCacheEntry(product, entry);
  if (paths === undefined) throw new Error(`${entry} is broken right after it was made`);
  for (const path of pruneCache(entry)) progress.note(`removed ${path}: made for an earlier version`);
  return paths;
}
