// From scan to scan: since when an orphan is seen, and when its time has come.
import { describe, expect, it } from '@jest/globals';
import type { FoundOrphan } from '../../../../../src/controllers/vcenter/orphans/ledger.ts';
import { isDue, nextOrphans, samplesOf } from '../../../../../src/controllers/vcenter/orphans/ledger.ts';
import { ref } from '../../support/vm.ts';

const FIRST = '2026-01-01T12:00:00Z';
const SECOND = '2026-01-01T12:30:00Z';
const THIRD = '2026-01-01T13:00:00Z';
const DAY_MS = 86_400_000;

function found(i: number, fields: Partial<FoundOrphan> = {}): FoundOrphan {
  const uid = `uid-${i}`;
  const marker = { cluster: 'c', namespace: 'lab', name: `web-${i}`, uid, instanceUuid: uid };
  return { ref: ref(`vm-${i}`), name: `web-0${i}`, marker, why: 'NotFound', ...fields };
}

describe('orphans from scan to scan', () => {
  it('keep the time of the first scan that found them, and are counted up to two', () => {
    const once = nextOrphans([], [found(1)], FIRST);
    expect(once).toEqual([
      {
        name: 'web-01',
        moRef: 'vm-1',
        instanceUuid: 'uid-1',
        linkedClone: 'lab/web-1',
        uid: 'uid-1',
        why: 'NotFound',
        firstSeenAt: FIRST,
        scans: 1,
      },
    ]);
    const thrice = nextOrphans(nextOrphans(once, [found(1)], SECOND), [found(1, { why: 'AnotherUid' })], THIRD);
    expect(thrice).toMatchObject([{ firstSeenAt: FIRST, scans: 2, why: 'AnotherUid' }]);
  });

  it('begin anew when a scan missed them, or when the reference is that of another machine', () => {
    const known = nextOrphans([], [found(1), found(2)], FIRST);
    const missed = nextOrphans(known, [found(2)], SECOND);
    expect(nextOrphans(missed, [found(1), found(2)], THIRD)).toMatchObject([
      { uid: 'uid-2', firstSeenAt: FIRST },
      { uid: 'uid-1', firstSeenAt: THIRD, scans: 1 },
    ]);
    expect(nextOrphans(known, [found(1, { ref: ref('vm-9') })], SECOND)).toMatchObject([{ scans: 1 }]);
  });

  it('are counted from the scan that a corrected clock knows, not from the time that it had before', () => {
    const ahead = nextOrphans([], [found(1)], THIRD);
    expect(nextOrphans(ahead, [found(1)], SECOND)).toMatchObject([{ firstSeenAt: SECOND, scans: 2 }]);
  });

  it('are named by five, those seen longest first', () => {
    const later = nextOrphans([], [found(7), found(10), found(9), found(8), found(11)], FIRST);
    const all = nextOrphans(
      later,
      [1, 7, 8, 9, 10, 11].map((i) => found(i)),
      SECOND,
    );
    expect(samplesOf(all).map(({ uid }) => uid)).toEqual(['uid-7', 'uid-8', 'uid-9', 'uid-10', 'uid-11']);
  });

  it('begin anew after a restart where the stored status does not name them: later than they might, never earlier', () => {
    const ten = Array.from({ length: 10 }, (_, i) => found(i));
    const before = nextOrphans(nextOrphans([], ten, FIRST), ten, SECOND);
    const after = nextOrphans(samplesOf(before), ten, THIRD);
    expect(after.map(({ scans, firstSeenAt }) => [scans, firstSeenAt])).toEqual([
      ...Array.from({ length: 5 }, () => [2, FIRST]),
      ...Array.from({ length: 5 }, () => [1, THIRD]),
    ]);
    expect(samplesOf(after)).toEqual(samplesOf(before));
    const due = after.filter((orphan) => isDue(orphan, DAY_MS, Date.parse(FIRST) + DAY_MS));
    expect(due).toEqual(samplesOf(after)); // who isn't named isn't deleted
  });

  it.each([
    [1, DAY_MS + 1, false],
    [2, DAY_MS - 1, false],
    [2, DAY_MS, true],
  ])('of %i scans, %i ms after the first: due is %s', (scans, ageMs, due) => {
    const [orphan] = nextOrphans([], [found(1)], FIRST);
    if (orphan === undefined) throw new Error('no orphan');
    expect(isDue({ ...orphan, scans }, DAY_MS, Date.parse(FIRST) + ageMs)).toBe(due);
  });
});
