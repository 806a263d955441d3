// The simulated vCenter as a process of its own, for demo, benchmarks and tests that kill or freeze it.
import type { ManagedProcess } from './process/managed-process.ts';
import type { Flags } from './process/node-command.ts';
import { COMPILE_CACHE, nodeArguments } from './process/node-command.ts';
import { readyField } from './process/ready-field.ts';
import { startProcess } from './process/start-process.ts';

/** As in `npm run simulator`: V8 would let the heap of 10,000 machines (120 MB) grow threefold before it looks for garbage. */
const SMALL_HEAP = ['--max-semi-space-size=8', '--heap-growing-percent=30'];

export interface SimulatorOptions {
  /** By name without dashes. */
  flags?: Flags;
  logFile?: string;
  onLine?: (line: string) => void;
  readyTimeoutMs?: number;
  signal?: AbortSignal | undefined;
}

export interface RunningSimulator {
  process: ManagedProcess;
  /** https://127.0.0.1:port/sdk */
  url: string;
  /** SHA-256 of its certificate, in pairs of hex digits with colons. */
  thumbprint: string;
  username: string;
  password: string;
  /** Base of the admin endpoint: `${adminUrl}/v1/stats`. */
  adminUrl: string;
}

/** Starts `src/simulator/main.ts` and waits for its ready line. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const { flags, logFile, onLine, readyTimeoutMs, signal } = options;
  const started = await startProcess({
    name: 'simulator',
    command: process.execPath,
    args: nodeArguments('src/simulator/main.ts', flags, SMALL_HEAP),
    env: COMPILE_CACHE,
    readyLine: true,
    logFile,
    onLine,
    readyTimeoutMs,
    signal,
  });
  const field = (name: string): string => readyField(started, name);
  return {
    process: started,
    url: field('url'),
    thumbprint: field('thumbprint'),
    username: field('username'),
    password: field('password'),
    adminUrl: field('adminUrl'),
  };
}
