// Finds the counterparts, or gets them once a machine. Order: what the environment names; an intact entry in the user's
// cache; a build, where there is Go; the official download, where there is one. Whoever needs a program of Go's world asks
// here and gets an absolute path. What can't be had at all is said before anything takes long.
import { join } from 'node:path';
import type { Progress } from '../progress/progress.ts';
import { createProgress } from '../progress/progress.ts';
import { buildProduct } from './build-product.ts';
import { readCacheEntry } from './cache-entry.ts';
import { cacheKey } from './cache-key.ts';
import { toolsCacheDirectory } from './cache-directory.ts';
import { downloadKey, downloadProduct } from './download-product.ts';
import { findGo, goPlatform } from './go-toolchain.ts';
import { findOverrides } from './overrides.ts';
import type { Product } from './products.ts';
import { PRODUCTS } from './products.ts';
import { markUsed } from './prune-cache.ts';
import { releasedFiles } from './released-files.ts';
import type { ProductName, ToolPaths } from './tool-paths.ts';
import { ToolsError } from './tools-error.ts';

export interface EnsureToolsOptions {
  /** Ends a build or a download within two seconds. */
  signal?: AbortSignal | undefined;
  /** Standard error by default. */
  progress?: Progress | undefined;
  /** This process' own by default. */
  environment?: NodeJS.ProcessEnv;
}

type Paths = Record<string, string>;

/**
 * Paths of all tools of `products`. Rejects with a ToolsError, whose message says what to install or set, when a tool is
 * neither there nor can be had, and with the signal's reason when that fires.
 */
export async function ensureTools<P extends ProductName>(
  products: readonly P[],
  options: EnsureToolsOptions = {},
): Promise<ToolPaths<P>> {
  const ways: (() => Promise<Paths>)[] = [];
  const lacking: ToolsError[] = [];
  for (const name of products) {
    try {
      ways.push(await findWay(PRODUCTS[name], options));
    } catch (error) {
      if (!(error instanceof ToolsError)) throw error;
      lacking.push(error);
    }
  }
  if (lacking.length > 0) throw new ToolsError(lacking.map(({ message }) => message).join('\n'));
  const paths: Paths = {};
  for (const way of ways) Object.assign(paths, await way());
  // Each product has exactly the keys that its interface names; test/unit/testbed/ensure-tools.test.ts holds it to that.
  return paths as unknown as ToolPaths<P>;
}

/** How to get the product; nothing takes long yet. */
async function findWay(product: Product, options: EnsureToolsOptions): Promise<() => Promise<Paths>> {
  const { signal, progress = createProgress(), environment = process.env } = options;
  signal?.throwIfAborted();
  const overrides = findOverrides(product, environment);
  if (product.tools.every((tool) => overrides[tool.key] !== undefined)) return () => Promise.resolve(overrides);
  const files = releasedFiles(product, goPlatform(), environment);
  const entryOf = (key: string): string => join(toolsCacheDirectory(environment), key);
  const use = (entry: string, make: () => Promise<Paths>) => async (): Promise<Paths> => {
    const made = readCacheEntry(product, entry) ?? (await make());
    markUsed(entry);
    return { ...made, ...overrides };
  };

  let download: (() => Promise<Paths>) | undefined;
  if (files !== undefined) {
    const entry = entryOf(downloadKey(product.name, files));
    download = use(entry, () => downloadProduct({ product, files, entry, progress, signal }));
    if (readCacheEntry(product, entry) !== undefined) return download;
  }
  const go = await goOrWhyNot(product, environment, signal);
  if (!(go instanceof ToolsError)) {
    const entry = entryOf(cacheKey(product, go));
    return use(entry, () => buildProduct({ product, go, entry, progress, signal }));
  }
  if (download === undefined) throw go;
  return () => download().catch((error: unknown) => explain(error, go, signal));
}

async function goOrWhyNot(
  ...asked: Parameters<typeof findGo>
): Promise<Awaited<ReturnType<typeof findGo>> | ToolsError> {
  try {
    return await findGo(...asked);
  } catch (error) {
    if (error instanceof ToolsError) return error;
    throw error;
  }
}

function explain(error: unknown, withoutGo: ToolsError, signal: AbortSignal | undefined): never {
  signal?.throwIfAborted();
  if (!(error instanceof ToolsError)) throw error;
  throw new ToolsError(`${error.message}\n${withoutGo.message}`, { cause: error });
}
