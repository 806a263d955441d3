// The operator as a process of its own, as it runs in a cluster: tests, demo and benchmarks never call into it.
import type { ManagedProcess } from './process/managed-process.ts';
import type { Flags } from './process/node-command.ts';
import { COMPILE_CACHE, nodeArguments } from './process/node-command.ts';
import { readyField } from './process/ready-field.ts';
import { startProcess } from './process/start-process.ts';

/**
 * As the npm script and the image start it: one malloc arena, a small young generation, and an old one that grows by
 * small steps. With 1,000 clones that is 200 MB at the peak instead of 316 MB (measured), for a quarter more CPU.
 */
const SMALL_PROCESS = {
  nodeFlags: ['--max-semi-space-size=4', '--heap-growing-percent=15'],
  env: { MALLOC_ARENA_MAX: '1' },
} as const;

export interface OperatorOptions {
  /** As whom it works: the file that ControlPlaneClient.operatorKubeconfig wrote, with exactly its rights. */
  kubeconfig: string;
  /** By name without dashes: { 'lease-duration': 1, 'leader-elect': false }. */
  flags?: Flags;
  env?: Readonly<Record<string, string | undefined>>;
  /** Its log, one JSON object a line, is appended here. */
  logFile?: string;
  onLine?: (line: string) => void;
  readyTimeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** Folder of another checkout whose operator it is to be; this one's without it. */
  checkout?: string | undefined;
}

export interface RunningOperator {
  process: ManagedProcess;
  /** Base of /metrics, /healthz and /readyz as the ready line gives it. */
  metricsUrl: string;
}

/** Starts `src/main.ts` and waits for its ready line. */
export async function startOperator(options: OperatorOptions): Promise<RunningOperator> {
  const { kubeconfig, flags = {}, env = {}, logFile, onLine, readyTimeoutMs, signal, checkout } = options;
  const started = await startProcess({
    name: 'operator',
    command: process.execPath,
    args: nodeArguments('src/main.ts', { kubeconfig, ...flags }, SMALL_PROCESS.nodeFlags, checkout),
    env: { ...COMPILE_CACHE, ...SMALL_PROCESS.env, KUBECONFIG: kubeconfig, ...env },
    readyLine: true,
    logFile,
    onLine,
    readyTimeoutMs,
    signal,
  });
  return { process: started, metricsUrl: readyField(started, 'metricsUrl') };
}
