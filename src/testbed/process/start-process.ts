// Starts the testbed's child processes, all in the same way: own process group, guarded against outliving this process,
// what they write kept as a tail in memory and, if asked, in a file. With `readyLine` the promise waits for the first
// line of standard output, which the project's commands use to say in JSON that they are ready.
import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, openSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { abortReason } from '../../util/abort.ts';
import { ChildHandle } from './child-handle.ts';
import { createLineTail } from './line-tail.ts';
import type { ManagedProcess } from './managed-process.ts';

export interface ProcessOptions {
  /** For messages. */
  name: string;
  command: string;
  args: readonly string[];
  /** Over this process' own environment; undefined takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string | undefined;
  /** Everything that the process writes is appended here too, its ready line aside. */
  logFile?: string | undefined;
  /** Called with each of these lines. */
  onLine?: ((line: string) => void) | undefined;
  /** Wait for a first line of standard output that is a JSON object. */
  readyLine?: boolean;
  /** Milliseconds until a process without its ready line is killed; 30 s by default. */
  readyTimeoutMs?: number | undefined;
  /** Kills the process when it fires before it is ready; has no say afterwards. */
  signal?: AbortSignal | undefined;
}

interface Output {
  tail: () => string;
  firstLine: Promise<string>;
}

const TAIL_LINES = 200;
const READY_TIMEOUT_MS = 30_000;

/** Starts a process. Rejects, with the process gone, if it can't be started or isn't ready in time or before the signal. */
export async function startProcess(options: ProcessOptions): Promise<ManagedProcess> {
  options.signal?.throwIfAborted();
  const spawnOptions: SpawnOptions = { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: options.cwd };
  if (options.env !== undefined) spawnOptions.env = { ...process.env, ...options.env };
  const file = options.logFile === undefined ? undefined : openLog(options.logFile);
  const child = spawn(options.command, options.args, spawnOptions);
  if (child.pid === undefined) {
    file?.end();
    const [cause] = await once(child, 'error');
    throw new Error(`${options.name} can't be started`, { cause });
  }
  const output = collectOutput(child, file, options);
  const handle = new ChildHandle(options.name, child, child.pid, output.tail);
  if (options.readyLine !== true) return handle;
  try {
    handle.ready = parseReadyLine(options.name, await firstLine(output.firstLine, handle, options));
    return handle;
  } catch (error) {
    await handle.kill();
    throw error;
  }
}

function collectOutput(child: ChildProcess, file: WriteStream | undefined, options: ProcessOptions): Output {
  const tail = createLineTail(TAIL_LINES);
  file?.on('error', (error) => tail.push(`(no longer written to ${options.logFile}: ${error.message})`));
  const keep = (line: string): void => {
    tail.push(line);
    file?.write(`${line}\n`);
    options.onLine?.(line);
  };
  child.once('close', () => file?.end());
  let onFirstLine: ((line: string) => void) | undefined;
  const first = new Promise<string>((resolve) => {
    if (options.readyLine === true) onFirstLine = resolve;
  });
  eachLine(child.stderr, keep);
  eachLine(child.stdout, (line) => {
    if (onFirstLine === undefined) keep(line);
    else onFirstLine(line);
    onFirstLine = undefined;
  });
  return { firstLine: first, tail: () => tail.lines().join('\n') };
}

function openLog(path: string): WriteStream {
  // Opened now: a folder that is missing is the caller's error, and one that goes away later doesn't matter.
  return createWriteStream(path, { fd: openSync(path, 'a') });
}

function eachLine(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}

async function firstLine(line: Promise<string>, child: ChildHandle, options: ProcessOptions): Promise<string> {
  const { signal, readyTimeoutMs = READY_TIMEOUT_MS } = options;
  const given = Promise.withResolvers<never>();
  const onAbort = (): void => given.reject(signal === undefined ? new Error('aborted') : abortReason(signal));
  const late = `${child.name} wasn't ready within ${readyTimeoutMs / 1000} s`;
  const timer = setTimeout(() => given.reject(new Error(withTail(late, child))), readyTimeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  const ended = child.exited.then(({ code, signal: by }) => {
    throw new Error(withTail(`${child.name} ended before it was ready (${by ?? `exit code ${code}`})`, child));
  });
  try {
    return await Promise.race([line, ended, given.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    // The process may end much later, when nobody waits for this any more.
    ended.catch(() => undefined);
  }
}

function parseReadyLine(name: string, line: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Error(`${name} wrote a first line that isn't JSON: ${line.slice(0, 200)}`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${name} wrote a first line that isn't a JSON object: ${line.slice(0, 200)}`);
}

function withTail(message: string, child: ChildHandle): string {
  const tail = child.logTail();
  return tail === '' ? message : `${message}; it wrote:\n${tail}`;
}
