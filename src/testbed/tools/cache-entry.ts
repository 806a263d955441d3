// A finished cache entry: the binaries and a manifest with their sizes, times and checksums. The manifest is written last, before
// the entry gets its final name, so an entry without one, or with a file that differs from it, is broken and is built again.
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable } from './overrides.ts';
import type { Product } from './products.ts';

const MANIFEST = 'manifest.json';

interface Manifest {
  product: string;
  /** A Go version, or `download`. */
  madeWith: string;
  files: ManifestFile[];
}

interface ManifestFile {
  name: string;
  size: number;
  /** Seconds since 1970, a whole number, which every file system and archive keeps. */
  modified?: number;
  /** In hexadecimal; entries of earlier versions have neither. */
  sha256?: string;
}

/** Paths by tool key of an intact entry in `directory`; undefined when it is missing or broken in any way. */
export function readCacheEntry(product: Product, directory: string): Record<string, string> | undefined {
  const manifest = readManifest(join(directory, MANIFEST));
  const paths: Record<string, string> = {};
  for (const tool of product.tools) {
    const path = join(directory, tool.file);
    const file = manifest?.files.find(({ name }) => name === tool.file);
    if (file === undefined || !isExecutable(path) || !isIntact(path, file)) return undefined;
    paths[tool.key] = path;
  }
  return paths;
}

/** Completes the freshly made entry in `directory`. */
export function sealCacheEntry(product: Product, directory: string, madeWith: string): void {
  const files = product.tools.map((tool) => {
    const path = join(directory, tool.file);
    chmodSync(path, 0o755);
    const { size, mtimeMs } = statSync(path);
    const modified = Math.floor(mtimeMs / 1000);
    utimesSync(path, modified, modified);
    return { name: tool.file, size, modified, sha256: sha256Of(path) };
  });
  const manifest: Manifest = { product: product.name, madeWith, files };
  writeFileSync(join(directory, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** What was written to since, or copied without its time, is read whole: once, where the time can be set. */
function isIntact(path: string, { size, modified, sha256 }: ManifestFile): boolean {
  const found = statSync(path);
  if (found.size !== size) return false;
  if (modified === undefined || found.mtimeMs === modified * 1000) return true;
  if (sha256Of(path) !== sha256) return false;
  try {
    utimesSync(path, modified, modified);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error; // somebody else's, or a cache that may only be read
  }
  return true;
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function readManifest(path: string): Manifest | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest> | null;
    return Array.isArray(value?.files) ? (value as Manifest) : undefined;
  } catch (error) {
    // Not there, or cut off in the middle: either way the entry is to be made again.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}
