// The task in the stored intent: another life of the process follows it before it searches, once, and in a slot.
import { describe, expect, it } from '@jest/globals';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { noteTask, withoutTask } from '../../../../src/controllers/linked-clone/recorded-task.ts';
import { searchForClone } from '../../../../src/controllers/linked-clone/search.ts';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import { UID, deletedClone, onStage } from '../support/deleting-clone.ts';
import { ref } from '../support/vm.ts';

const INTENT = { type: 'Clone', startedAt: '2026-01-01T00:00:00Z', attempt: 1, sourceVm: 'vm-1' } as const;
const TASK = ref('task-7', 'Task');

function stage(taskMoRef?: string): { scope: CloneScope; connection: VCenterConnection; calls: string[] } {
  const { vm: _, ...status } = deletedClone().status ?? {};
  const operation = { ...INTENT, ...(taskMoRef === undefined ? {} : { taskMoRef }) };
  return onStage({ vms: { 'vm-1': {} }, clone: { ...deletedClone(), status: { ...status, operation } } });
}

async function search(scope: CloneScope): Promise<unknown> {
  return searchForClone(scope).catch((error: unknown) => (error as { reason?: string }).reason ?? error);
}

describe('the search for a clone', () => {
  it('begins with the recorded task, in a slot, and goes on when its outcome is there and tells nothing', async () => {
    const { scope, connection } = stage(TASK.value);
    expect(await search(scope)).toBe('Cloning');
    expect(connection.operations.running(UID, 'clone')?.task).toEqual(TASK);
    expect(connection.slots.clone.inFlight).toBe(1);
    connection.operations.update(TASK, { ref: TASK, gone: true });
    expect(connection.operations.takeOutcome(UID, 'clone')).toEqual({ state: 'unknown' });
    expect(connection.slots.clone.inFlight).toBe(0);
    expect(await search(scope)).toBe(false);
  });

  it('does not ask again for the task that this process started itself', async () => {
    const { scope } = stage(TASK.value);
    noteTask(scope, INTENT, TASK);
    expect(scope.draft.status.operation).toEqual({ ...INTENT, taskMoRef: TASK.value });
    expect(await search(scope)).toBe(false);
  });

  it('does not follow one whose reference this process was given for a call of its own', async () => {
    const { scope, connection } = stage(TASK.value);
    connection.track(
      { controller: 'linked-clone', key: { namespace: 'lab', name: 'web-2' }, uid: 'uid-2' },
      'clone',
      TASK,
      ref('vm-1'),
    );
    expect(await search(scope)).toBe(false);
    expect(connection.operations.running('uid-2', 'clone')?.task).toEqual(TASK);
  });

  it('begins at once where no task is recorded', async () => {
    expect(await search(stage().scope)).toBe(false);
  });
});

it('withoutTask drops the task and keeps the rest', () => {
  expect(withoutTask({ ...INTENT, taskMoRef: 'task-1' })).toEqual(INTENT);
});
