// A cache entry counts only when it is whole, and its name changes with everything that can change the binaries.
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readCacheEntry, sealCacheEntry } from '../../../src/testbed/tools/cache-entry.ts';
import { cacheKey } from '../../../src/testbed/tools/cache-key.ts';
import type { Product } from '../../../src/testbed/tools/products.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();
let count = 0;

function newDirectory(): string {
  count += 1;
  const path = join(directory, String(count));
  mkdirSync(path);
  return path;
}

function makeProduct(): Product {
  const source = newDirectory();
  writeFileSync(join(source, 'go.mod'), 'module a\n');
  writeFileSync(join(source, 'go.sum'), 'sums\n');
  mkdirSync(join(source, 'vcsim'));
  writeFileSync(join(source, 'vcsim', 'main.go'), 'package main\n');
  const tools = [
    { key: 'vcsim', file: 'vcsim', package: './vcsim' },
    { key: 'govc', file: 'govc', package: './govc' },
  ];
  return { name: 'vsphere', directory: source, buildFlags: ['-trimpath'], coldBuild: 'no time', tools };
}

const go = { version: 'go1.26.8', platform: 'linux/amd64' };

function sealedEntry(product: Product): string {
  const entry = newDirectory();
  for (const { file } of product.tools) writeFileSync(join(entry, file), `binary ${file}`);
  sealCacheEntry(product, entry, go.version);
  return entry;
}

describe('cache entry', () => {
  it('gives the paths of a whole entry', () => {
    const product = makeProduct();
    const entry = sealedEntry(product);
    expect(readCacheEntry(product, entry)).toEqual({ vcsim: join(entry, 'vcsim'), govc: join(entry, 'govc') });
  });

  it.each<[string, (entry: string) => void]>([
    ['has no folder', (entry) => rmSync(entry, { recursive: true })],
    ['misses a binary', (entry) => rmSync(join(entry, 'govc'))],
    ['has a binary that was cut off', (entry) => truncateSync(join(entry, 'govc'), 3)],
    ['has a binary that cannot be executed', (entry) => chmodSync(join(entry, 'govc'), 0o644)],
    [
      'has a folder for a binary',
      (entry) => {
        rmSync(join(entry, 'govc'));
        mkdirSync(join(entry, 'govc'));
      },
    ],
    [
      'has a binary that was overwritten with as many bytes',
      (entry) => writeFileSync(join(entry, 'govc'), 'binary GOVC'),
    ],
    [
      'has a binary whose first bytes were overwritten in place',
      (entry) => {
        const file = openSync(join(entry, 'govc'), 'r+');
        writeSync(file, 'B', 0);
        closeSync(file);
      },
    ],
    ['was never sealed', (entry) => rmSync(join(entry, 'manifest.json'))],
    ['has half a manifest', (entry) => truncateSync(join(entry, 'manifest.json'), 20)],
    ['has a manifest of another shape', (entry) => writeFileSync(join(entry, 'manifest.json'), 'null')],
  ])('is broken when it %s', (_, harm) => {
    const product = makeProduct();
    const entry = sealedEntry(product);
    harm(entry);
    expect(readCacheEntry(product, entry)).toBeUndefined();
  });
});

describe('a cache entry that is whole', () => {
  it.each<[string, (from: string, to: string) => void]>([
    ['was copied', (from, to) => cpSync(from, to, { recursive: true })],
    ['was copied with its times', (from, to) => cpSync(from, to, { recursive: true, preserveTimestamps: true })],
    ['was moved', renameSync],
  ])('is used when it %s, and looked at whole at most once', (_, bring) => {
    const product = makeProduct();
    const entry = sealedEntry(product);
    const there = join(newDirectory(), 'there');
    const sealed = statSync(join(entry, 'govc')).mtimeMs;
    bring(entry, there);
    expect(readCacheEntry(product, there)).toBeDefined();
    expect(statSync(join(there, 'govc')).mtimeMs).toBe(sealed);
  });

  it('is used when a version made it that wrote sizes alone', () => {
    const product = makeProduct();
    const entry = sealedEntry(product);
    const path = join(entry, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { files: { name: string; size: number }[] };
    const files = manifest.files.map(({ name, size }) => ({ name, size }));
    writeFileSync(path, JSON.stringify({ ...manifest, files }));
    expect(readCacheEntry(product, entry)).toBeDefined();
  });
});

describe('cache key', () => {
  it('is the same for the same sources in another folder', () => {
    const product = makeProduct();
    const elsewhere = newDirectory();
    cpSync(product.directory, elsewhere, { recursive: true });
    expect(cacheKey({ ...product, directory: elsewhere }, go)).toBe(cacheKey(product, go));
    expect(cacheKey(product, go)).toMatch(/^vsphere-[0-9a-f]{16}$/);
  });

  it.each<[string, (product: Product) => string]>([
    ['go.mod', (product) => edited(product, 'go.mod')],
    ['go.sum', (product) => edited(product, 'go.sum')],
    ['a source', (product) => edited(product, 'vcsim/main.go')],
    ['a new source', (product) => edited(product, 'vcsim/more.go')],
    ['a flag', (product) => cacheKey({ ...product, buildFlags: ['-trimpath', '-race'] }, go)],
    ['a package', (product) => cacheKey({ ...product, tools: product.tools.slice(1) }, go)],
    ['the Go version', (product) => cacheKey(product, { ...go, version: 'go1.27.0' })],
    ['the platform', (product) => cacheKey(product, { ...go, platform: 'linux/arm64' })],
  ])('changes with %s', (_, changed) => {
    const product = makeProduct();
    const before = cacheKey(product, go);
    expect(changed(product)).not.toBe(before);
  });

  function edited(product: Product, file: string): string {
    writeFileSync(join(product.directory, file), 'changed\n');
    return cacheKey(product, go);
  }
});
