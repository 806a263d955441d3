// Drawing from lists, reproducibly.
import { seededRandom } from '../../../src/simulator/faults/seeded-random.ts';

/** In an order that the seed decides. */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  return all
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** At most `count` of them; all in their order without a count. */
export function drawn<T>(all: readonly T[], count: number | undefined, seed: number): readonly T[] {
  return count === undefined || count >= all.length ? all : shuffled(all, seed).slice(0, count);
}

/** The first of each list, then the second of each, and so on. */
export function interleaved<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) =>
    lists.flatMap((list) => (i < list.length ? [list[i] as T] : [])),
  ).flat();
}
