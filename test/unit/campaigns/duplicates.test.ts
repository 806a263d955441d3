// The oracle of second machines: also a clone that is only asked for, while one runs or its machine stands, is one too many.
import { describe, expect, it } from '@jest/globals';
import type { Witnessed } from '../../campaigns/harness/witness.ts';
import { noDuplicate } from '../../campaigns/oracles/duplicates.ts';
import { Diary, evidenceOf, machine } from './made-up.ts';
import type { MadeUp } from './made-up.ts';

const ASKED = { args: { instanceUuid: 'a', name: 'one' } };
const REFUSED = { ...ASKED, fault: 'DuplicateName' };

function judge(ledger: Diary, more: MadeUp = {}): readonly string[] {
  return noDuplicate.check(evidenceOf({ ledger, ...more }));
}

function seen(tasks: readonly string[]): Witnessed {
  return { method: 'CloneVM_Task', target: 'parent', forUid: 'a', tasks } as unknown as Witnessed;
}

describe('a clone that is asked for again', () => {
  const running = (): Diary => new Diary().call('CloneVM_Task', 'parent', { ...ASKED, task: 'task-1' });

  it('is found while the first one runs, though its name is refused at once and there is no task', () => {
    const ledger = running().call('CloneVM_Task', 'parent', ASKED).end('CloneVM_Task', 'parent', REFUSED);
    expect(judge(ledger)).toEqual(['ledger 2: CloneVM_Task parent "one" while task-1 ran for a']);
  });

  it('is found while its machine stands', () => {
    const ledger = new Diary().cloned('vm-1', 'a').call('CloneVM_Task', 'parent', ASKED);
    expect(judge(ledger)).toEqual(['ledger 3: CloneVM_Task parent "one" while vm-1 stood for a']);
  });

  it('is none once the first one failed, or its machine was taken', () => {
    const failed = running().end('CloneVM_Task', 'parent', { ...ASKED, task: 'task-1', fault: 'NoDiskSpace' });
    expect(judge(failed.call('CloneVM_Task', 'parent', { ...ASKED, task: 'task-2' }))).toEqual([]);
    const taken = new Diary().cloned('vm-1', 'a').bySomebody('UnregisterVM', 'vm-1');
    expect(judge(taken.call('CloneVM_Task', 'parent', ASKED))).toEqual([]);
  });

  it('is none where vCenter told nobody of the task that still ran', () => {
    const again = running().call('CloneVM_Task', 'parent', { ...ASKED, task: 'task-2' });
    expect(judge(again, { witnessed: [seen([]), seen([])] })).toEqual([]);
    expect(judge(again, { witnessed: [seen([]), seen(['task-1'])] })).toHaveLength(1);
  });

  it('is none after a vCenter that was restored forgot the first one', () => {
    const again = new Diary().cloned('vm-1', 'a').call('CloneVM_Task', 'parent', ASKED);
    expect(judge(again, { restoredAt: [2] })).toEqual([]);
    expect(judge(again, { restoredAt: [2], vms: [machine('vm-1', 'a')] })).toHaveLength(1);
  });
});

describe('two machines', () => {
  it('for one UID are found, one after the other are not', () => {
    const both = new Diary().cloned('vm-1', 'a').cloned('vm-2', 'a');
    expect(judge(both)).toContain('ledger 4: CloneVM_Task parent "vm-2" made a second VM for a beside vm-1');
    expect(judge(new Diary().cloned('vm-1', 'a').done('Destroy_Task', 'vm-1').cloned('vm-2', 'a'))).toEqual([]);
  });
});
