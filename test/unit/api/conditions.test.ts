import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  conditionProblems,
  findCondition,
  needsPerson,
  removeCondition,
  setCondition,
  setSummary,
} from '../../../src/api/conditions.ts';
import type { SummaryState } from '../../../src/api/conditions.ts';
import type { Condition } from '../../../src/api/types.generated.ts';

const NOON = '2026-11-21T12:00:00Z';
const LATER = '2026-11-21T12:00:01Z';

function condition(
  type: string,
  status: Condition['status'],
  reason = 'Because',
): Omit<Condition, 'lastTransitionTime'> {
  return { type, status, reason, message: 'm', observedGeneration: 1 };
}

describe('setCondition', () => {
  it('adds a condition with the time', () => {
    expect(setCondition(undefined, condition('Linked', 'True'), NOON)).toEqual([
      { ...condition('Linked', 'True'), lastTransitionTime: NOON },
    ]);
  });

  it('keeps the time while the status stays, whatever else changes', () => {
    const first = setCondition([], condition('Linked', 'True'), NOON);
    expect(setCondition(first, condition('Linked', 'True', 'Other'), LATER)).toEqual([
      { ...condition('Linked', 'True', 'Other'), lastTransitionTime: NOON },
    ]);
  });

  it('moves the time with the status', () => {
    const first = setCondition([], condition('Linked', 'True'), NOON);
    expect(
      findCondition(setCondition(first, condition('Linked', 'Unknown'), LATER), 'Linked')?.lastTransitionTime,
    ).toBe(LATER);
  });

  it('keeps the order and the others', () => {
    const two = setCondition(setCondition([], condition('A', 'True'), NOON), condition('B', 'True'), NOON);
    expect(setCondition(two, condition('A', 'False'), LATER).map(({ type, status }) => `${type}=${status}`)).toEqual([
      'A=False',
      'B=True',
    ]);
  });

  it('leaves what it was given as it was', () => {
    const frozen = Object.freeze([Object.freeze({ ...condition('A', 'True'), lastTransitionTime: NOON })]);
    setCondition(frozen, condition('A', 'False'), LATER);
    expect(removeCondition(frozen, 'A')).toEqual([]);
    expect(frozen).toHaveLength(1);
  });
});

describe('setSummary', () => {
  const summary = (state: SummaryState): Parameters<typeof setSummary>[1] => ({
    state,
    reason: 'Because',
    message: 'm',
    observedGeneration: 1,
  });
  const shown = (conditions: readonly Condition[]): string =>
    conditions.map(({ type, status }) => `${type}=${status}`).join(' ');

  it.each([
    ['Ready', 'Ready=True'],
    ['Reconciling', 'Ready=False Reconciling=True'],
    ['Stalled', 'Ready=False Stalled=True'],
    ['NotReady', 'Ready=False'],
  ] as const)('%s is %s', (state, expected) => {
    expect(shown(setSummary([], summary(state), NOON))).toBe(expected);
  });

  it('never shows Reconciling beside Stalled, or either beside Ready, whatever came before', () => {
    const states = fc.array(fc.constantFrom<SummaryState>('Ready', 'Reconciling', 'Stalled', 'NotReady'), {
      minLength: 1,
    });
    fc.assert(
      fc.property(states, (sequence) => {
        let conditions: readonly Condition[] = [];
        for (const state of sequence) conditions = setSummary(conditions, summary(state), NOON);
        expect(conditionProblems(conditions, 1)).toEqual([]);
      }),
    );
  });
});

describe('conditionProblems', () => {
  const full = (type: string, status: Condition['status'], generation?: number): Condition => {
    const { observedGeneration: _, ...rest } = { ...condition(type, status), lastTransitionTime: NOON };
    return generation === undefined ? rest : { ...rest, observedGeneration: generation };
  };

  it.each<[string, readonly Condition[], string]>([
    ['no Ready', [], 'Ready is missing'],
    [
      'both',
      [full('Ready', 'False', 1), full('Reconciling', 'True', 1), full('Stalled', 'True', 1)],
      'Reconciling and Stalled together',
    ],
    ['Stalled=False', [full('Ready', 'False', 1), full('Stalled', 'False', 1)], 'Stalled is there without being True'],
    [
      'Reconciling beside Ready',
      [full('Ready', 'True', 1), full('Reconciling', 'True', 1)],
      'Reconciling beside Ready=True',
    ],
    ['a type twice', [full('Ready', 'True', 1), full('Ready', 'True', 1)], 'twice there: Ready'],
    ['no generation', [full('Ready', 'True')], 'Ready has no observedGeneration'],
    ['a generation to come', [full('Ready', 'True', 2)], 'Ready speaks of generation 2'],
  ])('tells of %s', (_, conditions, problem) => {
    expect(conditionProblems(conditions, 1)).toEqual([problem]);
  });
});

describe('needsPerson', () => {
  const object = (generation: number, observedGeneration: number, type: string) => ({
    metadata: { generation },
    status: { observedGeneration, conditions: [{ ...condition(type, 'True'), lastTransitionTime: NOON }] },
  });

  it('is what Stalled says of the spec as it is now', () => {
    expect(needsPerson(object(2, 2, 'Stalled'))).toBe(true);
    expect(needsPerson(object(2, 2, 'Reconciling'))).toBe(false);
    expect(needsPerson(object(2, 1, 'Stalled'))).toBe(false);
    expect(needsPerson({ metadata: { generation: 1 } })).toBe(false);
  });
});
