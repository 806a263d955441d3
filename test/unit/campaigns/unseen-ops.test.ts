// What becomes of objects to which much is done while nobody looks, and which plans are made of it.
import { describe, expect, it } from '@jest/globals';
import { planLine } from '../../campaigns/harness/plan.ts';
import { THINGS, unobservedStory } from '../../campaigns/stories/unobserved.ts';
import { fateOf, opsOf } from '../../campaigns/stories/unseen-ops.ts';
import { unobservedPlans } from '../../campaigns/unobserved/unobserved.ts';

describe('an object', () => {
  it.each([
    ['-b', { state: 'leaving', again: false, abandoned: false }],
    ['-b!b+b', { state: 'there', known: false, gone: 1, again: true, abandoned: true }],
    ['!b+b-b', { state: 'absent', gone: 2, again: true, abandoned: true }],
    ['+a!g', { state: 'there', known: true, gone: 0 }],
  ] as const)('that the operator knew, after %s', (ops, expected) => {
    expect(fateOf(opsOf(ops), 'b', true)).toMatchObject(expected);
  });

  it.each([
    ['+a-a+a', { state: 'there', gone: 1, again: true, abandoned: false }],
    ['+a', { state: 'there', gone: 0, again: false }],
  ] as const)('that was made unseen, after %s', (ops, expected) => {
    expect(fateOf(opsOf(ops), 'a', false)).toMatchObject(expected);
  });

  it.each(['+b', '-b+b', '-b-b', '!b-b'])("has steps that can't be done: %s", (ops) => {
    expect(fateOf(opsOf(ops), 'b', true)).toBeUndefined();
  });
});

describe('plans of unobserved', () => {
  const plans = unobservedPlans(undefined, 1);
  const fatesOf = (ops: unknown): ReturnType<typeof fateOf>[] =>
    Object.entries(THINGS).map(([letter, { atStart }]) => fateOf(opsOf(String(ops)), letter, atStart));

  it('are a hundred at least, each once, in both modes', () => {
    expect(plans.length).toBeGreaterThanOrEqual(100);
    expect(new Set(plans.map(planLine)).size).toBe(plans.length);
    expect(new Set(plans.map(({ duplicateName }) => duplicateName))).toEqual(new Set(['start', 'end']));
  });

  it('each make an object again unseen, and can be played', () => {
    for (const plan of plans) {
      const fates = fatesOf(plan.more?.['ops']);
      expect([plan.more?.['ops'], fates.includes(undefined)]).toEqual([plan.more?.['ops'], false]);
      expect([plan.more?.['ops'], fates.some((fate) => fate?.again)]).toEqual([plan.more?.['ops'], true]);
      expect(unobservedStory(plan).end.length).toBe(5);
    }
  });

  it('have many in which the machine of the one that went is still there', () => {
    const withMachine = plans.filter(({ more }) => {
      const fate = fateOf(opsOf(String(more?.['ops'])), 'b', true);
      return fate?.again === true && fate.abandoned;
    });
    expect(withMachine.length).toBeGreaterThanOrEqual(30);
  });
});
