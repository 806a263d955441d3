// What the testbed's users see of a child process: how it ended, what it last said, and the ways to disturb it.
// Each child leads a process group of its own, so a Ctrl-C at the terminal reaches only the parent, which stops it in order.

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  /** The first line of standard output, parsed; empty for a process that was started without `readyLine`. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Resolves when it has ended and what it wrote has been read; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** The last lines that it wrote, joined. */
  logTail(): string;
  /** SIGTERM (SIGCONT too, if frozen), then SIGKILL after `graceMs` milliseconds, 5000 by default. */
  stop(graceMs?: number): Promise<ProcessExit>;
  /** SIGKILL. */
  kill(): Promise<ProcessExit>;
  /** SIGSTOP: it keeps its sockets and answers nothing. No thread of it runs any more when this returns. */
  freeze(): void;
  /** SIGCONT. */
  resume(): void;
}
