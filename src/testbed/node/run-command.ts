// Runs a command of the machine to its end: its output, or an error with what it said.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { rootsPath } from './requirements.ts';

export interface CommandOptions {
  signal?: AbortSignal | undefined;
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  input?: string;
  /** Ten minutes by default. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 600_000;
const LARGEST_OUTPUT = 64 * 1024 * 1024;

/** Standard output. Rejects with the command line and what it wrote, and with the signal's reason. */
export async function runCommandLine(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { signal, env, cwd, input, timeoutMs = TIMEOUT_MS } = options;
  const running = promisify(execFile)(command, [...args], {
    env: { ...process.env, PATH: rootsPath(), ...env },
    timeout: timeoutMs,
    maxBuffer: LARGEST_OUTPUT,
    ...(signal === undefined ? {} : { signal }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  // a command that has ended already, or reads nothing, is no error of ours
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(input ?? '');
  try {
    return (await running).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${command} ${args.join(' ')}: ${said(error)}`, { cause: error });
  }
}

function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const outputs = ['stderr', 'stdout'].map((name) => String((error as unknown as Record<string, unknown>)[name] ?? ''));
  return outputs.map((text) => text.trim()).find((text) => text !== '') ?? error.message;
}
