// What sharing saves: the published lab comes out at its own figures, too few clones save less than nothing, and unchanged figures
// keep their time so that nothing is written.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BaseSnapshotStatusDisks, LinkedClone } from '../../../../src/api/types.generated.ts';
import { savingsOf, stampSavings } from '../../../../src/controllers/base-snapshot/storage.ts';
import { webClone } from '../support/objects.ts';

const GIB = 2 ** 30;

function disks(capacity: number, used: number): BaseSnapshotStatusDisks[] {
  return [{ key: 2000, label: 'Hard disk 1', capacityBytes: capacity, usedBytes: used, datastore: 'ds' }];
}

function clones(count: number, unsharedBytes: number): LinkedClone[] {
  const storage = { committedBytes: 0, unsharedBytes, delta: '', asOf: '' };
  return Array.from({ length: count }, (_, n) => webClone(n, { status: { storage } }));
}

describe('savingsOf', () => {
  it('gives the figures of the published lab: 675 GB full, 238.8 thin, 19.3 linked, 97.1 % saved', () => {
    const labs: [number, number][] = [
      [11, 3.34],
      [8, 3.72],
      [8, 2.49],
    ];
    const sum = { full: 0, thin: 0, linked: 0, saved: 0 };
    for (const [capacity, used] of labs) {
      const figures = savingsOf(disks(capacity * GIB, used * GIB), clones(25, 0.13 * GIB), true);
      sum.full += figures.fullCloneBytes / GIB;
      sum.thin += figures.thinCloneBytes / GIB;
      sum.linked += figures.linkedBytes / GIB;
      sum.saved += figures.savedBytes / GIB;
    }
    expect(sum.full).toBe(675);
    expect(sum.thin.toFixed(2)).toBe('238.75');
    expect(sum.linked.toFixed(2)).toBe('19.30');
    expect(((sum.saved / sum.full) * 100).toFixed(1)).toBe('97.1');
  });

  it('counts the base once with the base, and not at all with a set', () => {
    const [base, three] = [disks(100, 40), clones(3, 5)];
    expect(savingsOf(base, three, true)).toEqual({
      fullCloneBytes: 300,
      thinCloneBytes: 120,
      linkedBytes: 55,
      savedBytes: 245,
      savedPercent: 81.7,
    });
    expect(savingsOf(base, three, false)).toMatchObject({ linkedBytes: 15, savedBytes: 285, savedPercent: 95 });
  });

  it('counts all disks, and clones only once they have a VM', () => {
    const two = [...disks(100, 40), ...disks(50, 10)];
    const intended = webClone(9, { status: { vm: undefined } as never });
    expect(savingsOf(two, [...clones(1, 1), intended], false)).toMatchObject({
      fullCloneBytes: 150,
      thinCloneBytes: 50,
    });
  });

  it('is below zero while too few clones pay for the base, in percent only where there are clones', () => {
    expect(savingsOf(disks(100, 40), [], true)).toEqual({
      fullCloneBytes: 0,
      thinCloneBytes: 0,
      linkedBytes: 40,
      savedBytes: -40,
      savedPercent: 0,
    });
    expect(savingsOf(disks(100, 100), clones(1, 5), true)).toMatchObject({ savedBytes: -5, savedPercent: -5 });
  });

  it('always adds up, and never saves more than everything', () => {
    const bytes = fc.nat(2 ** 40);
    fc.assert(
      fc.property(bytes, bytes, fc.nat(30), bytes, fc.boolean(), (capacity, used, count, unshared, withBase) => {
        const figures = savingsOf(disks(capacity, used), clones(count, unshared), withBase);
        expect(figures.savedBytes + figures.linkedBytes).toBe(figures.fullCloneBytes);
        expect(figures.savedBytes).toBeLessThanOrEqual(figures.fullCloneBytes);
        if (figures.fullCloneBytes === 0) expect(figures.savedPercent).toBe(0);
        expect(figures.savedPercent).toBeLessThanOrEqual(100);
        expect(Number.isSafeInteger(figures.linkedBytes)).toBe(true);
      }),
    );
  });
});

describe('stampSavings', () => {
  const figures = savingsOf(disks(100, 40), clones(3, 5), true);
  const stored = { ...figures, asOf: '2026-01-01T00:00:00Z' };

  it('keeps what is stored, time included, while no figure changed', () => {
    expect(stampSavings(stored, { ...figures }, '2026-01-01T01:00:00Z')).toBe(stored);
  });

  it.each(Object.keys(figures) as (keyof typeof figures)[])('has a new time when %s changed', (key) => {
    const changed = { ...figures, [key]: figures[key] + 1 };
    expect(stampSavings(stored, changed, '2026-01-01T01:00:00Z')).toEqual({ ...changed, asOf: '2026-01-01T01:00:00Z' });
  });

  it('stamps the first figures', () => {
    expect(stampSavings(undefined, figures, 'now')).toEqual({ ...figures, asOf: 'now' });
  });
});
