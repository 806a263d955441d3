// The demo as a child process with a temporary folder of its own, so that a test sees what it leaves behind.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ManagedProcess, ProcessExit } from '../../../../src/testbed/process/managed-process.ts';
import { nodeArguments } from '../../../../src/testbed/process/node-command.ts';
import { startProcess } from '../../../../src/testbed/process/start-process.ts';
import { waitUntil } from '../../../../src/testbed/wait-until.ts';
import { allDescendants } from './descendants.ts';

export interface DemoProcess {
  process: ManagedProcess;
  /** The process numbers of everything that it has started so far. */
  descendants(): number[];
  /** Resolves when a line with `text` has come on standard error. */
  said(text: string): Promise<void>;
  /** What it wrote on standard output. */
  stdout(): string;
  /** Files and folders in its temporary folder. */
  leftovers(): string[];
  /** Sends the signal and waits for the end: how it ended, and after how many milliseconds. */
  end(signal: NodeJS.Signals): Promise<ProcessExit & { milliseconds: number }>;
}

const SAID_WITHIN_MS = 240_000;

const running = new Set<ManagedProcess>();

/** Ends what a failed test has left. */
export async function stopDemos(): Promise<void> {
  await Promise.all([...running].map((demo) => demo.stop()));
  running.clear();
}

/** Starts it; `directory`: where its temporary folder and its output go. */
export async function startDemo(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<DemoProcess> {
  const own = mkdtempSync(join(directory, 'demo-'));
  const [temporary, stdout] = [join(own, 'tmp'), join(own, 'stdout')];
  mkdirSync(temporary);
  writeFileSync(stdout, '');
  const lines: string[] = [];
  const started = await startProcess({
    name: 'demo',
    command: 'sh',
    args: [
      '-c',
      `exec "$0" "$@" > '${stdout}'`,
      process.execPath,
      ...nodeArguments('src/testbed/demo/main.ts'),
      ...args,
    ],
    env: { ...env, TMPDIR: temporary },
    onLine: (line) => lines.push(line),
  });
  running.add(started);
  return {
    process: started,
    descendants: () => allDescendants(started.pid),
    async said(text) {
      await waitUntil(`the demo to say "${text}"`, () => lines.some((line) => line.includes(text)), {
        timeoutMs: SAID_WITHIN_MS,
      });
    },
    stdout: () => readFileSync(stdout, 'utf8'),
    leftovers: () => readdirSync(temporary),
    async end(signal) {
      const from = performance.now();
      process.kill(started.pid, signal);
      return { ...(await started.exited), milliseconds: performance.now() - from };
    },
  };
}
