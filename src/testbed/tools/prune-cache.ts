// Throws away builds of tools that nobody needs any more: whenever a new one is built, of each product the new one and the
// one used last before it stay, so that going back to another branch costs nothing. What somebody used within a day, builds
// at the moment or runs is never touched.
import { existsSync, readdirSync, readlinkSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const UNUSED_FOR_MS = 24 * 3_600_000;

const NOT_OURS = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Notes that the entry is used now; in a cache that may only be read, nobody prunes either. */
export function markUsed(entry: string, nowMs = Date.now()): void {
  try {
    utimesSync(entry, nowMs / 1000, nowMs / 1000);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && NOT_OURS.has(String(error.code)))) throw error;
  }
}

/** `entry` was just built. Gives the paths of what was removed. */
export function pruneCache(entry: string, nowMs = Date.now()): readonly string[] {
  const [before, ...older] = otherEntries(entry);
  if (before === undefined || older.length === 0) return [];
  const running = runningPrograms();
  if (running === undefined) return []; // it can't be told what runs
  const unneeded = older.filter(
    ({ path, usedAt }) =>
      nowMs - usedAt > UNUSED_FOR_MS &&
      !existsSync(`${path}.lock`) &&
      !running.some((program) => program.startsWith(`${path}/`)),
  );
  for (const { path } of unneeded) {
    rmSync(join(path, 'manifest.json'), { force: true }); // first: an entry without it counts as broken, never as half there
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
  return unneeded.map(({ path }) => path);
}

/** Entries of the same product, the one used last first. */
function otherEntries(entry: string): { readonly path: string; readonly usedAt: number }[] {
  const directory = dirname(entry);
  const product = /^(.+)-[0-9a-f]{16}$/.exec(basename(entry))?.[1];
  if (product === undefined) return [];
  return readdirSync(directory)
    .filter((name) => name !== basename(entry) && name.startsWith(`${product}-`) && /-[0-9a-f]{16}$/.test(name))
    .map((name) => join(directory, name))
    .map((path) => ({ path, usedAt: statSync(path).mtimeMs }))
    .toSorted((a, b) => b.usedAt - a.usedAt);
}

/** Paths of the programs of all processes that may be looked at; undefined where there is no /proc. */
function runningPrograms(): string[] | undefined {
  if (!existsSync('/proc/self/exe')) return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readlinkSync(`/proc/${pid}/exe`)];
      } catch (error) {
        // It ended, belongs to the kernel, or to somebody else, who has a cache of his own.
        if (error instanceof Error && 'code' in error) return [];
        throw error;
      }
    });
}
