// One process at a time makes a cache entry; the others wait, say so, and take what it has made.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Progress, ProgressStep } from '../progress/progress.ts';
import { acquireBuildLock } from './build-lock.ts';
import { readCacheEntry } from './cache-entry.ts';
import type { Product } from './products.ts';

export interface EntryMaking {
  product: Product;
  /** Final path of the entry; its name is the cache key. */
  entry: string;
  progress: Progress;
  signal?: AbortSignal | undefined;
}

/** Paths by tool key, made by `make` under the entry's lock or by whoever held it before. */
export async function makeEntryOnce(
  making: EntryMaking,
  make: () => Promise<Record<string, string>>,
): Promise<Record<string, string>> {
  mkdirSync(dirname(making.entry), { recursive: true });
  const lock = await lockWithProgress(making);
  try {
    return readCacheEntry(making.product, making.entry) ?? (await make());
  } finally {
    await lock.release();
  }
}

async function lockWithProgress({
  product,
  entry,
  progress,
  signal,
}: EntryMaking): ReturnType<typeof acquireBuildLock> {
  let waiting: ProgressStep | undefined;
  try {
    return await acquireBuildLock(`${entry}.lock`, {
      signal,
      onWait({ pid }) {
        waiting ??= progress.step(`waiting for ${product.name} tools`);
        waiting.detail(`process ${pid} makes them`);
      },
    });
  } finally {
    waiting?.end();
  }
}
