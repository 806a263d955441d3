// Which builds of tools are thrown away: not the new one, not the one before it, none that is used, built or run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { markUsed, pruneCache } from '../../../src/testbed/tools/prune-cache.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();
const NOW = Date.now();
const DAY_MS = 24 * 3_600_000;

/** A cache with entries that were used so many days ago; the first is the one just built. */
function makeCache(
  name: string,
  usedDaysAgo: Readonly<Record<string, number>>,
): { entry: string; left: () => string[] } {
  const folder = join(directory, name);
  const paths = Object.entries(usedDaysAgo).map(([key, days]) => {
    const path = join(folder, key);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'manifest.json'), '{}');
    markUsed(path, NOW - days * DAY_MS);
    return path;
  });
  return { entry: paths[0] ?? '', left: () => paths.filter((path) => existsSync(path)).map((path) => basename(path)) };
}

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((letter) => `k8s-${letter.repeat(16)}`) as [
  string,
  string,
  string,
  string,
];

describe('pruning the cache of tools', () => {
  it('keeps the new build and the one used last before it', () => {
    const { entry, left } = makeCache('plain', { [A]: 0, [B]: 9, [C]: 5, [D]: 7 });
    expect(pruneCache(entry, NOW).map((path) => basename(path))).toEqual([D, B]);
    expect(left()).toEqual([A, C]);
  });

  it('keeps what was used within a day, and other products', () => {
    const other = `vsphere-${'e'.repeat(16)}`;
    const { entry, left } = makeCache('recent', { [A]: 0, [B]: 0.1, [C]: 0.9, [D]: 1.1, [other]: 50 });
    expect(pruneCache(entry, NOW)).toHaveLength(1);
    expect(left()).toEqual([A, B, C, other]);
  });

  it('keeps what is being built', () => {
    const { entry, left } = makeCache('locked', { [A]: 0, [B]: 2, [C]: 3 });
    writeFileSync(join(directory, 'locked', `${C}.lock`), '{}');
    expect(pruneCache(entry, NOW)).toEqual([]);
    expect(left()).toEqual([A, B, C]);
  });

  it('keeps what runs, until it has ended', async () => {
    const { entry, left } = makeCache('running', { [A]: 0, [B]: 2, [C]: 3 });
    const program = join(directory, 'running', C, 'sleep');
    copyFileSync('/bin/sleep', program);
    chmodSync(program, 0o755);
    markUsed(join(directory, 'running', C), NOW - 3 * DAY_MS);
    const child = spawn(program, ['60']);
    try {
      await once(child, 'spawn');
      expect(pruneCache(entry, NOW)).toEqual([]);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect(pruneCache(entry, NOW)).toHaveLength(1);
    expect(left()).toEqual([A, B]);
  });

  it('leaves a folder alone whose names it does not know', () => {
    const { entry, left } = makeCache('strange', { 'hello-1': 0, 'hello-2': 5, 'hello-3': 6 });
    expect(pruneCache(entry, NOW)).toEqual([]);
    expect(left()).toHaveLength(3);
  });
});
