// Reproducible randomness: the same seed gives the same sequence on every machine. Not for secrets.

export interface SeededRandom {
  (): number;
  /** Where the sequence is: setting it goes on from there. */
  state: number;
}

/** A function that returns numbers from 0 to below 1 (mulberry32). */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return Object.defineProperty(next, 'state', {
    get: () => state,
    set(value: number) {
      state = value >>> 0;
    },
  }) as SeededRandom;
}
