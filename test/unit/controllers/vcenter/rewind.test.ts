// An inventory that went back in time is held, under an id that names this rewind, until exactly that id is accepted.
import { describe, expect, it } from '@jest/globals';
import type { VCenterHold } from '../../../../src/api/types.generated.ts';
import { nextHolds, rewindId, wentBackwards } from '../../../../src/controllers/vcenter/rewind.ts';

const NOW = '2026-01-01T12:00:00Z';
const MARK = { key: 100, createdTime: '2026-01-01T00:00:00Z' };
const BEFORE = { key: 40, createdTime: '2025-12-31T00:00:00Z' };
const AFTER = { key: 101, createdTime: '2026-01-01T01:00:00Z' };
const REWOUND: VCenterHold = { type: 'InventoryRewound', id: '100-40', since: '2026-01-01T06:00:00Z' };
const PAUSED: VCenterHold = { type: 'DeletionsPaused', id: 'p', since: NOW };

describe('wentBackwards', () => {
  it.each([
    ['nothing was seen before', undefined, BEFORE, false],
    ['a later event', MARK, AFTER, false],
    ['the same event', MARK, { ...MARK }, false],
    ['an earlier event', MARK, BEFORE, true],
    ['no event any more', MARK, undefined, true],
    ['never an event', undefined, undefined, false],
    ['the same key at another time', MARK, { ...MARK, createdTime: '2026-01-01T00:00:05Z' }, true],
    ['the same event, with fractions of a second', MARK, { ...MARK, createdTime: '2026-01-01T00:00:00.9Z' }, false],
    ['a later key of a day before', MARK, { key: 101, createdTime: '2025-12-31T00:00:00Z' }, true],
    [
      'a later key by a clock that was set back a little',
      MARK,
      { key: 101, createdTime: '2025-12-31T23:59:30Z' },
      false,
    ],
  ])('after %s', (_, mark, latest, expected) => {
    expect(wentBackwards(mark, latest)).toBe(expected);
  });
});

describe('nextHolds', () => {
  it('adds a hold when the events went back, beside others', () => {
    expect(nextHolds([PAUSED], MARK, BEFORE, undefined, NOW)).toEqual([
      PAUSED,
      { type: 'InventoryRewound', id: '100-40', since: NOW },
    ]);
  });

  it('keeps a hold though events go on from there: what was forgotten stays forgotten', () => {
    expect(nextHolds([REWOUND], MARK, { ...AFTER, key: 500 }, undefined, NOW)).toEqual([REWOUND]);
  });

  it.each(['100-39', 'true', '', '100'])('keeps it for the wrong answer %j', (accepted) => {
    expect(nextHolds([REWOUND], MARK, BEFORE, accepted, NOW)).toEqual([REWOUND]);
  });

  it('lifts it for its own id only, and leaves other holds alone', () => {
    expect(nextHolds([PAUSED, REWOUND], MARK, AFTER, '100-40', NOW)).toEqual([PAUSED]);
  });

  it('makes no new hold for a rewind that was accepted, and one for the next', () => {
    expect(nextHolds([], MARK, BEFORE, '100-40', NOW)).toEqual([]);
    const again = nextHolds([], MARK, { ...BEFORE, key: 41 }, '100-40', NOW);
    expect(again.map((hold) => hold.id)).toEqual(['100-41']);
  });

  it('changes nothing while all is well', () => {
    const holds = [PAUSED];
    expect(nextHolds(holds, MARK, AFTER, undefined, NOW)).toBe(holds);
    expect(rewindId(MARK, undefined)).toBe('100-0');
  });
});
