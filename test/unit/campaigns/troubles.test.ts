// What a plan's trouble excuses, and what it doesn't.
import { describe, expect, it } from '@jest/globals';
import { faultTrouble } from '../../campaigns/faults/faults.ts';
import type { Plan } from '../../campaigns/harness/plan.ts';

function planOf(story: string, more: NonNullable<Plan['more']>): Plan {
  return { story, duplicateName: 'start', seed: 1, faults: [], more };
}

describe('vcenter-faults', () => {
  it.each([
    ['NoPermission', true],
    ['task:NoPermission', true],
    ['task:NoDiskSpace', false],
    ['session-killed', false],
  ])('a call that is refused for want of a privilege is by plan: %s %s', (fault, byPlan) => {
    const trouble = faultTrouble(planOf('create-set', { method: 'CloneVM_Task', fault, when: 'first' }));
    expect(trouble.refusedByPlan).toBe(byPlan);
  });
});
