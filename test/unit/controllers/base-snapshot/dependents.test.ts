// What stands on a base and so holds it: clones by the UID they were made of, sets also at zero replicas, other bases of the
// same snapshot while it would be removed; and how that is said.
import { describe, expect, it } from '@jest/globals';
import {
  baseKeyOf,
  baseStandsOn,
  cloneStandsOn,
  describeDependents,
  isEmpty,
  setStandsOn,
} from '../../../../src/controllers/base-snapshot/dependents.ts';
import { baseSnapshot, linkedClone, linkedCloneSet, pinned } from '../support/objects.ts';

const BASE = baseSnapshot({ uid: 'uid-base' });

describe('baseKeyOf', () => {
  it('means the namespace of the one that refers, unless another is named', () => {
    expect([baseKeyOf({ name: 'win' }, 'lab'), baseKeyOf({ name: 'win', namespace: 'bases' }, 'lab')]).toEqual([
      'lab/win',
      'bases/win',
    ]);
  });
});

describe('cloneStandsOn', () => {
  it.each([
    ['it refers to it and nothing was done yet', { namespace: 'lab' }, {}, undefined, true],
    [
      'it refers to it from another namespace',
      { namespace: 'other' },
      { baseSnapshotRef: { name: 'win', namespace: 'lab' } },
      undefined,
      true,
    ],
    ['it was made of it', { namespace: 'lab' }, {}, 'uid-base', true],
    [
      'it was made of it and refers to another since',
      { namespace: 'lab' },
      { baseSnapshotRef: { name: 'linux' } },
      'uid-base',
      true,
    ],
    ['it refers to one of the same name elsewhere', { namespace: 'other' }, {}, undefined, false],
    ['it refers to another', { namespace: 'lab' }, { baseSnapshotRef: { name: 'linux' } }, undefined, false],
    ['it was made of an earlier base of the same name', { namespace: 'lab' }, {}, 'uid-earlier', false],
  ])('when %s', (_, place, spec, baseSnapshotUid, expected) => {
    const status = baseSnapshotUid === undefined ? {} : { status: { baseSnapshotUid } };
    expect(cloneStandsOn(linkedClone({ name: 'c', ...place, spec, ...status }), BASE)).toBe(expected);
  });
});

describe('setStandsOn', () => {
  it.each([
    ['its template refers to it', {}, true],
    ['it has no replicas', { spec: { replicas: 0 } }, true],
    ['it is paused', { spec: { paused: true } }, true],
    ['it is being deleted: its clones count themselves', { deleted: true }, false],
    ['it is elsewhere', { namespace: 'other' }, false],
    ['its template refers to another base', { template: { baseSnapshotRef: { name: 'linux' } } }, false],
  ])('when %s', (_, fields, expected) => {
    expect(setStandsOn(linkedCloneSet(fields), BASE)).toBe(expected);
  });
});

describe('baseStandsOn', () => {
  const made = { ...pinned(), snapshot: { ...pinned().snapshot, createdByOperator: true } };
  const mine = baseSnapshot({ uid: 'mine', spec: { deletionPolicy: 'Delete' }, status: made });
  const other = (fields: Parameters<typeof pinned>[0]) =>
    baseSnapshot({ name: 'other', uid: 'other', status: pinned(fields) });

  it.each([
    ['pinned to the same snapshot', other({}), true],
    ['pinned to it under the reference it had before a re-registration', other({ moRef: 'snapshot-99' }), true],
    ['pinned to another snapshot of the VM', other({ moRef: 'snapshot-2', id: 2 }), false],
    ['pinned to a snapshot of the same number of another VM', other({ moRef: 'snapshot-9', vm: 'another' }), false],
    ['pinned in another vCenter, where references repeat', other({ vCenter: 'vc2-uuid' }), false],
    ['not pinned yet', baseSnapshot({ uid: 'other' }), false],
    ['itself', mine, false],
  ])('of one that is %s', (_, one, expected) => {
    expect(baseStandsOn(one, mine)).toBe(expected);
  });

  it('holds nothing where the snapshot stays anyway', () => {
    expect(baseStandsOn(other({}), baseSnapshot({ uid: 'mine', status: made }))).toBe(false);
    expect(baseStandsOn(other({}), baseSnapshot({ uid: 'mine', spec: { deletionPolicy: 'Delete' } }))).toBe(false);
  });

  it('lets only one of two wait for the other: the one whose snapshot it is', () => {
    const adopter = baseSnapshot({ uid: 'adopter', spec: { deletionPolicy: 'Delete' }, status: pinned() });
    expect([baseStandsOn(adopter, mine), baseStandsOn(mine, adopter)]).toEqual([true, false]);
  });
});

describe('describeDependents', () => {
  const clones = [10, 2, 1, 3, 4, 5].map((n) => linkedClone({ name: `web-${n}` }));
  const none = { clones: [], sets: [], bases: [] };

  it('names at most five of each kind, in the order people count', () => {
    expect(describeDependents({ ...none, clones }, 'lab')).toBe(
      '6 clones ("web-1", "web-2", "web-3", "web-4", "web-5", …)',
    );
  });

  it('counts what is in other namespaces without naming it', () => {
    const secret = linkedClone({ name: 'secret-project', namespace: 'finance' });
    const text = describeDependents(
      { ...none, clones: [linkedClone({ name: 'web-1' }), secret], sets: [linkedCloneSet()] },
      'lab',
    );
    expect(text).toBe('2 clones ("web-1", 1 in other namespaces), 1 set ("web")');
    expect(text).not.toContain('secret-project');
  });

  it('says nothing of nothing', () => {
    expect([describeDependents(none, 'lab'), isEmpty(none), isEmpty({ ...none, sets: [linkedCloneSet()] })]).toEqual([
      '',
      true,
      false,
    ]);
  });
});
