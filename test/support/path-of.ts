// A search path with some programs of this machine and no other: a machine that lacks the rest, Go among it.
import { accessSync, constants, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** For PATH: a new folder in `directory`. */
export function pathOf(directory: string, programs: readonly string[]): string {
  mkdirSync(directory, { recursive: true });
  const folder = mkdtempSync(join(directory, 'path-'));
  for (const program of programs) symlinkSync(find(program), join(folder, program));
  return folder;
}

function find(program: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, program)).find(isExecutable);
  if (found === undefined) throw new Error(`${program} isn't on this machine`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
