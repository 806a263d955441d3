// A finished cache entry: the binaries and a manifest with their sizes. The manifest is written last, before the entry
// gets its final name, so an entry without one, or with a file that differs from it, is broken and is built again.
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable } from './overrides.ts';
import type { Product } from './products.ts';

const MANIFEST = 'manifest.json';

interface Manifest {
  product: string;
  /** A Go version, or `download`. */
  madeWith: string;
  files: { name: string; size: number }[];
}

/** Paths by tool key of an intact entry in `directory`; undefined when it is missing or broken in any way. */
export function readCacheEntry(product: Product, directory: string): Record<string, string> | undefined {
  const manifest = readManifest(join(directory, MANIFEST));
  const paths: Record<string, string> = {};
  for (const tool of product.tools) {
    const path = join(directory, tool.file);
    const size = manifest?.files.find((file) => file.name === tool.file)?.size;
    if (size === undefined || !isExecutable(path) || statSync(path).size !== size) return undefined;
    paths[tool.key] = path;
  }
  return paths;
}

/** Completes the freshly made entry in `directory`. */
export function sealCacheEntry(product: Product, directory: string, madeWith: string): void {
  const files = product.tools.map((tool) => {
    const path = join(directory, tool.file);
    chmodSync(path, 0o755);
    return { name: tool.file, size: statSync(path).size };
  });
  const manifest: Manifest = { product: product.name, madeWith, files };
  writeFileSync(join(directory, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
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
