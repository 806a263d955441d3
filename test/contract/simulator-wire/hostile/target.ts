// A handle on the attacked process: its address, what it holds, and whether it is still there.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { References } from './recorded-requests.ts';

export interface Memory {
  /** Heap and buffers after a full garbage collection. */
  readonly heldBytes: number;
  /** The longest that the event loop stood still since the last answer. */
  readonly deafMs: number;
  /** Those that are alive, oldest first: whose, by what, since when. */
  readonly sessions: readonly string[];
}

interface Ready {
  readonly url: string;
  readonly references: References;
  /** MoRef value of the bystander's machine. */
  readonly bystander: string;
}

export class Target implements Ready {
  readonly url: string;
  readonly references: References;
  readonly bystander: string;
  readonly #child: ChildProcess;
  #log = '';

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.url = ready.url;
    this.references = ready.references;
    this.bystander = ready.bystander;
    child.stderr?.on('data', (text: Buffer) => {
      this.#log += text.toString();
    });
  }

  static async start(): Promise<Target> {
    const child = fork(new URL('target-process.ts', import.meta.url), {
      execArgv: ['--disable-warning=ExperimentalWarning', '--expose-gc'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    const [ready] = (await once(child, 'message')) as [Ready];
    return new Target(child, ready);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it logged: mistakes of its own. */
  get log(): string {
    return this.#log;
  }

  async memory(): Promise<Memory> {
    const answer = once(this.#child, 'message');
    this.#child.send('memory');
    const [memory] = (await answer) as [Memory];
    return memory;
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}
