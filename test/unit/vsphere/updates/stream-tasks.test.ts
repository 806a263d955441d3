// Tasks through the stream: few calls for many tasks, an end for each, whatever happens in between.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Stream } from '../../../../src/vsphere/updates/stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { failed, silent } from '../support/calls.ts';
import { CONTENT, WatchServer } from '../support/watch-server.ts';

let clock: FakeClock;
let server: WatchServer;
let stream: Stream;
let states: string[];

beforeEach(async () => {
  clock = new FakeClock();
  server = new WatchServer(clock);
  states = [];
  stream = new Stream({
    invoke: server.invoke,
    content: CONTENT,
    clock,
    logger: silent,
    pollSeconds: 50,
    coalesceMs: 200,
    restMs: 0,
    taskDelayMs: 150,
    generation: () => server.generation,
    causeOf: () => undefined,
  });
  stream.onBatch(({ tasks }) => {
    for (const task of tasks) states.push(`${task.ref.value} ${task.gone ? 'gone' : task.info.state}`);
  });
  stream.start();
  await clock.advance(0);
});

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
});
