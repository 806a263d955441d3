// A wave names its clones for a while: what is told once isn't told again, what is over goes, and what isn't deleted after all
// is taken back.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet, LinkedCloneSetStatusRemovals } from '../../../../src/api/types.generated.ts';
import { isInWave, withWave, withoutThose } from '../../../../src/controllers/shared/removal-waves.ts';
import { linkedClone, linkedCloneSet, webClone } from '../support/objects.ts';

const AT = '2026-01-01T12:00:00Z';
const NOW = Date.parse(AT);
const MINUTE = 60_000;

function wants(...removals: LinkedCloneSetStatusRemovals[]): LinkedCloneSet {
  return linkedCloneSet({ status: { removals } });
}

function deleted(clone: LinkedClone, deletionTimestamp = AT): LinkedClone {
  return { ...clone, metadata: { ...clone.metadata, deletionTimestamp } };
}

describe('isInWave', () => {
  const set = wants({ at: AT, ordinals: '3,7-9' });

  it.each([
    ['one that it names', webClone(3), AT, true],
    ['the last of a range', webClone(9), '2026-01-01T12:01:59Z', true],
    ['one that it does not name', webClone(10), AT, false],
    ['one that it names, deleted before', webClone(8), '2026-01-01T11:59:50Z', false],
    ['one that it names, deleted long after', webClone(8), '2026-01-01T12:02:01Z', false],
    [
      'one that was made since under that name',
      webClone(8, { created: '2026-01-01T12:00:30Z' }),
      '2026-01-01T12:01:00Z',
      false,
    ],
    ['one of another name', linkedClone({ name: 'desk-8' }), AT, false],
  ])('knows %s', (_, clone, deletedAt, expected) => {
    expect(isInWave(set, deleted(clone, deletedAt))).toBe(expected);
  });

  it('knows none that is not deleted, and none of a set that told nothing', () => {
    expect(isInWave(set, webClone(8))).toBe(false);
    expect(isInWave(linkedCloneSet(), deleted(webClone(8)))).toBe(false);
  });
});

describe('withWave', () => {
  const going = [webClone(9), webClone(3), webClone(8), webClone(7)];

  it('names the clones that go', () => {
    expect(withWave(linkedCloneSet(), going, going, NOW)).toEqual([{ at: AT, ordinals: '3,7-9' }]);
  });

  it('tells what is left of a wave once more only when its time is half over', () => {
    const set = wants({ at: AT, ordinals: '1-20' });
    expect(withWave(set, going, going, NOW + MINUTE - 1)).toBeUndefined();
    expect(withWave(set, going, going, NOW + MINUTE + 1000)).toHaveLength(1);
  });

  it('keeps an earlier wave while clones of it are going', () => {
    const earlier = { at: '2026-01-01T11:00:00Z', ordinals: '4-5' };
    const over = { at: '2026-01-01T10:00:00Z', ordinals: '7-9' };
    const owned = [...going, deleted(webClone(5), '2026-01-01T11:00:01Z')];
    expect(withWave(wants(over, earlier), owned, going, NOW)).toEqual([earlier, { at: AT, ordinals: '3,7-9' }]);
  });

  it('tells as many as the fields take', () => {
    const many = Array.from({ length: 9 }, (_, i) => ({ at: `2026-01-01T11:0${i}:00Z`, ordinals: '5' }));
    const owned = many.map(({ at }) => deleted(webClone(5), at));
    expect(withWave(wants(...many), owned, going, NOW)).toHaveLength(8);
    const every2nd = Array.from({ length: 2000 }, (_, i) => webClone(1000 + 2 * i));
    const [wave] = withWave(linkedCloneSet(), [], every2nd, NOW) ?? [];
    expect(wave?.ordinals).toMatch(/^1000,1002,.*,2636$/);
    expect(wave?.ordinals.length).toBeLessThanOrEqual(4096);
  });
});

describe('withoutThose', () => {
  const set = wants({ at: AT, ordinals: '2' }, { at: AT, ordinals: '3,7-12' });

  it.each([
    ['inside a range', [8, 11], ['2', '3,7,9-10,12']],
    ['at its ends', [7, 12], ['2', '3,8-11']],
    ['all of a wave', [2], ['3,7-12']],
    ['all', [2, 3, 7, 8, 9, 10, 11, 12], []],
  ])('takes back what is %s', (_, ordinals, expected) => {
    const left = withoutThose(
      set,
      ordinals.map((ordinal) => webClone(ordinal)),
    );
    expect(left?.map((wave) => wave.ordinals)).toEqual(expected);
  });

  it('says nothing of what was never told', () => {
    expect(withoutThose(set, [webClone(40)])).toBeUndefined();
  });
});
