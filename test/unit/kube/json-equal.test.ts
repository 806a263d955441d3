// Equality of JSON as it's stored, against comparing canonical text.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonEqual } from '../../../src/kube/json-equal.ts';

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

describe('jsonEqual', () => {
  it('agrees with canonical text', () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(value, value, (a, b) => {
        // Text can't tell 0 from -0, and neither can the API server.
        expect(jsonEqual(a, b)).toBe(canonical(a) === canonical(b));
        expect(jsonEqual(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    { a: { x: undefined }, b: {}, equal: true },
    { a: { x: null }, b: {}, equal: false },
    { a: [], b: {}, equal: false },
    { a: [1, 2], b: [2, 1], equal: false },
    { a: { x: 1, y: 2 }, b: { y: 2, x: 1 }, equal: true },
    { a: '1', b: 1, equal: false },
  ])('$a and $b: $equal', ({ a, b, equal }) => {
    expect(jsonEqual(a, b)).toBe(equal);
    expect(jsonEqual(b, a)).toBe(equal);
  });
});
