// What was under a key and isn't any more is told once, whether nothing or another object took its place.
import { expect, it } from '@jest/globals';
import { KnownUids } from '../../../../src/controllers/shared/known-uids.ts';

it('tells what has gone from under a key, once', () => {
  const known = new KnownUids();
  const [web, other] = [
    { namespace: 'lab', name: 'web' },
    { namespace: 'other', name: 'web' },
  ];
  expect([known.note(web, 'a'), known.note(web, 'a'), known.note(other, 'b')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(known.note(web, 'c')).toBe('a');
  expect([known.note(web, undefined), known.note(web, undefined)]).toEqual(['c', undefined]);
  expect(known.note(other, undefined)).toBe('b');
});
