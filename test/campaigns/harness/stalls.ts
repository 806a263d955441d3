// How long the machine didn't let a process run, measured from outside while it lives: our own event loop that came late, on
// the same processors, and the kernel's count of the time for which the process's main thread was ready and had to wait.
import { readFileSync } from 'node:fs';

/** Epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

interface Sample {
  readonly at: number;
  /** Milliseconds on the run queue so far. */
  readonly waited: number;
}

const TICK_MS = 100;
/** Later than this is no mere rounding of a timer. */
const LATE_MS = 50;
const NS = 1e6;

/** Milliseconds that its main thread waited for a processor so far; undefined: it's gone, or this kernel doesn't count. */
function waitedMs(pid: number): number | undefined {
  try {
    const [, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
    return waited === undefined ? undefined : Number(waited) / NS;
  } catch {
    return undefined;
  }
}

export class Stalls {
  readonly #late: Span[] = [];
  readonly #samples: Sample[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastAt = 0;

  /** Measures from now on, until `stop`. */
  start(pid: number): void {
    this.stop();
    this.#samples.length = 0;
    this.#lastAt = Date.now();
    this.#timer = setInterval(() => this.tick(Date.now(), waitedMs(pid)), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One measurement. */
  tick(at: number, waited: number | undefined): void {
    if (at - this.#lastAt > TICK_MS + LATE_MS) this.#late.push({ from: this.#lastAt + TICK_MS, to: at });
    this.#lastAt = at;
    if (waited !== undefined) this.#samples.push({ at, waited });
  }

  /** When our own event loop came late. */
  get late(): readonly Span[] {
    return this.#late;
  }

  /** Milliseconds that the process waited for a processor in that time. */
  waited({ from, to }: Span): number {
    const first = this.#samples.findLast(({ at }) => at <= from) ?? this.#samples[0];
    const last = this.#samples.findLast(({ at }) => at <= to);
    return Math.max(0, (last?.waited ?? 0) - (first?.waited ?? 0));
  }
}
