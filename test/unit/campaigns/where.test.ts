// In which step of a story a problem fell, and which writes the plan broke, as the text of a violation says it.
import { describe, expect, it } from '@jest/globals';
import { describeViolation } from '../../campaigns/command.ts';
import { THE_END, placed } from '../../campaigns/harness/where.ts';
import type { Course } from '../../campaigns/harness/where.ts';

const TIMES: Readonly<Record<number, number>> = { 3: 1500, 7: 2500 };

function course(more: Partial<Course> = {}): Course {
  return {
    begun: [
      { label: 'apply clone one', at: 1000 },
      { label: 'delete linkedclones/one', at: 2000 },
      { label: THE_END, at: 3000 },
    ],
    hits: [],
    arrivedAt: (seq) => TIMES[seq],
    ...more,
  };
}

function stepOf(text: string, step?: string): string | undefined {
  return placed({ oracle: 'duplicate', text, ...(step === undefined ? {} : { step }) }, course()).step;
}

describe('a problem fell', () => {
  it('in the step that was under way when its call came', () => {
    expect(stepOf('ledger 3: CloneVM_Task vm-1')).toBe('apply clone one');
    expect(stepOf('ledger 7: Destroy_Task vm-1, while ledger 3 ran')).toBe('delete linkedclones/one');
  });

  it('in the last that was begun where its text names no call, or one that nobody saw', () => {
    expect(stepOf('linkedclones/one still has its finalizer')).toBe(THE_END);
    expect(stepOf('ledger 9: Destroy_Task vm-1')).toBe(THE_END);
    expect(placed({ oracle: 'exit', text: 'it ended by itself' }, course({ begun: [] })).step).toBeUndefined();
  });

  it('in the one that it names itself', () => {
    expect(stepOf('ledger 3: CloneVM_Task vm-1', 'trouble')).toBe('trouble');
  });
});

it('says what the plan broke, too', () => {
  const hits = [{ nth: 2, at: 1200, act: 'lose-reply', label: 'CloneVM_Task vm-26 one' } as const];
  const problem = placed({ oracle: 'duplicate', text: 'ledger 3: CloneVM_Task vm-26 "one" twice' }, course({ hits }));
  expect(describeViolation('crash', { plan: '{}', ...problem }).split('\n')[0]).toBe(
    'VIOLATED duplicate at apply clone one: ledger 3: CloneVM_Task vm-26 "one" twice; the plan: lose-reply at write 2 (CloneVM_Task vm-26 one)',
  );
});
