// How long things take, in simulated milliseconds: fixed, or lognormal around the fixed value when the inventory file says so.
import { seededRandom } from '../faults/seeded-random.ts';
import type { SeededRandom } from '../faults/seeded-random.ts';
import type { SeedTiming, Timed } from '../inventory/seed.ts';

export class Durations {
  readonly #timing: SeedTiming;
  /** Where the random durations are in their sequence. */
  readonly random: SeededRandom;

  constructor(timing: SeedTiming, seed: number) {
    this.#timing = timing;
    this.random = seededRandom(seed);
  }

  /** Time of one operation that also copies `copiedBytes`. */
  of(timed: Timed, copiedBytes = 0): number {
    const fixed = this.#timing.durationsMs[timed] + (copiedBytes / this.#timing.copyBytesPerSecond) * 1000;
    return this.#timing.sigma === 0 ? fixed : fixed * Math.exp(this.#timing.sigma * this.#normal());
  }

  /** Standard normal (Box and Muller). */
  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }
}
