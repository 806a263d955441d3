// The operator as a cluster keeps it: started again whenever it ends, after 10 s, 20 s, 40 s … up to 5 min, as a kubelet does
// (Kubernetes, "Pod Lifecycle": container restarts). An operator that loses its Lease ends itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { startOperator } from '../src/testbed/operator.ts';
import type { OperatorOptions, RunningOperator } from '../src/testbed/operator.ts';

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

export class KeptOperator {
  readonly #options: OperatorOptions;
  readonly #stop = new AbortController();
  readonly #keeping: Promise<void>;
  #current: RunningOperator;
  /** Times that it was started again, or that was tried. */
  restarts = 0;

  constructor(first: RunningOperator, options: OperatorOptions) {
    this.#current = first;
    this.#options = options;
    this.#keeping = this.#keep();
  }

  get metricsUrl(): string {
    return this.#current.metricsUrl;
  }

  /** SIGKILL; it's started again as after any end. */
  async kill(): Promise<void> {
    await this.#current.process.kill();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#current.process.stop(9000);
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      await this.#current.process.exited;
      if (!(await slept(pauseMs, signal))) return;
      this.restarts += 1;
      try {
        this.#current = await startOperator({ ...this.#options, signal });
      } catch {
        // it ended before it was ready, as it does while the API server is away: one more try after the next pause
        if (signal.aborted) return;
      }
    }
  }
}

async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, undefined, { signal }).then(
    () => true,
    () => false,
  );
}
