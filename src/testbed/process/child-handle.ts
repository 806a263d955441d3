// A ManagedProcess over a Node child process that leads its own group. When the leader ends, whatever it left in the
// group is killed too, and the guard forgets the group: after `stop` or `kill` nothing of it runs.
import type { ChildProcess } from 'node:child_process';
import type { Guard } from './guard.ts';
import { guard } from './guard.ts';
import type { ManagedProcess, ProcessExit } from './managed-process.ts';
import { signalGroup } from './signal-group.ts';
import { awaitStandstill } from './stand-still.ts';

const STOP_GRACE_MS = 5000;
const LAST_WORDS_MS = 300;

/** See ManagedProcess. `ready` is set by who started the child. */
export class ChildHandle implements ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  readonly logTail: () => string;
  ready: Readonly<Record<string, unknown>> = {};
  readonly #guard: Guard;
  #running = true;

  constructor(name: string, child: ChildProcess, pid: number, logTail: () => string) {
    this.name = name;
    this.pid = pid;
    this.logTail = logTail;
    this.#guard = guard({ kind: 'group', pid });
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#running = false;
        signalGroup(pid, 'SIGKILL');
        // What it wrote last may still be in the pipes, and is what an error message is about to quote. A process that
        // left the group can hold them open, so not for ever.
        const timer = setTimeout(() => resolve({ code, signal }), LAST_WORDS_MS);
        child.once('close', () => {
          clearTimeout(timer);
          resolve({ code, signal });
        });
      });
    });
    void this.exited.then(() => this.#guard.release());
  }

  get running(): boolean {
    return this.#running;
  }

  async stop(graceMs = STOP_GRACE_MS): Promise<ProcessExit> {
    this.#signal('SIGTERM');
    // A frozen process gets its SIGTERM only when it goes on.
    this.#signal('SIGCONT');
    const timer = setTimeout(() => this.#signal('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    await this.#guard.release();
    return exit;
  }

  async kill(): Promise<ProcessExit> {
    this.#signal('SIGKILL');
    const exit = await this.exited;
    await this.#guard.release();
    return exit;
  }

  freeze(): void {
    this.#signal('SIGSTOP');
    if (this.#running) awaitStandstill(this.pid);
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    // Its number may belong to somebody else once it has ended.
    if (this.#running) signalGroup(this.pid, signal);
  }
}
