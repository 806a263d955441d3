// References in words: what isn't there is said with at most five of the names that are.
import { describe, expect, it } from '@jest/globals';
import { listNames } from '../../../../src/controllers/shared/references.ts';

describe('listNames', () => {
  it.each([
    [[], 'are none'],
    [['a'], 'is "a"'],
    [['b', 'a'], 'are "a", "b"'],
    [['f', 'e', 'd', 'c', 'b', 'a', 'g'], 'are "a", "b", "c", "d", "e" and 2 more'],
  ])('of %j: there %s', (names, expected) => {
    expect(listNames(names)).toBe(expected);
  });

  it('leaves the list as it is', () => {
    const names = Object.freeze(['b', 'a']);
    expect(listNames(names)).toBe('are "a", "b"');
    expect(names).toEqual(['b', 'a']);
  });
});
