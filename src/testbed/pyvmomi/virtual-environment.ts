// A virtual environment with the pinned pyvmomi, made once in the cache of the built tools and shared by all checkouts. Its
// name says which pins, which Python and which platform it was made for; a half-made one never gets that name.
import { createHash, randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { guard } from '../process/guard.ts';
import type { Progress } from '../progress/progress.ts';
import { repositoryPath } from '../repository.ts';
import { acquireBuildLock } from '../tools/build-lock.ts';
import { toolsCacheDirectory } from '../tools/cache-directory.ts';
import { markUsed, pruneCache } from '../tools/prune-cache.ts';
import { ToolsError } from '../tools/tools-error.ts';
import type { Python } from './python.ts';

export const REQUIREMENTS = repositoryPath('hack/tools/pyvmomi/requirements.txt');
/** Written last, as in the entries of Go's tools: an entry without it is made again. */
const MANIFEST = 'manifest.json';

export interface EnvironmentOptions {
  python: Python;
  environment: NodeJS.ProcessEnv;
  progress: Progress;
  signal?: AbortSignal | undefined;
}

/** Path of the environment's Python. Rejects with a ToolsError, or with the signal's reason. */
export async function ensureVirtualEnvironment(options: EnvironmentOptions): Promise<string> {
  const { python, environment, signal } = options;
  const entry = join(toolsCacheDirectory(environment), environmentKey(python));
  if (!isWhole(entry)) {
    mkdirSync(dirname(entry), { recursive: true });
    const lock = await acquireBuildLock(`${entry}.lock`, { signal });
    try {
      if (!isWhole(entry)) await make(entry, options);
    } finally {
      await lock.release();
    }
  }
  markUsed(entry);
  return pythonOf(entry);
}

/** Name of the cache entry: pyvmomi-0123456789abcdef. */
export function environmentKey(python: Pick<Python, 'version' | 'executable'>): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([python.version, python.executable, process.platform, process.arch]));
  hash.update(readFileSync(REQUIREMENTS));
  return `pyvmomi-${hash.digest('hex').slice(0, 16)}`;
}

function pythonOf(entry: string): string {
  return join(entry, 'bin', 'python');
}

/** The link to the machine's Python dangles once that is uninstalled. */
function isWhole(entry: string): boolean {
  return existsSync(join(entry, MANIFEST)) && existsSync(pythonOf(entry));
}

async function make(entry: string, { python, environment, progress, signal }: EnvironmentOptions): Promise<void> {
  const temporary = `${entry}.tmp-${randomUUID()}`;
  const guarded = guard({ kind: 'path', path: temporary });
  const step = progress.step('installing pyvmomi');
  const run = (command: string, ...args: readonly string[]): Promise<void> =>
    runTool(command, args, { env: environment, signal });
  try {
    await run(python.command, '-m', 'venv', temporary);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    await run(pythonOf(temporary), ...pip, '--require-hashes', '--only-binary', ':all:', '-r', REQUIREMENTS);
    writeFileSync(join(temporary, MANIFEST), `${JSON.stringify({ product: 'pyvmomi', python: python.version })}\n`);
    rmSync(entry, { recursive: true, force: true });
    renameSync(temporary, entry);
    for (const path of pruneCache(entry)) progress.note(`removed ${path}: made for an earlier version`);
    step.end('installed pyvmomi');
  } finally {
    step.end();
    rmSync(temporary, { recursive: true, force: true });
    await guarded.release();
  }
}

async function runTool(
  command: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; signal: AbortSignal | undefined },
): Promise<void> {
  try {
    await promisify(execFile)(command, [...args], options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new ToolsError(`pyvmomi can't be installed: ${command} ${args.join(' ')}: ${said}`, { cause: error });
  }
}
