// The marker that a snapshot of ours carries at the end of its description.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeSnapshot, isOurSnapshot } from '../../../../src/controllers/base-snapshot/snapshot-marker.ts';

describe('the marker of a snapshot', () => {
  it('stands behind the description, or alone', () => {
    expect(describeSnapshot('Before the update', 'c', 'u')).toBe('Before the update\n[linkedclone.dev/owner=c/u]');
    expect(describeSnapshot(undefined, 'c', 'u')).toBe('[linkedclone.dev/owner=c/u]');
    expect(describeSnapshot('', 'c', 'u')).toBe('[linkedclone.dev/owner=c/u]');
  });

  it.each([
    ['our own', '[linkedclone.dev/owner=c/u]', true],
    ['with white space that a server added', 'text\n[linkedclone.dev/owner=c/u]\n ', true],
    ["another object's", '[linkedclone.dev/owner=c/u2]', false],
    ["another cluster's", '[linkedclone.dev/owner=c2/u]', false],
    ['one whose UID only ends like ours', '[linkedclone.dev/owner=c/xu]', false],
    ['quoted in the middle of a text', 'not [linkedclone.dev/owner=c/u] but mine', false],
    ['none', '', false],
  ])('of a description with %s', (_, description, expected) => {
    expect(isOurSnapshot(description, 'c', 'u')).toBe(expected);
  });

  it("is found again behind any description, and is nobody else's", () => {
    fc.assert(
      fc.property(fc.string(), fc.uuid(), fc.uuid(), fc.uuid(), (text, cluster, uid, other) => {
        const description = describeSnapshot(text, cluster, uid);
        expect(isOurSnapshot(description, cluster, uid)).toBe(true);
        if (other !== uid) expect(isOurSnapshot(description, cluster, other)).toBe(false);
        if (other !== cluster) expect(isOurSnapshot(description, other, uid)).toBe(false);
      }),
    );
  });
});
