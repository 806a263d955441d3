// A temporary folder for the tests of one file, removed after the last of them.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** Absolute path of a new, empty folder. Call it while the file's tests are being declared. */
export function useTemporaryDirectory(): string {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'linked-clone-test-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
