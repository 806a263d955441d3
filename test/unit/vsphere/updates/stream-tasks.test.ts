// Tasks through the stream: few calls for many tasks, an end for each, whatever happens in between.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { URGENCY } from '../../../../src/vsphere/task-urgency.ts';
import { Stream } from '../../../../src/vsphere/updates/stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { failed } from '../support/calls.ts';
import { streamOptions } from '../support/stream-options.ts';
import { WatchServer } from '../support/watch-server.ts';

const FOLDER: MoRef = { type: 'Folder', value: 'group-v1' };

let clock: FakeClock;
let server: WatchServer;
let stream: Stream;
let states: string[];

beforeEach(async () => {
  clock = new FakeClock();
  server = new WatchServer(clock);
  states = [];
  stream = new Stream(streamOptions(server, clock));
  stream.onBatch(({ tasks }) => {
    for (const task of tasks) states.push(`${task.ref.value} ${task.gone ? 'gone' : task.info.state}`);
  });
  stream.start();
  await clock.advance(0);
});

async function watched(by: Stream): Promise<void> {
  server.folders.add(FOLDER.value);
  const watching = by.watchFolders([FOLDER], ['name']);
  await clock.advance(1_000);
  await watching;
}

function startTask(index: number): MoRef {
  const task = server.put('Task', `task-${index}`, { 'info.state': 'running', 'info.queueTime': 't' });
  stream.trackTask(task);
  return task;
}

function end(index: number, state = 'success'): void {
  server.put('Task', `task-${index}`, { 'info.state': state });
}

const ALL = Array.from({ length: 40 }, (_unused, index) => index);

describe('trackTask', () => {
  it('puts many tasks into one change of the list', async () => {
    for (const index of ALL) startTask(index);
    await clock.advance(600);
    expect(server.count('ModifyListView')).toBe(1);
    expect(states).toHaveLength(40);
    states = [];
    for (const index of ALL) end(index);
    await clock.advance(200);
    expect(states).toEqual(ALL.map((index) => `task-${index} success`));
  });

  it('takes ended tasks out of the list along with the next new ones', async () => {
    for (const index of ALL) startTask(index);
    await clock.advance(600);
    for (const index of ALL) end(index);
    await clock.advance(600);
    startTask(100);
    await clock.advance(600);
    const [, change] = server.calls.filter(({ method }) => method === 'ModifyListView');
    expect(change?.args['add']).toHaveLength(1);
    expect(change?.args['remove']).toHaveLength(40);
  });

  it('takes ended tasks out after a while when there are no new ones', async () => {
    startTask(1);
    await clock.advance(600);
    end(1);
    await clock.advance(3_500);
    expect(server.count('ModifyListView')).toBe(1);
    await clock.advance(2_000);
    expect(server.count('ModifyListView')).toBe(2);
    await clock.advance(60_000);
    expect(server.count('ModifyListView')).toBe(2);
  });

  it('changes the list once per answer of the poll', async () => {
    for (const index of ALL) {
      startTask(index);
      await clock.advance(20);
    }
    await clock.advance(1_000);
    expect(server.count('ModifyListView')).toBeLessThanOrEqual(6);
    expect(states).toHaveLength(40);
  });

  it('reports a task that has ended before it was watched', async () => {
    const task = server.put('Task', 'task-1', {
      'info.state': 'error',
      'info.error': { fault: { $type: 'FileLocked' } },
    });
    stream.trackTask(task);
    await clock.advance(600);
    expect(states).toEqual(['task-1 error']);
    stream.trackTask(task);
    await clock.advance(0);
    expect(states).toEqual(['task-1 error', 'task-1 error']);
    expect(server.count('ModifyListView')).toBe(1);
  });

  it('reports a task as gone that vCenter does not know, or forgets', async () => {
    stream.trackTask({ type: 'Task', value: 'task-404' });
    const task = startTask(1);
    await clock.advance(600);
    expect(states).toEqual(['task-404 gone', 'task-1 running']);
    server.remove(task);
    await clock.advance(600);
    expect(states.at(-1)).toBe('task-1 gone');
  });

  it('finds the end of tasks that ended while the connection was lost', async () => {
    startTask(1);
    startTask(2);
    const task = startTask(3);
    await clock.advance(10_000);
    states = [];
    server.fail('WaitForUpdatesEx', failed('Transport', 'WaitForUpdatesEx'));
    end(1);
    server.objects.delete('Task:task-3');
    await clock.advance(600);
    expect(states.toSorted()).toEqual(['task-1 success', 'task-3 gone']);
    end(2);
    await clock.advance(600);
    expect(states).toContain('task-2 success');
    expect(task.value).toBe('task-3');
  });

  it('sets up anew when the list cannot be changed, and loses no task', async () => {
    await clock.advance(10_000);
    server.fail('ModifyListView', failed('Transport', 'ModifyListView'));
    startTask(1);
    await clock.advance(5_000);
    end(1);
    await clock.advance(600);
    expect(states).toEqual(['task-1 running', 'task-1 success']);
  });

  it('remembers tasks that are tracked while there is no connection', async () => {
    await clock.advance(10_000);
    server.fail('CreatePropertyCollector', failed('Transport'), failed('Transport'));
    server.fail('WaitForUpdatesEx', failed('Transport', 'WaitForUpdatesEx'));
    await clock.advance(0);
    startTask(1);
    await clock.advance(30_000);
    expect(states).toEqual(['task-1 running']);
  });

  it('leaves no timer behind, in whatever session the tasks ended', async () => {
    startTask(1);
    await clock.advance(600);
    end(1);
    await clock.advance(0);
    server.endSession();
    await clock.advance(600);
    expect(server.count('CreatePropertyCollector')).toBe(2);
    startTask(2);
    await clock.advance(600);
    end(2);
    await clock.advance(0);
    await stream.close();
    expect(clock.pending).toBe(0);
  });

  it('looks at new tasks as soon as something changes that they may have done', async () => {
    const patient = new Stream(streamOptions(server, clock, { taskDelayMs: 60_000 }));
    patient.onBatch(({ tasks }) => states.push(...tasks.map(({ ref }) => ref.value)));
    patient.start();
    await clock.advance(0);
    await watched(patient);
    const task = server.put('Task', 'task-100', { 'info.state': 'success', 'info.queueTime': 't' });
    patient.trackTask(task);
    const polls = server.count('WaitForUpdatesEx');
    server.put('VirtualMachine', 'vm-1', { name: 'made' }, FOLDER.value);
    await clock.advance(200);
    expect(states).toEqual(['task-100']);
    // the answer that told of the machine, and the one that told of the task
    expect(server.count('WaitForUpdatesEx') - polls).toBeLessThanOrEqual(2);
    await patient.close();
  });

  it('tells of an end together with what the task did, or later', async () => {
    const seen: string[] = [];
    await watched(stream);
    stream.onBatch(({ vms, tasks }) => seen.push(...vms.map(({ ref }) => ref.value), ...tasks.map(() => 'end')));
    startTask(1);
    startTask(2);
    server.put('VirtualMachine', 'vm-1', { name: 'one' }, FOLDER.value);
    await clock.advance(50);
    server.put('VirtualMachine', 'vm-2', { name: 'two' }, FOLDER.value);
    end(1);
    end(2);
    await clock.advance(200);
    expect(seen.toSorted()).toEqual(['end', 'end', 'vm-1', 'vm-2']);
  });

  it('lists no task of a kind that is known to be over before', async () => {
    const causeOf = (): { method: string; object: MoRef } => ({ method: 'Destroy_Task', object: FOLDER });
    const brisk = new Stream(streamOptions(server, clock, { taskDelayMs: 1_500, causeOf }));
    const ends: string[] = [];
    brisk.onBatch(({ tasks }) => ends.push(...tasks.map(({ ref }) => ref.value)));
    brisk.start();
    await clock.advance(0);
    await watched(brisk);
    for (const index of [1, 2, 3, 4]) {
      const vm = server.put('VirtualMachine', `vm-${index}`, { name: 'x' }, FOLDER.value);
      const task = server.put('Task', `task-${index}`, { 'info.state': 'running', 'info.queueTime': 't' });
      await clock.advance(1_000);
      brisk.trackTask(task, { urgency: URGENCY.late });
      await clock.advance(1_490);
      server.put('Task', `task-${index}`, { 'info.state': 'success' });
      server.remove(vm);
      await clock.advance(1_000);
    }
    expect(ends).toEqual(['task-1', 'task-2', 'task-3', 'task-4']);
    const listed = server.calls.flatMap(({ method, args }) =>
      method === 'ModifyListView' ? (args['add'] as MoRef[]).filter(({ type }) => type === 'Task') : [],
    );
    expect(listed.map(({ value }) => value)).toEqual(['task-1']);
    await brisk.close();
  });

  it('waits longer for the rest of a burst when nobody waits for its tasks', async () => {
    const task = server.put('Task', 'task-1', { 'info.state': 'running', 'info.queueTime': 't' });
    const other = server.put('Task', 'task-2', { 'info.state': 'running', 'info.queueTime': 't' });
    stream.trackTask(task, { urgency: URGENCY.late });
    stream.trackTask(other, { urgency: URGENCY.late });
    await clock.advance(1_000);
    states = [];
    end(1);
    await clock.advance(500);
    end(2);
    await clock.advance(400);
    expect(states).toEqual([]);
    await clock.advance(150);
    expect(states).toEqual(['task-1 success', 'task-2 success']);
  });

  it('rests between two answers while tasks run, and not when none does', async () => {
    const resting = new Stream(streamOptions(server, clock, { restMs: 250 }));
    const seen: number[] = [];
    resting.onBatch(({ vms }) => {
      if (vms.length > 0) seen.push(clock.monotonic());
    });
    resting.start();
    await clock.advance(0);
    await watched(resting);
    const running = server.put('Task', 'task-1', { 'info.state': 'running', 'info.queueTime': 't' });
    resting.trackTask(running);
    await clock.advance(3_000);
    const polls = server.count('WaitForUpdatesEx');
    for (let index = 0; index < 40; index += 1) {
      server.put('VirtualMachine', `vm-${index}`, { name: 'x' }, FOLDER.value);
      await clock.advance(50);
    }
    // two questions for every 200 ms of gathering and 250 ms to 500 ms of rest
    expect(server.count('WaitForUpdatesEx') - polls).toBeLessThanOrEqual(12);
    server.put('Task', 'task-1', { 'info.state': 'success' });
    await clock.advance(3_000);
    const before = clock.monotonic();
    server.put('VirtualMachine', 'vm-100', { name: 'x' }, FOLDER.value);
    await clock.advance(20);
    expect(seen.at(-1)).toBe(before);
    await resting.close();
  });
});
