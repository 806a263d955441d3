// Builds one product into the cache under its lock: into a temporary sibling, sealed, then renamed to the entry's name.
// Stopped at any moment it leaves neither process nor temporary folder nor lock, and other entries as they were.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { guard } from '../process/guard.ts';
import type { GoToolchain } from './go-toolchain.ts';
import { goBuild } from './go-build.ts';
import { installEntry } from './install-entry.ts';
import { makeEntryOnce } from './lock-entry.ts';
import type { EntryMaking } from './lock-entry.ts';

export interface ProductBuild extends EntryMaking {
  go: GoToolchain;
}

/** Paths by tool key, built by this call or by whoever held the lock before. */
export function buildProduct(build: ProductBuild): Promise<Record<string, string>> {
  return makeEntryOnce(build, () => buildUnderLock(build));
}

async function buildUnderLock(build: ProductBuild): Promise<Record<string, string>> {
  const { product, go, entry, progress, signal } = build;
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
    const paths = installEntry(build, temporary, go.version);
    step.end(`built ${product.name} tools`);
    return paths;
  } finally {
    step.end();
    removeLeftovers(entry);
    await guarded.release();
  }
}

/** Only the holder of the lock has temporary folders of this entry, so those that are there are left over. */
export function removeLeftovers(entry: string): void {
  const directory = dirname(entry);
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(`${basename(entry)}.tmp-`)) continue;
    rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
