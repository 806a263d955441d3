// Tasks from the call that started them to their end.
import { describe, expect, it } from '@jest/globals';
import { TaskTable } from '../../../../src/vsphere/updates/task-table.ts';
import type { ObjectUpdate } from '../../../../src/vsphere/updates/update-set.ts';

const TASK = { type: 'Task', value: 'task-1' };
const SOURCE = { type: 'VirtualMachine', value: 'vm-9' };

function update(kind: 'enter' | 'modify', properties: Record<string, unknown>): ObjectUpdate {
  return { kind, obj: TASK, changeSet: Object.entries(properties).map(([name, val]) => ({ name, op: 'assign', val })) };
}

const RUNNING = update('enter', {
  'info.state': 'running',
  'info.descriptionId': 'VirtualMachine.clone',
  'info.entity': SOURCE,
  'info.queueTime': 't0',
  'info.startTime': 't1',
});

describe('TaskTable', () => {
  it('follows a task to its success and then forgets it', () => {
    const table = new TaskTable(() => 1);
    expect(table.track(TASK)).toBe('new');
    expect(table.track(TASK)).toBe('known');
    expect(table.apply(RUNNING)).toBe(false);
    expect(table.take()).toEqual([
      {
        ref: TASK,
        gone: false,
        info: {
          key: 'task-1',
          state: 'running',
          descriptionId: 'VirtualMachine.clone',
          queueTime: 't0',
          startTime: 't1',
          entity: SOURCE,
        },
      },
    ]);
    const result = { type: 'VirtualMachine', value: 'vm-10' };
    expect(
      table.apply(update('modify', { 'info.state': 'success', 'info.result': result, 'info.completeTime': 't2' })),
    ).toBe(true);
    expect(table.take()).toMatchObject([{ info: { state: 'success', result, completeTime: 't2', entity: SOURCE } }]);
    expect(table.open).toEqual([]);
    expect(table.apply(RUNNING)).toBe(false);
    expect(table.take()).toEqual([]);
  });

  it('says what failed and what had been asked for', () => {
    const table = new TaskTable(() => 1);
    table.track(TASK, { method: 'CloneVM_Task', object: SOURCE });
    const error = { fault: { $type: 'NoDiskSpace', datastore: 'ds-2' }, localizedMessage: '' };
    table.apply(update('enter', { 'info.state': 'error', 'info.error': error }));
    const [state] = table.take();
    expect(state).toMatchObject({ info: { state: 'error', error: { kind: 'capacity', method: 'CloneVM_Task' } } });
    expect(state?.gone === false ? state.info.error?.message : '').toBe(
      'CloneVM_Task on VirtualMachine:vm-9 failed: NoDiskSpace on datastore "ds-2"',
    );
  });

  it('describes a task of unknown cause by what vCenter says about it', () => {
    const table = new TaskTable(() => 1);
    table.track(TASK);
    table.apply(RUNNING);
    table.apply(update('modify', { 'info.state': 'error', 'info.error': { fault: { $type: 'RequestCanceled' } } }));
    expect(table.take()).toMatchObject([
      { info: { error: { kind: 'canceled', method: 'VirtualMachine.clone', object: SOURCE } } },
    ]);
  });

  it('reports a task that vCenter has forgotten as gone, whichever way it shows', () => {
    const table = new TaskTable(() => 1);
    table.track(TASK);
    expect(table.gone(TASK)).toBe(true);
    expect(table.gone(TASK)).toBe(false);
    expect(table.take()).toEqual([{ ref: TASK, gone: true }]);

    const other = new TaskTable(() => 1);
    other.track(TASK);
    other.apply(RUNNING);
    expect(other.apply({ kind: 'leave', obj: TASK })).toBe(true);
    expect(other.take()).toEqual([{ ref: TASK, gone: true }]);
  });

  it('reports nothing twice and nothing without a state', () => {
    const table = new TaskTable(() => 1);
    table.track(TASK);
    table.apply(update('enter', { 'info.queueTime': 't0' }));
    expect(table.take()).toEqual([]);
    table.apply(RUNNING);
    table.take();
    table.apply(RUNNING);
    expect(table.take()).toEqual([]);
  });

  it('answers at once about a task whose end it has seen', () => {
    const table = new TaskTable(() => 1);
    table.track(TASK);
    table.apply(update('enter', { 'info.state': 'success' }));
    table.take();
    expect(table.track(TASK)).toMatchObject({ gone: false, info: { state: 'success' } });
    expect(table.open).toEqual([]);
  });

  it('follows the reference of one that has ended when it comes in another session: a restored vCenter gives it out again', () => {
    let login = 1;
    const table = new TaskTable(() => login);
    table.track(TASK);
    table.apply(update('enter', { 'info.state': 'success' }));
    login = 2;
    expect(table.track(TASK)).toBe('new');
    expect(table.open).toEqual([TASK]);
    login = 3;
    table.apply(update('enter', { 'info.state': 'error' }));
    expect(table.track(TASK)).toMatchObject({ info: { state: 'error' } });
  });
});
