// Delays between tries: they grow, they are capped, and the random part only shortens.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffDelay } from '../../../src/util/backoff.ts';

describe('backoffDelay', () => {
  it.each([
    [0, 100],
    [1, 200],
    [2, 400],
    [6, 5000],
    [1000, 5000],
  ])('before try %i is %i ms without jitter', (attempt, expected) => {
    expect(backoffDelay(attempt, { initialMs: 100, maxMs: 5000, jitter: 0 })).toBe(expected);
  });

  it('takes the factor that is asked for', () => {
    expect(backoffDelay(2, { initialMs: 10, maxMs: 1000, factor: 3, jitter: 0 })).toBe(90);
  });

  it.each([
    [0, 1000],
    [0.5, 900],
    [1, 800],
  ])('with random number %f of the usual jitter is %i ms of 1000', (random, expected) => {
    expect(backoffDelay(0, { initialMs: 1000, maxMs: 1000, random: () => random })).toBe(expected);
  });

  it('never exceeds the cap, never falls below the jitter, never shrinks with the number of tries', () => {
    const options = { initialMs: fc.integer({ min: 1, max: 60_000 }), maxMs: fc.integer({ min: 1, max: 600_000 }) };
    fc.assert(
      fc.property(
        fc.record(options),
        fc.nat(200),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (given, attempt, random) => {
          const delay = backoffDelay(attempt, { ...given, random: () => random });
          const full = Math.min(given.maxMs, given.initialMs * 2 ** Math.min(attempt, 64));
          expect(delay).toBeLessThanOrEqual(given.maxMs);
          expect(delay).toBeGreaterThanOrEqual(full * 0.8 - 1e-6);
          const next = backoffDelay(attempt + 1, { ...given, random: () => random });
          expect(next).toBeGreaterThanOrEqual(delay);
        },
      ),
    );
  });
});
