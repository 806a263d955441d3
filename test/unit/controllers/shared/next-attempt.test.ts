// An attempt that was put off is waited for as long as a pause can last, and no longer: clocks may be wrong.
import { describe, expect, it } from '@jest/globals';
import { dueInMs } from '../../../../src/controllers/shared/next-attempt.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const LONGEST = 60_000;

describe('dueInMs', () => {
  it.each([
    ['nothing was put off', undefined, 0],
    ['it is to come', '2026-01-01T12:00:30Z', 30_000],
    ['it is past', '2026-01-01T11:59:59Z', 0],
    ['it is as far away as the longest pause', '2026-01-01T12:01:00Z', LONGEST],
    ['the clock that it was stored by was a year ahead', '2027-01-01T12:00:00Z', 0],
    ['it is no time', 'soon', 0],
  ])('where %s', (_, at, expected) => {
    expect(dueInMs(at, NOW, LONGEST)).toBe(expected);
  });
});
