// Tells a process that computes from one that the machine doesn't let run: an event loop that stood still for seconds says
// something about the program only as far as its thread was on a processor meanwhile.
import { readFileSync } from 'node:fs';

/** Of the kernel's clock, a second (USER_HZ). */
const TICKS = 100;

interface Sample {
  /** Seconds, of any clock. */
  readonly at: number;
  /** Processor time of the main thread so far, seconds. */
  readonly used: number;
}

export class ComputingTime {
  #samples: Sample[] = [];

  add(at: number, used: number): void {
    this.#samples.push({ at, used });
  }

  /** Most processor time that was used in any `window` seconds; what lies before the last sample is forgotten then. */
  most(window: number): number {
    let most = 0;
    let end = 0;
    for (const { at, used } of this.#samples) {
      while (end < this.#samples.length - 1 && (this.#samples[end]?.at ?? 0) - at < window) end += 1;
      most = Math.max(most, (this.#samples[end]?.used ?? used) - used);
    }
    this.#samples = this.#samples.slice(-1);
    return most;
  }
}

/** Processor time of a process's main thread so far, from the kernel; undefined: it's gone. */
export function mainThreadSeconds(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return undefined;
  }
}
