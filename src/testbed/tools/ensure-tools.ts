// Finds the counterparts, or builds them once a machine. Order: what the environment names; an intact entry in the user's
// cache; a build. Whoever needs a program of Go's world asks here and gets an absolute path.
import { join } from 'node:path';
import type { Progress } from '../progress/progress.ts';
import { createProgress } from '../progress/progress.ts';
import { buildProduct } from './build-product.ts';
import { readCacheEntry } from './cache-entry.ts';
import { cacheKey } from './cache-key.ts';
import { toolsCacheDirectory } from './cache-directory.ts';
import { findGo } from './go-toolchain.ts';
import { findOverrides } from './overrides.ts';
import type { Product } from './products.ts';
import { PRODUCTS } from './products.ts';
import { markUsed } from './prune-cache.ts';
import type { ProductName, ToolPaths } from './tool-paths.ts';

export interface EnsureToolsOptions {
  /** Ends a build within two seconds. */
  signal?: AbortSignal | undefined;
  /** Standard error by default. */
  progress?: Progress | undefined;
  /** This process' own by default. */
  environment?: NodeJS.ProcessEnv;
}

/**
 * Paths of all tools of `products`. Rejects with a ToolsError, whose message says what to install or set, when a tool is
 * neither there nor can be built, and with the signal's reason when that fires.
 */
export async function ensureTools<P extends ProductName>(
  products: readonly P[],
  options: EnsureToolsOptions = {},
): Promise<ToolPaths<P>> {
  const paths: Record<string, string> = {};
  for (const name of products) Object.assign(paths, await ensureProduct(PRODUCTS[name], options));
  // Each product has exactly the keys that its interface names; test/unit/testbed/products.test.ts holds it to that.
  return paths as unknown as ToolPaths<P>;
}

async function ensureProduct(product: Product, options: EnsureToolsOptions): Promise<Record<string, string>> {
  const { signal, progress = createProgress(), environment = process.env } = options;
  signal?.throwIfAborted();
  const overrides = findOverrides(product, environment);
  if (product.tools.every((tool) => overrides[tool.key] !== undefined)) return overrides;
  const go = await findGo(product, environment, signal);
  const entry = join(toolsCacheDirectory(environment), cacheKey(product, go));
  const built = readCacheEntry(product, entry) ?? (await buildProduct({ product, go, entry, progress, signal }));
  markUsed(entry);
  return { ...built, ...overrides };
}
