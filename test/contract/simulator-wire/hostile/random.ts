// Chance that can be repeated: every attack has a number, and its own sequence that follows from the run's seed and it.
import { seededRandom } from '../../../../src/simulator/faults/seeded-random.ts';

/** 0 to 1, without 1. */
export type Random = () => number;

export function randomOf(seed: number, number: number): Random {
  const random = seededRandom((Math.imul(seed, 0x9e37_79b1) ^ Math.imul(number + 1, 0x85eb_ca6b)) >>> 0);
  for (let i = 0; i < 4; i++) random(); // near seeds begin alike
  return random;
}

/** A whole number from 0 to `below` - 1. */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const chosen = from[below(random, from.length)];
  if (chosen === undefined) throw new Error('there is nothing to pick from');
  return chosen;
}
