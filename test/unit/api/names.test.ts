import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  cloneName,
  defaultPattern,
  fillOrdinal,
  hostnameProblem,
  lowestFreeOrdinals,
  parseOrdinal,
  vmNameProblem,
} from '../../../src/api/names.ts';

describe('fillOrdinal', () => {
  it.each([
    ['Capture##', 7, 'Capture07'],
    ['Capture##', 25, 'Capture25'],
    ['Capture##', 100, 'Capture100'],
    ['#', 0, '0'],
    ['lab-###-qa', 12, 'lab-012-qa'],
    ['$1##$&', 3, '$103$&'],
  ])('%s with %i is %s', (pattern, ordinal, name) => {
    expect(fillOrdinal(pattern, ordinal)).toBe(name);
  });

  it('never gives two ordinals one name', () => {
    const ordinal = fc.nat(200_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), ordinal, ordinal, (width, a, b) => {
        const pattern = `x${'#'.repeat(width)}y`;
        expect(fillOrdinal(pattern, a) === fillOrdinal(pattern, b)).toBe(a === b);
      }),
    );
  });

  it('has a default pattern for a set', () => {
    expect(fillOrdinal(defaultPattern('lab'), 7)).toBe('lab-07');
  });
});

describe('clone names', () => {
  it('lead back to their ordinal', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), fc.nat(999_999), (set, ordinal) => {
        expect(parseOrdinal(set, cloneName(set, ordinal))).toBe(ordinal);
      }),
    );
  });

  it.each([
    ['lab-07'],
    ['lab-'],
    ['lab-x'],
    ['lab--1'],
    ['lab-1e3'],
    ['other-7'],
    ['lab'],
    ['lab-12345678901'],
    ['lab-1-2'],
  ])('%s is none of the set lab', (name) => {
    expect(parseOrdinal('lab', name)).toBeUndefined();
  });
});

describe('lowestFreeOrdinals', () => {
  it.each<[string, number[], number, number, number[]]>([
    ['none taken', [], 1, 3, [1, 2, 3]],
    ['gaps first', [1, 3], 1, 3, [2, 4, 5]],
    ['below the start is not asked for', [0, 5], 4, 2, [4, 6]],
    ['none wanted', [1], 1, 0, []],
  ])('%s', (_, taken, start, count, free) => {
    expect(lowestFreeOrdinals(new Set(taken), start, count)).toEqual(free);
  });
});

describe('hostnameProblem', () => {
  it.each([
    ['capture07', true],
    ['a', true],
    ['x'.repeat(15), true],
    ['x'.repeat(63), false],
    ['123', false],
  ])('%s is fine (Windows: %s)', (name, windows) => {
    expect(hostnameProblem(name, windows)).toBeUndefined();
  });

  it.each([
    ['x'.repeat(16), true, '16 characters, at most 15 for Windows'],
    ['x'.repeat(64), false, '64 characters, at most 63'],
    ['lab_1', false, 'other characters than letters'],
    ['-lab', false, '"-" at an end'],
    ['', false, 'host name ""'],
    ['123', true, 'only digits'],
  ])('%s is not (Windows: %s)', (name, windows, problem) => {
    expect(hostnameProblem(name, windows)).toContain(problem);
    expect(hostnameProblem(name, windows)).toContain('set customization.hostname');
  });
});

describe('vmNameProblem', () => {
  it.each([['a'], ['x'.repeat(80)], ['Lab 1/a (50%)']])('%s is fine', (name) => {
    expect(vmNameProblem(name)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['x'.repeat(81), 'at most 80'],
    ['a\u0000b', 'control characters'],
    ['a\u007f', 'control characters'],
    ['a\u0085', 'control characters'],
    ['a\tb', 'control characters'],
    ['a\uFFFE', 'control characters'],
    [' a', 'begins or ends with a space'],
  ])('%j is not', (name, problem) => {
    expect(vmNameProblem(name)).toContain(problem);
  });
});
