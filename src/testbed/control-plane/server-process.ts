// One server of the control plane, which can be stopped, killed, frozen and started again on the same data and port.
// An end that nobody asked for is reported, because everything that follows would fail for a reason hard to see.
import type { ManagedProcess } from '../process/managed-process.ts';
import { startProcess } from '../process/start-process.ts';
import { waitUntil } from '../wait-until.ts';

export interface ServerProcess {
  readonly name: string;
  /** Of the current or the last process. */
  readonly pid: number;
  readonly running: boolean;
  /** SIGTERM, then SIGKILL after two seconds; resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing is answered. */
  freeze(): void;
  resume(): void;
  /** Kills it if it runs, starts it on the same data and port, and waits until it is ready. */
  restart(): Promise<void>;
  logTail(): string;
}

export interface ServerSpec {
  name: string;
  command: string;
  args: readonly string[];
  logFile: string;
  /** Throws or returns false as long as the server isn't ready. */
  isReady: (signal: AbortSignal) => Promise<boolean>;
  onUnexpectedExit: (error: Error) => void;
}

const STOP_GRACE_MS = 2000;
const READY_TIMEOUT_MS = 60_000;

/** Starts the server and waits until it is ready; on failure and on the signal nothing of it is left. */
export async function startServer(spec: ServerSpec, signal?: AbortSignal): Promise<ServerProcess> {
  let current = await startOnce(spec, signal);
  let wanted = true;
  watch(current);

  function watch(started: ManagedProcess): void {
    void started.exited.then(({ code, signal: by }) => {
      if (!wanted || started !== current) return;
      spec.onUnexpectedExit(
        new Error(`${spec.name} ended by itself (${by ?? `exit code ${code}`}):\n${started.logTail()}`),
      );
    });
  }

  return {
    name: spec.name,
    get pid() {
      return current.pid;
    },
    get running() {
      return current.running;
    },
    async stop() {
      wanted = false;
      await current.stop(STOP_GRACE_MS);
    },
    async kill() {
      wanted = false;
      await current.kill();
    },
    freeze: () => current.freeze(),
    resume: () => current.resume(),
    async restart() {
      wanted = false;
      await current.kill();
      current = await startOnce(spec);
      wanted = true;
      watch(current);
    },
    logTail: () => current.logTail(),
  };
}

async function startOnce(spec: ServerSpec, signal?: AbortSignal): Promise<ManagedProcess> {
  const { name, command, args, logFile } = spec;
  const started = await startProcess({ name, command, args, logFile, signal });
  const ended = new AbortController();
  void started.exited.then(({ code, signal: by }) => {
    ended.abort(new Error(`${name} ended before it was ready (${by ?? `exit code ${code}`}):\n${started.logTail()}`));
  });
  const stopped = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
  try {
    await waitUntil(`${name} to be ready`, () => spec.isReady(stopped), {
      timeoutMs: READY_TIMEOUT_MS,
      signal: stopped,
    });
    return started;
  } catch (error) {
    await started.kill();
    throw error;
  }
}
