// Names a build by everything that can change its result: module files, main sources, flags, Go version and platform.
// Two checkouts with the same tools share one cache entry; a changed pin never meets an old binary.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GoToolchain } from './go-toolchain.ts';
import type { Product } from './products.ts';

/** Name of the product's cache entry: k8s-0123456789abcdef. */
export function cacheKey(product: Product, go: Pick<GoToolchain, 'version' | 'platform'>): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([product.tools, product.buildFlags, go.version, go.platform]));
  for (const file of sourceFiles(product.directory)) {
    const content = readFileSync(join(product.directory, file));
    hash.update(JSON.stringify([file, content.length]));
    hash.update(content);
  }
  return `${product.name}-${hash.digest('hex').slice(0, 16)}`;
}

function sourceFiles(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.go') || file === 'go.mod' || file === 'go.sum').toSorted();
}
