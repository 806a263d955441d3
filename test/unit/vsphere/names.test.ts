// Names as vCenter stores them and as people write them.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeName, unescapeName } from '../../../src/vsphere/names.ts';

describe('escapeName', () => {
  it('encodes what separates the steps of a path, and the percent sign', () => {
    expect(escapeName('a/b\\c 50%')).toBe('a%2fb%5cc 50%25');
  });

  it('is undone by unescapeName', () => {
    const name = fc.string({ unit: fc.constantFrom('%', '/', '\\', '2', '5', 'f', 'c', 'F', 'x', ' ') });
    fc.assert(
      fc.property(name, (value) => {
        expect(unescapeName(escapeName(value))).toBe(value);
        expect(escapeName(value)).not.toMatch(/[/\\]/);
      }),
    );
  });

  it('leaves other percent sequences alone, in either case', () => {
    expect(unescapeName('%20%2F%5C')).toBe('%20/\\');
  });
});
