// What a set does next: never more clones than wanted, ordinals lowest first and never two of one, lost clones replaced one
// at a time and none when many are lost at once.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import { ANNOTATIONS } from '../../../../src/api/identifiers.ts';
import type { PlanInput } from '../../../../src/controllers/linked-clone-set/plan.ts';
import {
  holdsReplacement,
  isUntouched,
  nextLostDueMs,
  planSet,
} from '../../../../src/controllers/linked-clone-set/plan.ts';
import { condition, linkedCloneSet, webClone } from '../support/objects.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const LOST_AFTER = 300_000;

function setOf(replicas: number, spec: Partial<LinkedCloneSet['spec']> = {}): LinkedCloneSet {
  return linkedCloneSet({ spec: { replicas, ...spec } });
}

function lost(ordinal: number, agoMs = LOST_AFTER): LinkedClone {
  const lastTransitionTime = new Date(NOW - agoMs).toISOString();
  return webClone(ordinal, {
    conditions: [
      condition('Ready', 'False', 'Lost'),
      condition('Lost', 'True', 'VirtualMachineGone', { lastTransitionTime }),
    ],
  });
}

function plan(set: LinkedCloneSet, owned: readonly LinkedClone[], fields: Partial<PlanInput> = {}) {
  const takenNames = new Set(owned.map((clone) => clone.metadata.name));
  const result = planSet({
    set,
    owned,
    takenNames,
    conflicting: new Set(),
    now: NOW,
    lostAfterMs: LOST_AFTER,
    clockAgrees: true,
    ...fields,
  });
  const names = (clones: readonly LinkedClone[]): string[] => clones.map((clone) => clone.metadata.name);
  return {
    ...result,
    remove: names(result.remove),
    replace: names(result.replace),
    postponed: names(result.postponed),
  };
}

const clones = (...ordinals: number[]): LinkedClone[] => ordinals.map((ordinal) => webClone(ordinal));
const NOTHING = { create: [], remove: [], replace: [], postponed: [], protectedCount: 0 };

describe('planSet', () => {
  it('replaces nothing because of the time while the clocks disagree, and says what it would', () => {
    const owned = [...clones(1, 3), lost(2)];
    expect(plan(setOf(3), owned)).toMatchObject({ replace: ['web-2'], postponed: [] });
    expect(plan(setOf(3), owned, { clockAgrees: false })).toMatchObject({ replace: [], postponed: ['web-2'] });
  });

  it.each<[string, LinkedCloneSet, LinkedClone[], object]>([
    ['has what it wants', setOf(2), clones(1, 2), NOTHING],
    ['has nothing yet', setOf(3), [], { ...NOTHING, create: [1, 2, 3] }],
    ['says nothing of replicas', linkedCloneSet(), [], { ...NOTHING, create: [1] }],
    ['lacks some in between', setOf(4), clones(1, 3), { ...NOTHING, create: [2, 4] }],
    ['starts elsewhere', setOf(2, { naming: { pattern: 'w##', start: 10 } }), [], { ...NOTHING, create: [10, 11] }],
    ['has too many', setOf(1), clones(1, 2, 3), { ...NOTHING, remove: ['web-3', 'web-2'] }],
    ['wants none', setOf(0), clones(1, 2), { ...NOTHING, remove: ['web-2', 'web-1'] }],
  ])('of a set that %s', (_, set, owned, expected) => {
    expect(plan(set, owned)).toEqual(expected);
  });

  it('leaves an ordinal alone whose name somebody else has', () => {
    expect(plan(setOf(2), [], { takenNames: new Set(['web-1', 'web-1-2', 'other-2']) }).create).toEqual([2, 3]);
  });

  it('says how many would have to go and may not', () => {
    const keep = (ordinal: number) => webClone(ordinal, { annotations: { [ANNOTATIONS.protect]: '' } });
    expect(plan(setOf(0), [keep(1), webClone(2), keep(3)])).toEqual({
      ...NOTHING,
      remove: ['web-2'],
      protectedCount: 2,
    });
  });
});

describe('clones that are being deleted', () => {
  const deleting = (ordinal: number) => webClone(ordinal, { deleted: true });

  it('are not replaced before they are gone: the set never owns more than it wants', () => {
    expect(plan(setOf(3), [webClone(1), deleting(2), deleting(3)])).toEqual(NOTHING);
    expect(plan(setOf(5), [webClone(1), deleting(2), deleting(3)]).create).toEqual([4, 5]);
    expect(plan(setOf(3), [webClone(1)]).create).toEqual([2, 3]);
  });

  it('are no victims again, and count as gone when more have to go', () => {
    expect(plan(setOf(1), [webClone(1), webClone(2), deleting(3)]).remove).toEqual(['web-2']);
  });
});

describe('lost clones', () => {
  it('are replaced after their time, one at a time', () => {
    const four = clones(1, 2, 3, 4);
    expect(plan(setOf(5), [...four, lost(5, LOST_AFTER - 1)]).replace).toEqual([]);
    expect(plan(setOf(5), [...four, lost(5)]).replace).toEqual(['web-5']);
    expect(plan(setOf(6), [...four, lost(5), lost(6)]).replace).toEqual(['web-5']);
  });

  it('make room for their own ordinal', () => {
    const [first, second] = [plan(setOf(2), [webClone(1), lost(2)]), plan(setOf(2), [webClone(1)])];
    expect([first.replace, first.create, second.create]).toEqual([['web-2'], [], [2]]);
  });

  it('are not replaced when the set has too many anyway: they go as victims', () => {
    expect(plan(setOf(2), [...clones(1, 2), lost(3)])).toMatchObject({ remove: ['web-3'], replace: [] });
  });

  it.each([
    [1, 1, false],
    [2, 2, false],
    [3, 3, true],
    [3, 7, true],
    [3, 8, false],
    [4, 10, false],
    [5, 10, true],
  ])('%i of %i at once hold replacement: %s', (count, of, held) => {
    const all = [
      ...Array.from({ length: count }, (_, n) => lost(n + 1)),
      ...Array.from({ length: of - count }, (_, n) => webClone(count + n + 1)),
    ];
    expect(holdsReplacement(all)).toBe(held);
    expect(plan(setOf(of), all).replace).toHaveLength(held ? 0 : 1);
  });

  it('are looked at again when the next one is due', () => {
    expect(nextLostDueMs([webClone(1)], NOW, LOST_AFTER)).toBeUndefined();
    expect(nextLostDueMs([lost(1, 1000), lost(2, 5000), lost(3)], NOW, LOST_AFTER)).toBe(LOST_AFTER - 5000);
  });
});

describe('names that somebody else has, under NextOrdinal', () => {
  const waiting = webClone(2, {
    conditions: [condition('Ready', 'False', 'NameConflict')],
    status: { vm: undefined } as never,
  });

  it('are stepped over: the clone without a VM goes, and its ordinal is not taken again', () => {
    const first = plan(setOf(2), [webClone(1), waiting], { conflicting: new Set([2]) });
    expect([first.replace, first.remove]).toEqual([['web-2'], []]);
    expect(plan(setOf(2), [webClone(1)], { conflicting: new Set([2]) }).create).toEqual([3]);
  });

  it('never cost a clone that has its VM', () => {
    expect(plan(setOf(2), clones(1, 2), { conflicting: new Set([2]) })).toEqual(NOTHING);
  });
});

describe('isUntouched', () => {
  it.each<[string, LinkedClone['status'], boolean]>([
    ['nothing', undefined, true],
    ['conditions only', { conditions: [condition('Ready', 'False', 'Pending')] }, true],
    ['an intent', { operation: { type: 'Clone', startedAt: '', attempt: 1 } }, false],
    ['a VM that was a full copy', { conditions: [condition('Linked', 'False', 'FullCopy')] }, false],
    ['a VM', { vm: { moRef: 'vm-1', instanceUuid: 'u' } }, false],
  ])('of a clone with %s', (_, status, expected) => {
    const { status: __, ...clone } = webClone(1);
    expect(isUntouched(status === undefined ? clone : { ...clone, status })).toBe(expected);
  });
});

describe('any set', () => {
  const one = fc.record({
    ordinal: fc.integer({ min: 1, max: 12 }),
    state: fc.constantFrom('ready', 'booting', 'lost', 'deleting', 'protected'),
  });
  const owned = fc.uniqueArray(one, { selector: (each) => each.ordinal, maxLength: 12 }).map((all) =>
    all.map(({ ordinal, state }) => {
      if (state === 'lost') return lost(ordinal);
      if (state === 'deleting') return webClone(ordinal, { deleted: true });
      if (state === 'protected') return webClone(ordinal, { annotations: { [ANNOTATIONS.protect]: '' } });
      return webClone(ordinal, { conditions: [condition('Ready', state === 'ready' ? 'True' : 'False', 'Any')] });
    }),
  );

  it('never owns more than it wants, never makes an ordinal twice, never touches what is protected or going', () => {
    fc.assert(
      fc.property(owned, fc.nat(12), fc.uniqueArray(fc.integer({ min: 1, max: 12 })), (all, replicas, taken) => {
        const takenNames = new Set([...all.map((clone) => clone.metadata.name), ...taken.map((n) => `web-${n}`)]);
        const result = planSet({
          set: setOf(replicas),
          owned: all,
          takenNames,
          conflicting: new Set(),
          now: NOW,
          lostAfterMs: LOST_AFTER,
          clockAgrees: true,
        });
        const live = all.filter((clone) => clone.metadata.deletionTimestamp === undefined);
        if (result.create.length > 0) expect(all.length + result.create.length).toBeLessThanOrEqual(replicas);
        expect(new Set(result.create).size).toBe(result.create.length);
        for (const ordinal of result.create) expect(takenNames.has(`web-${ordinal}`)).toBe(false);
        expect(result.create).toEqual(result.create.toSorted((a, b) => a - b));
        for (const clone of [...result.remove, ...result.replace]) expect(live).toContain(clone);
        for (const clone of result.remove) expect(clone.metadata.annotations).toBeUndefined();
        expect(live.length - result.remove.length).toBeGreaterThanOrEqual(Math.min(replicas, live.length));
        expect(result.create.length === 0 || result.remove.length === 0).toBe(true);
        expect(result.replace.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  it('comes to what it wants, and stays there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(8), fc.nat(8), (start, middle, end) => {
        let all: LinkedClone[] = [];
        for (const replicas of [start, middle, end, end, end]) {
          const set = setOf(replicas);
          const takenNames = new Set(all.map((clone) => clone.metadata.name));
          const { create, remove } = planSet({
            set,
            owned: all,
            takenNames,
            conflicting: new Set(),
            now: NOW,
            lostAfterMs: LOST_AFTER,
            clockAgrees: true,
          });
          all = [...all.filter((clone) => !remove.includes(clone)), ...create.map((ordinal) => webClone(ordinal))];
        }
        const ordinals = all.map((clone) => Number(clone.metadata.name.slice(4))).toSorted((a, b) => a - b);
        expect(ordinals).toEqual(Array.from({ length: end }, (_, n) => n + 1));
      }),
    );
  });
});
