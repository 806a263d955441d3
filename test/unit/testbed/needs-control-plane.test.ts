// Which selections of test files start the shared control plane.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { needsControlPlane, needsHelm } from '../../support/needs-control-plane.ts';
import type { TestSelection } from '../../support/needs-control-plane.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const rootDir = useTemporaryDirectory();
for (const file of [
  'unit/a.test.ts',
  'unit/deep/b.test.ts',
  'integration/c.test.ts',
  'packaging/e.test.ts',
  'support/d.ts',
]) {
  mkdirSync(join(rootDir, 'test', file, '..'), { recursive: true });
  writeFileSync(join(rootDir, 'test', file), '');
}

function selection(pattern: RegExp, more: Partial<TestSelection> = {}): TestSelection {
  const executor = { isMatch: (path: string) => pattern.test(path) };
  return {
    rootDir,
    runTestsByPath: false,
    nonFlagArgs: [],
    onlyChanged: false,
    onlyFailures: false,
    findRelatedTests: false,
    testPathPatterns: { toExecutor: () => executor },
    ...more,
  };
}

describe('needsControlPlane', () => {
  it.each<[boolean, string, TestSelection]>([
    [true, 'everything', selection(/./)],
    [false, 'unit tests by folder', selection(/test\/unit\//)],
    [false, 'one unit test', selection(/b\.test/)],
    [true, 'one integration test', selection(/c\.test/)],
    [true, 'a unit and an integration test', selection(/[ac]\.test/)],
    [false, 'a unit test by path', selection(/./, { runTestsByPath: true, nonFlagArgs: ['test/unit/a.test.ts'] })],
    [
      true,
      'an integration test by path',
      selection(/./, { runTestsByPath: true, nonFlagArgs: ['test/integration/c.test.ts'] }),
    ],
    [true, 'an unknown selection', selection(/b\.test/, { onlyChanged: true })],
  ])('is %s for %s', (expected, _, selected) => expect(needsControlPlane(selected)).toBe(expected));
});

describe('needsHelm', () => {
  it.each<[boolean, string, TestSelection]>([
    [true, 'everything', selection(/./)],
    [true, 'one test of charts', selection(/e\.test/)],
    [false, 'unit and integration tests', selection(/[abc]\.test/)],
    [true, 'an unknown selection', selection(/b\.test/, { onlyChanged: true })],
  ])('is %s for %s', (expected, _, selected) => expect(needsHelm(selected)).toBe(expected));
});
