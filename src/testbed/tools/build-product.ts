// Builds one product into the cache under its lock: into a temporary sibling, sealed, then renamed to the entry's name.
// Stopped at any moment it leaves neither process nor temporary folder nor lock, and other entries as they were.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { guard } from '../process/guard.ts';
import type { Progress, ProgressStep } from '../progress/progress.ts';
import { acquireBuildLock } from './build-lock.ts';
import { readCacheEntry, sealCacheEntry } from './cache-entry.ts';
import type { GoToolchain } from './go-toolchain.ts';
import { goBuild } from './go-build.ts';
import type { Product } from './products.ts';
import { pruneCache } from './prune-cache.ts';

export interface ProductBuild {
  product: Product;
  go: GoToolchain;
  /** Final path of the entry; its name is the cache key. */
  entry: string;
  progress: Progress;
  signal?: AbortSignal | undefined;
}

/** Paths by tool key, built by this call or by whoever held the lock before. */
export async function buildProduct(build: ProductBuild): Promise<Record<string, string>> {
  mkdirSync(dirname(build.entry), { recursive: true });
  const lock = await lockWithProgress(build);
  try {
    return readCacheEntry(build.product, build.entry) ?? (await buildUnderLock(build));
  } finally {
    await lock.release();
  }
}

async function lockWithProgress({
  product,
  entry,
  progress,
  signal,
}: ProductBuild): ReturnType<typeof acquireBuildLock> {
  let waiting: ProgressStep | undefined;
  try {
    return await acquireBuildLock(`${entry}.lock`, {
      signal,
      onWait({ pid }) {
        waiting ??= progress.step(`waiting for ${product.name} tools`);
        waiting.detail(`process ${pid} builds them`);
      },
    });
  } finally {
    waiting?.end();
  }
}

async function buildUnderLock({ product, go, entry, progress, signal }: ProductBuild): Promise<Record<string, string>> {
  removeLeftovers(entry);
  const temporary = `${entry}.tmp-${randomUUID()}`;
  const guarded = guard({ kind: 'path', path: temporary });
  const names = product.tools.map((tool) => tool.file).join(', ');
  progress.note(`${names}: built once a machine, from nothing in ${product.coldBuild} on two cores`);
  const step = progress.step(`building ${product.name} tools`);
  try {
    for (const [index, tool] of product.tools.entries()) {
      const what = `${tool.file}, ${index + 1} of ${product.tools.length}`;
      step.detail(what);
      const onLine = (line: string): void => step.detail(`${what}, ${line}`);
      await goBuild({ product, tool, go, directory: temporary, signal, onLine });
    }
    rmSync(join(temporary, 'work'), { recursive: true, force: true });
    sealCacheEntry(product, temporary, go.version);
    // A broken entry makes room; programs that still run from it keep their files.
    if (existsSync(entry)) renameSync(entry, `${entry}.tmp-${randomUUID()}`);
    renameSync(temporary, entry);
    step.end(`built ${product.name} tools`);
  } finally {
    step.end();
    removeLeftovers(entry);
    await guarded.release();
  }
  const paths = readCacheEntry(product, entry);
  if (paths === undefined) throw new Error(`${entry} is broken right after it was built`);
  for (const path of pruneCache(entry)) progress.note(`removed ${path}: built for an earlier version`);
  return paths;
}

/** Only the holder of the lock has temporary folders of this entry, so those that are there are left over. */
function removeLeftovers(entry: string): void {
  const directory = dirname(entry);
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (path.startsWith(`${entry}.tmp-`)) rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
