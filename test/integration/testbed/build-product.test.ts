// Building tools for real, with a Go module of a few lines: cached, rebuilt when broken, built once by two at a time,
// stopped at any moment without a trace.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Progress } from '../../../src/testbed/progress/progress.ts';
import { silentProgress } from '../../../src/testbed/progress/progress.ts';
import { buildProduct } from '../../../src/testbed/tools/build-product.ts';
import { findGo } from '../../../src/testbed/tools/go-toolchain.ts';
import type { Product } from '../../../src/testbed/tools/products.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { childProcesses, processesWith } from '../../support/child-processes.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();
const PROGRAM = 'package main\n\nimport "os"\n\nfunc main() { os.Stdout.WriteString("hello\\n") }\n';

function makeProduct(name: string, program = PROGRAM): Product {
  const source = join(directory, name);
  mkdirSync(join(source, 'hello'), { recursive: true });
  writeFileSync(join(source, 'go.mod'), 'module example.test/hello\n\ngo 1.26\n');
  writeFileSync(join(source, 'hello', 'main.go'), program);
  const tools = [{ key: 'vcsim', file: 'hello', package: './hello' }];
  return { name: 'vsphere', directory: source, buildFlags: ['-trimpath'], coldBuild: 'no time', tools };
}

interface Cache {
  folder: string;
  entry: string;
}

function makeCache(name: string): Cache {
  const folder = join(directory, `cache-${name}`);
  return { folder, entry: join(folder, 'hello-1') };
}

/** Counts the builds that it is told of. */
function countingProgress(): { progress: Progress; builds: () => number } {
  let builds = 0;
  const step = (text: string): ReturnType<Progress['step']> => {
    if (text.startsWith('building')) builds += 1;
    return silentProgress.step(text);
  };
  return { progress: { ...silentProgress, step }, builds: () => builds };
}

describe('building a product', () => {
  it('leaves a working binary and nothing else, and builds again only what is broken', async () => {
    const product = makeProduct('whole');
    const { folder, entry } = makeCache('whole');
    const go = await findGo(product, process.env);
    const { progress, builds } = countingProgress();
    const paths = await buildProduct({ product, go, entry, progress });
    expect(execFileSync(paths['vcsim'] ?? '', { encoding: 'utf8' })).toBe('hello\n');
    expect(readdirSync(folder)).toEqual(['hello-1']);
    expect(readdirSync(entry).toSorted()).toEqual(['hello', 'manifest.json']);
    await buildProduct({ product, go, entry, progress });
    expect(builds()).toBe(1);
    truncateSync(join(entry, 'hello'), 100);
    await buildProduct({ product, go, entry, progress });
    expect(builds()).toBe(2);
    expect(execFileSync(join(entry, 'hello'), { encoding: 'utf8' })).toBe('hello\n');
    expect(readdirSync(folder)).toEqual(['hello-1']);
  });

  it('happens once when two want it at the same time', async () => {
    const product = makeProduct('together');
    const { entry } = makeCache('together');
    const go = await findGo(product, process.env);
    const { progress, builds } = countingProgress();
    const [first, second] = await Promise.all([1, 2].map(() => buildProduct({ product, go, entry, progress })));
    expect(second).toEqual(first);
    expect(builds()).toBe(1);
  });

  it('clears away what a build that was killed has left', async () => {
    const product = makeProduct('leftovers');
    const { folder, entry } = makeCache('leftovers');
    mkdirSync(join(`${entry}.tmp-of-somebody`, 'work'), { recursive: true });
    mkdirSync(join(folder, 'hello-2.tmp-of-somebody'), { recursive: true });
    const go = await findGo(product, process.env);
    await buildProduct({ product, go, entry, progress: silentProgress });
    expect(readdirSync(folder).toSorted()).toEqual(['hello-1', 'hello-2.tmp-of-somebody']);
  });

  it('says what the compiler said', async () => {
    const product = makeProduct('wrong', 'package main\n\nfunc main() { missing() }\n');
    const { folder, entry } = makeCache('wrong');
    const go = await findGo(product, process.env);
    const building = buildProduct({ product, go, entry, progress: silentProgress });
    await expect(building).rejects.toMatchObject({
      name: 'ToolsError',
      message: expect.stringMatching(/go build of hello failed \(exit code 1\)[^]*undefined: missing/),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is gone within two seconds when it is stopped, and leaves no process, folder or lock', async () => {
    const product = makeProduct('stopped');
    const { folder, entry } = makeCache('stopped');
    // A build cache of its own makes this compile the standard library, which takes long enough to be stopped in.
    const base = { ...process.env, GOCACHE: join(directory, 'gocache') };
    const go = await findGo(product, base);
    const stop = new AbortController();
    const building = buildProduct({ product, go, entry, progress: silentProgress, signal: stop.signal });
    building.catch(() => undefined);
    await waitUntil(
      'the compiler to run',
      () => processesWith(folder).some((pid) => childProcesses('', pid).length > 0) || undefined,
    );
    expect(readdirSync(folder)).toHaveLength(2);
    const stoppedAt = performance.now();
    stop.abort(new Error('enough'));
    await expect(building).rejects.toThrow('enough');
    expect(performance.now() - stoppedAt).toBeLessThan(2000);
    expect(readdirSync(folder)).toEqual([]);
    expect(processesWith(folder)).toEqual([]);
    expect(readFileSync(join(product.directory, 'hello', 'main.go'), 'utf8')).toBe(PROGRAM);
  });
});
