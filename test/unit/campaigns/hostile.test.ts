// What the campaign of hostile replies judges the machines and snapshots by that come and go in it.
import { describe, expect, it } from '@jest/globals';
import type { SentChange } from '../../campaigns/hostile/liar.ts';
import { judgeDestroys, judgeLedger, lifeOf } from '../../campaigns/hostile/oracles.ts';
import type { LifeEvent } from '../../campaigns/hostile/oracles.ts';
import { Diary, machine } from './made-up.ts';

/** A machine of the churning set and a snapshot of its base, made one and two seconds after the beginning. */
function churned(): Diary {
  const snapshot = { task: 'task-2', result: 'snapshot-1' };
  return new Diary().cloned('vm-1', 'a', 'churn-01').done('CreateSnapshot_Task', 'parent', snapshot);
}

const MADE: readonly SentChange[] = [
  { method: 'CloneVM_Task', target: 'parent', at: 1000 },
  { method: 'CreateSnapshot_Task', target: 'parent', at: 2000 },
];
/** An earlier base and an earlier clone of the names were deleted before. */
const LIVES: readonly LifeEvent[] = [
  ...(['churn-1', 'churn'] as const).flatMap((name): LifeEvent[] => [
    { verb: 'create', name, at: 100 },
    { verb: 'delete', name, at: 400 },
    { verb: 'create', name, at: 900 },
    { verb: 'delete', name, at: 5000 },
  ]),
];

function judge(method: string, target: string, at: number): readonly string[] {
  const sent = [...MADE, { method, target, at }];
  return judgeDestroys(churned().entries, sent, MADE.length, LIVES).map(({ text }) => text);
}

describe('what comes and goes', () => {
  it.each([
    ['Destroy_Task', 'vm-1'],
    ['PowerOffVM_Task', 'vm-1'],
    ['RemoveSnapshot_Task', 'snapshot-1'],
  ])('is hit by %s only after its object was deleted, and not one of that name before', (method, target) => {
    const object = target === 'vm-1' ? 'churn-1' : 'churn';
    expect(judge(method, target, 5100)).toEqual([]);
    expect(judge(method, target, 4900)).toEqual([`${method} of ${target} (${object})`]);
  });

  it('is not judged where nothing is taken away', () => {
    expect(judge('PowerOnVM_Task', 'vm-1', 2500)).toEqual([]);
  });

  it('carries the mark of its own object alone', () => {
    const vms = [machine('parent', 'parent', { name: 'Churn' })];
    const marked = (uid: string): readonly string[] =>
      judgeLedger(
        churned().call('ReconfigVM_Task', 'vm-1', { args: { marker: JSON.stringify({ uid }) } }).entries,
        0,
        vms,
      ).map(({ oracle }) => oracle);
    expect(marked('a')).toEqual([]);
    expect(marked('b')).toEqual(['nothing decided on a lie']);
  });
});

describe('a life in the audit log', () => {
  const told = (verb: 'create' | 'patch' | 'delete', code?: number): readonly LifeEvent[] =>
    lifeOf({
      ...{ verb, objectRef: { name: 'churn' }, requestReceivedTimestamp: '1970-01-01T00:00:01Z' },
      ...(code === undefined ? {} : { responseStatus: { code } }),
    });

  it('begins with what made the object, and ends with its deletion', () => {
    expect(told('create', 201)).toEqual([{ verb: 'create', name: 'churn', at: 1000 }]);
    expect(told('patch', 201)).toEqual([{ verb: 'create', name: 'churn', at: 1000 }]);
    expect(told('delete', 200)).toEqual([{ verb: 'delete', name: 'churn', at: 1000 }]);
  });

  it('is not touched by other patches, or by what was refused', () => {
    expect([told('patch', 200), told('delete', 409), told('delete')]).toEqual([[], [], []]);
  });
});
