// Whether a jest run needs the shared control plane: it doesn't when every file that it will run is below test/unit.
// When in doubt (a selection by changed files, say) it does.
import { readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** The part of jest's global configuration that says which files run. */
export interface TestSelection {
  rootDir: string;
  runTestsByPath: boolean;
  nonFlagArgs: readonly string[];
  onlyChanged: boolean;
  onlyFailures: boolean;
  findRelatedTests: boolean;
  testPathPatterns: { toExecutor(options: { rootDir: string }): { isMatch(path: string): boolean } };
}

export function needsControlPlane(config: TestSelection): boolean {
  if (isUnknown(config)) return true;
  const unit = join(config.rootDir, 'test', 'unit') + sep;
  return selectedFiles(config).some((path) => !path.startsWith(unit));
}

/** Whether a run renders charts, and so needs Helm. */
export function needsHelm(config: TestSelection): boolean {
  if (isUnknown(config)) return true;
  const packaging = join(config.rootDir, 'test', 'packaging') + sep;
  return selectedFiles(config).some((path) => path.startsWith(packaging));
}

function isUnknown({ onlyChanged, onlyFailures, findRelatedTests }: TestSelection): boolean {
  return onlyChanged || onlyFailures || findRelatedTests;
}

function selectedFiles({ rootDir, runTestsByPath, nonFlagArgs, testPathPatterns }: TestSelection): string[] {
  if (runTestsByPath) return nonFlagArgs.map((path) => resolve(rootDir, path));
  const selection = testPathPatterns.toExecutor({ rootDir });
  const files = readdirSync(join(rootDir, 'test'), { recursive: true, encoding: 'utf8' });
  const tests = files.filter((file) => file.endsWith('.test.ts')).map((file) => join(rootDir, 'test', file));
  return tests.filter((path) => selection.isMatch(path));
}
