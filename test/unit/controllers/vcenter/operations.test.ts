// Tasks of ours in memory: who runs what, how it ended, told once and in the same tick, and nothing left behind.
import { describe, expect, it } from '@jest/globals';
import type { Operation, OperationKind, Outcome } from '../../../../src/controllers/vcenter/operations.ts';
import { Operations } from '../../../../src/controllers/vcenter/operations.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { TaskInfo, TaskState } from '../../../../src/vsphere/updates.ts';
import { ref } from '../support/vm.ts';

const SOURCE = ref('vm-1');

function operation(taskId: string, kind: OperationKind = 'clone', uid = 'uid-1'): Operation {
  return {
    owner: { controller: 'linked-clone', key: { namespace: 'lab', name: 'web-1' }, uid },
    kind,
    task: ref(taskId, 'Task'),
    on: SOURCE,
    startedAt: 0,
  };
}

function task(value: string, fields: Partial<TaskInfo>): TaskState {
  const info = {
    key: value,
    state: 'running',
    descriptionId: 'VirtualMachine.clone',
    queueTime: '2026-01-01T00:00:00Z',
  } as const;
  return { ref: ref(value, 'Task'), gone: false, info: { ...info, ...fields } };
}

function rig(): { operations: Operations; ended: [Operation, Outcome][]; update: (state: TaskState) => boolean } {
  const ended: [Operation, Outcome][] = [];
  const operations = new Operations((...end) => ended.push(end));
  return { operations, ended, update: (state) => operations.update(state.ref, state) };
}

describe('Operations', () => {
  it('knows what runs until it ends, and tells the end at once', () => {
    const { operations, ended, update } = rig();
    const clone = operation('task-1');
    operations.started(clone);
    expect([
      operations.size,
      operations.isTracked(ref('task-1', 'Task')),
      operations.running('uid-1', 'clone'),
    ]).toEqual([1, true, clone]);
    for (const state of ['queued', 'running'] as const) expect(update(task('task-1', { state }))).toBe(false);
    expect(ended).toEqual([]);
    const times = {
      queueTime: '2026-01-01T00:00:00Z',
      startTime: '2026-01-01T00:00:10Z',
      completeTime: '2026-01-01T00:00:15.500Z',
    };
    expect(update(task('task-1', { ...times, state: 'success', result: ref('vm-7') }))).toBe(true);
    expect(ended).toEqual([[clone, { state: 'success', result: ref('vm-7'), seconds: 5.5 }]]);
    expect([operations.size, operations.running('uid-1', 'clone')]).toEqual([0, undefined]);
  });

  it.each<[string, Partial<TaskInfo>, Outcome['state']]>([
    ['the machine that it was called on', { entity: SOURCE }, 'success'],
    ['nothing that is told', {}, 'success'],
    ['another machine', { entity: ref('vm-2') }, 'unknown'],
    ['another machine, and that runs still', { entity: ref('vm-2'), state: 'running' }, 'unknown'],
    ['that machine, of a kind that nobody knows', { entity: SOURCE, descriptionId: 'VirtualMachine.copy' }, 'success'],
    ['that machine, of another kind', { entity: SOURCE, descriptionId: 'VirtualMachine.powerOff' }, 'unknown'],
  ])('a task that works on %s', (_, info, expected) => {
    const { operations, ended, update } = rig();
    operations.started(operation('task-1'));
    update(task('task-1', { state: 'success', result: ref('vm-7'), ...info }));
    expect(ended.map(([, { state }]) => state)).toEqual([expected]);
  });

  it('that has a reference which is given out again ends, and nobody knows how', () => {
    const { operations, ended, update } = rig();
    const [former, next] = [operation('task-1'), operation('task-1', 'clone', 'uid-2')];
    operations.started(former);
    operations.started(next);
    expect([operations.running('uid-1', 'clone'), ended]).toEqual([undefined, [[former, { state: 'unknown' }]]]);
    update(task('task-1', { state: 'success' }));
    expect(ended.map(([{ owner }, { state }]) => `${owner.uid} ${state}`)).toEqual(['uid-1 unknown', 'uid-2 success']);
  });

  it.each<[string, Partial<TaskInfo>, number]>([
    ['queued, without a start', { completeTime: '2026-01-01T00:00:04Z' }, 4],
    ['without an end', { startTime: '2026-01-01T00:00:04Z' }, 0],
    ['with clocks that disagree', { startTime: '2026-01-01T00:00:04Z', completeTime: '2026-01-01T00:00:01Z' }, 0],
  ])('counts the seconds of a task %s', (_, times, seconds) => {
    const { operations, ended, update } = rig();
    operations.started(operation('task-1'));
    update(task('task-1', { ...times, state: 'success' }));
    expect(ended[0]?.[1]).toMatchObject({ state: 'success', seconds });
  });

  it('keeps the fault of a failed task, and makes one up where vCenter gives none', () => {
    const { operations, ended, update } = rig();
    const error = new VSphereError({ fault: 'NoDiskSpace', method: 'CloneVM_Task' });
    operations.started(operation('task-1'));
    operations.started(operation('task-2', 'powerOn'));
    update(task('task-1', { state: 'error', error }));
    update(task('task-2', { state: 'error', descriptionId: 'VirtualMachine.powerOn' }));
    expect(ended.map(([, outcome]) => outcome.state === 'error' && outcome.error.message)).toEqual([
      error.message,
      'task task-2 failed without a fault',
    ]);
  });

  it('calls the outcome of a task that vCenter forgot unknown, never success or failure', () => {
    const { operations, ended, update } = rig();
    operations.started(operation('task-1'));
    expect(update({ ref: ref('task-1', 'Task'), gone: true })).toBe(true);
    expect(ended[0]?.[1]).toEqual({ state: 'unknown' });
  });

  it('does not touch the tasks of others, nor the end of one twice', () => {
    const { operations, ended, update } = rig();
    expect(update(task('task-9', { state: 'success' }))).toBe(false);
    operations.started(operation('task-1'));
    expect(update(task('task-1', { state: 'success' }))).toBe(true);
    expect(update(task('task-1', { state: 'success' }))).toBe(false);
    expect(ended).toHaveLength(1);
  });

  it('gives an outcome once, to its own object and kind, and shows it before', () => {
    const { operations, update } = rig();
    operations.started(operation('task-1', 'clone', 'uid-1'));
    update(task('task-1', { state: 'success' }));
    expect([operations.takeOutcome('uid-1', 'destroy'), operations.takeOutcome('uid-2', 'clone')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(operations.peekOutcome('uid-1', 'clone')?.state).toBe('success');
    expect(operations.takeOutcome('uid-1', 'clone')?.state).toBe('success');
    expect([operations.takeOutcome('uid-1', 'clone'), operations.peekOutcome('uid-1', 'clone')]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('keeps a newer task of the same kind as running when an older one ends', () => {
    const { operations, update } = rig();
    operations.started(operation('task-1', 'powerOn'));
    const newer = operation('task-2', 'powerOn');
    operations.started(newer);
    update(task('task-1', { state: 'success' }));
    expect(operations.running('uid-1', 'powerOn')).toBe(newer);
  });

  it('keeps nothing of a task that ends after its object is gone', () => {
    const { operations, ended, update } = rig();
    operations.started(operation('task-1', 'mark'));
    operations.forget('uid-1');
    update(task('task-1', { state: 'success' }));
    expect([ended.length, operations.size, operations.peekOutcome('uid-1', 'mark')]).toEqual([1, 0, undefined]);
  });

  it('keeps how a task ends that runs while a new plan begins', () => {
    const { operations, update } = rig();
    operations.started(operation('task-1'));
    operations.forgetOutcomes('uid-1');
    update(task('task-1', { state: 'success' }));
    expect(operations.peekOutcome('uid-1', 'clone')?.state).toBe('success');
    operations.forgetOutcomes('uid-1');
    expect(operations.peekOutcome('uid-1', 'clone')).toBeUndefined();
  });

  it('forgets the outcomes of an object that is gone, and of no other', () => {
    const { operations, update } = rig();
    for (const [name, uid] of [
      ['task-1', 'uid-1'],
      ['task-2', 'uid-10'],
    ] as const) {
      operations.started(operation(name, 'clone', uid));
      update(task(name, { state: 'success' }));
    }
    operations.forget('uid-1');
    expect([operations.peekOutcome('uid-1', 'clone'), operations.peekOutcome('uid-10', 'clone')?.state]).toEqual([
      undefined,
      'success',
    ]);
  });
});
