// More than ten and more than a fifth in ten minutes: the one that is too many is stopped, and so is all that follows.
import { describe, expect, it } from '@jest/globals';
import { DeletionBreaker } from '../../../../src/controllers/vcenter/deletion-breaker.ts';
import type { PendingDeletion } from '../../../../src/controllers/vcenter/deletion-breaker.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const MINUTE = 60_000;

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `uid-${i}`);
}

function pending(count: number, deletedAt = NOW): PendingDeletion[] {
  return names(count).map((uid) => ({ uid, deletedAt }));
}

const FIRST: PendingDeletion = { uid: 'uid-0', deletedAt: NOW };

describe('DeletionBreaker', () => {
  it.each([
    ['ten of twenty', 10, 20, false],
    ['eleven of twenty', 11, 20, true],
    ['eleven of 54', 11, 54, true],
    ['eleven of 55: a fifth', 11, 55, false],
    ['100 of 499', 100, 499, true],
    ['one of one', 1, 1, false],
  ])('with %s under way', (_, deleted, all, trips) => {
    const decided = new DeletionBreaker().decide(FIRST, pending(deleted), names(all), NOW);
    expect(decided).toEqual(trips ? { deleted, of: all } : undefined);
  });

  it('counts what it let through and is gone by now, for ten minutes', () => {
    const breaker = new DeletionBreaker();
    const all = names(20);
    const one = (i: number, at: number) =>
      breaker.decide({ uid: `uid-${i}`, deletedAt: at }, [{ uid: `uid-${i}`, deletedAt: at }], all.slice(i), at);
    for (let i = 0; i < 10; i += 1) expect(one(i, NOW + i * 30_000)).toBeUndefined();
    expect(one(10, NOW + 9 * MINUTE)).toEqual({ deleted: 11, of: 20 });
    expect(one(10, NOW + 10 * MINUTE)).toBeUndefined(); // the first is no longer of these ten minutes
  });

  it('counts old deletions when they are let through: an outage that ends is no reason to hurry', () => {
    const breaker = new DeletionBreaker();
    const old = pending(20, NOW - 30 * MINUTE);
    const decided = old.map((one) => breaker.decide(one, old, names(20), NOW));
    expect(decided.findIndex((each) => each !== undefined)).toBe(10);
  });

  it('counts one that is looked at again and again once, and one that was held after all not', () => {
    const breaker = new DeletionBreaker();
    for (let i = 0; i < 30; i += 1) expect(breaker.decide(FIRST, [FIRST], names(20), NOW + i)).toBeUndefined();
    for (const uid of names(40)) {
      expect(breaker.decide({ uid, deletedAt: 0 }, [], names(40), NOW)).toBeUndefined();
      breaker.withdraw(uid);
    }
  });

  it('counts nothing that was deleted before an administrator resumed', () => {
    const breaker = new DeletionBreaker();
    expect(breaker.decide(FIRST, pending(15), names(20), NOW)).toBeDefined();
    breaker.accept(NOW);
    expect(breaker.decide({ uid: 'late', deletedAt: NOW + 1 }, pending(15), names(20), NOW + 1)).toBeUndefined();
    breaker.accept(NOW - MINUTE); // an earlier answer takes nothing back
    expect(breaker.acceptedUntil).toBe(NOW);
    const more = pending(11, NOW + MINUTE);
    expect(breaker.decide(FIRST, more, names(20), NOW + MINUTE)).toBeDefined();
  });
});
