// What was: paging through events and tasks, what filters mean, and what keeping up costs.
import { describe, expect, it } from '@jest/globals';
import { HistoryCollector } from '../../../../src/simulator/events/history-collector.ts';
import { HistoryLog } from '../../../../src/simulator/events/history-log.ts';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter } from './harness.ts';
import { INSTANT, SMALL, linkedClone } from './inventories.ts';

interface Item {
  readonly key: string | number;
  readonly name?: string;
  readonly state?: string;
}

interface Lab {
  readonly vc: Vcenter;
  readonly parent: MoRef;
}

function lab(inventory = INSTANT): Lab {
  const vc = new Vcenter(inventory);
  return { vc, parent: vc.named('VirtualMachine', 'parent') };
}

function tasksOf(vc: Vcenter, filter: object): MoRef {
  return vc.call(vc.manager('taskManager'), 'CreateCollectorForTasks', { filter }, { session: vc.login() }) as MoRef;
}

function eventsOf(vc: Vcenter, filter: object): MoRef {
  return vc.call(vc.manager('eventManager'), 'CreateCollectorForEvents', { filter }, { session: vc.login() }) as MoRef;
}

function keys(items: unknown): readonly (string | number)[] {
  return (items as Item[]).map((item) => item.key);
}

function foundTasks(vc: Vcenter, filter: object): readonly (string | number)[] {
  return keys(vc.call(tasksOf(vc, filter), 'ReadNextTasks', { maxCount: 1000 }));
}

function types(vc: Vcenter, filter: object): readonly unknown[] {
  const found = vc.call(vc.manager('eventManager'), 'QueryEvents', { filter }) as { $type: string }[];
  return found.map((event) => event.$type);
}

async function annotate({ vc, parent }: Lab, text: string, user = 'tester'): Promise<MoRef> {
  const task = vc.start(parent, 'ReconfigVM_Task', { spec: { annotation: text } }, { user });
  await vc.ended(task);
  return task.ref;
}

describe('a collector', () => {
  it('starts at the oldest item and reads to the newest', async () => {
    const here = lab();
    const { vc, parent } = here;
    const made = [await annotate(here, 'a'), await annotate(here, 'b'), await annotate(here, 'c')].map(
      (ref) => ref.value,
    );
    const collector = tasksOf(vc, { entity: { entity: parent, recursion: 'self' } });
    expect(keys(vc.call(collector, 'ReadNextTasks', { maxCount: 2 }))).toEqual(made.slice(0, 2));
    expect(keys(vc.call(collector, 'ReadNextTasks', { maxCount: 2 }))).toEqual(made.slice(2));
    expect(vc.call(collector, 'ReadNextTasks', { maxCount: 2 })).toEqual([]);
    const later = await annotate(here, 'd');
    expect(keys(vc.call(collector, 'ReadNextTasks', { maxCount: 2 }))).toEqual([later.value]);
  });

  it('reads backwards from the newest to the oldest, after a reset without the latest page', async () => {
    const here = lab();
    for (const text of ['a', 'b', 'c', 'd', 'e']) await annotate(here, text);
    const { vc, parent } = here;
    const all = eventsOf(vc, { entity: { entity: parent, recursion: 'self' }, type: ['VmReconfiguredEvent'] });
    const oldestFirst = keys(vc.call(all, 'ReadNextEvents', { maxCount: 10 }));
    vc.call(all, 'SetCollectorPageSize', { maxCount: 2 });
    vc.call(all, 'ResetCollector');
    expect(keys(vc.call(all, 'ReadPreviousEvents', { maxCount: 2 }))).toEqual([oldestFirst[2], oldestFirst[1]]);
    expect(keys(vc.call(all, 'ReadPreviousEvents', { maxCount: 2 }))).toEqual([oldestFirst[0]]);
    expect(vc.call(all, 'ReadPreviousEvents', { maxCount: 2 })).toEqual([]);
    vc.call(all, 'RewindCollector');
    expect(keys(vc.call(all, 'ReadNextEvents', { maxCount: 1 }))).toEqual([oldestFirst[0]]);
  });

  it('has the newest first in its latest page, whose size is kept', async () => {
    const here = lab();
    const { vc, parent } = here;
    const collector = eventsOf(vc, { entity: { entity: parent, recursion: 'self' }, type: ['VmReconfiguredEvent'] });
    vc.call(collector, 'SetCollectorPageSize', { maxCount: 2 });
    for (const text of ['a', 'b', 'c']) await annotate(here, text);
    const oldestFirst = keys(vc.call(collector, 'ReadNextEvents', { maxCount: 10 }));
    expect(keys(vc.get(collector, 'latestPage'))).toEqual(oldestFirst.slice(1).toReversed());
  });

  it('of tasks shows their state as it changes, and lets go of those that match no more', async () => {
    const here = lab(SMALL);
    const { vc, parent } = here;
    const running = tasksOf(vc, { state: ['running'] });
    const all = tasksOf(vc, {});
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent));
    expect(vc.get(all, 'latestPage')).toMatchObject([{ key: task.value, state: 'running' }]);
    expect(keys(vc.get(running, 'latestPage'))).toEqual([task.value]);
    await vc.ended(task);
    expect(vc.get(all, 'latestPage')).toMatchObject([{ key: task.value, state: 'success' }]);
    expect(vc.get(running, 'latestPage')).toEqual([]);
  });

  it('looks only at what is new, however much there is', () => {
    const log = new HistoryLog<number>(100_000);
    let looks = 0;
    const source = {
      log,
      matches(): boolean {
        looks += 1;
        return true;
      },
      data: (item: number) => item,
    };
    const object = { set: () => undefined } as unknown as SimObject;
    for (let n = 0; n < 50_000; n++) log.append(n);
    const collector = new HistoryCollector(object, source);
    looks = 0;
    for (let n = 0; n < 100; n++) collector.changed(log.append(n), n);
    expect(looks).toBeLessThanOrEqual(200);
  });

  it('keeps its place when old items are dropped', () => {
    const log = new HistoryLog<number>(10);
    const object = { set: () => undefined } as unknown as SimObject;
    for (let n = 0; n < 10; n++) log.append(n);
    const collector = new HistoryCollector(object, { log, matches: () => true, data: (item: number) => item });
    expect(collector.readNext(5)).toEqual([0, 1, 2, 3, 4]);
    for (let n = 10; n < 13; n++) log.append(n);
    expect(log.first).toBeGreaterThan(0);
    expect(collector.readNext(3)).toEqual([5, 6, 7]);
  });
});

describe('ended tasks', () => {
  it('are still in the history when their objects are gone', async () => {
    const here = lab();
    const task = await annotate(here, 'a');
    await here.vc.advance(601);
    expect(here.vc.world.registry.get(task)).toBeUndefined();
    const [info] = here.vc.call(tasksOf(here.vc, {}), 'ReadNextTasks', { maxCount: 10 }) as object[];
    expect(info).toMatchObject({ key: task.value, name: 'ReconfigVM_Task', state: 'success', entityName: 'parent' });
  });

  it('of a VM that is gone are found under the folder and the host it was on', async () => {
    const { vc, parent } = lab();
    const clone = await vc.must(
      parent,
      'CloneVM_Task',
      linkedClone(vc, parent, { location: { host: vc.named('HostSystem', 'h2') } }),
    );
    const destroy = vc.start(clone, 'Destroy_Task');
    await vc.ended(destroy);
    await vc.advance(601);
    for (const entity of [vc.named('Folder', 'labs'), vc.named('HostSystem', 'h2'), vc.world.rootFolder.ref])
      expect(foundTasks(vc, { entity: { entity, recursion: 'all' } })).toContain(destroy.value);
    expect(foundTasks(vc, { entity: { entity: vc.named('Folder', 'labs'), recursion: 'self' } })).toEqual([]);
  });
});

describe('a task filter', () => {
  it('goes by the time it is told to go by', async () => {
    const here = lab(SMALL);
    const { vc, parent } = here;
    // Nine clones within one host: the last waits five seconds for the first.
    const location = { host: vc.named('HostSystem', 'h1') };
    const clones = Array.from({ length: 9 }, (_unused, n) =>
      vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: `c${n}`, location })),
    );
    await vc.advance(10);
    const time = { beginTime: '2026-11-21T10:00:01Z', endTime: '2026-11-21T10:00:06Z' };
    expect(foundTasks(vc, { time: { timeType: 'queuedTime', ...time } })).toEqual([]);
    expect(foundTasks(vc, { time: { timeType: 'startedTime', ...time } })).toEqual([clones[8]?.value]);
    expect(foundTasks(vc, { time: { timeType: 'completedTime', ...time } })).toHaveLength(8);
  });

  it('goes by state, chain, parent and root', async () => {
    const { vc, parent } = lab();
    const wish = linkedClone(vc, parent, { spec: { powerOn: true } });
    const clone = vc.start(parent, 'CloneVM_Task', wish);
    await vc.ended(clone);
    await vc.advance(1);
    const chain = clone.get('info.eventChainId');
    expect(foundTasks(vc, { eventChainId: [chain] })).toEqual([clone.value]);
    const byParent = vc.call(tasksOf(vc, { parentTaskKey: [clone.value] }), 'ReadNextTasks', { maxCount: 9 });
    expect(byParent).toMatchObject([{ name: 'PowerOnVM_Task' }]);
    expect(foundTasks(vc, { rootTaskKey: [clone.value] })).toEqual(keys(byParent));
    expect(foundTasks(vc, { rootTaskKey: ['task-0'] })).toEqual([]);
    expect(foundTasks(vc, { state: ['error'] })).toEqual([]);
    expect(foundTasks(vc, { tag: ['x'] })).toEqual([]);
  });

  it('goes by user, whatever the case; without a list by all but the system', async () => {
    const here = lab();
    const mine = await annotate(here, 'a', 'Alice@lab');
    const other = await annotate(here, 'b', 'bob@lab');
    const by = (userName: object): unknown => foundTasks(here.vc, { userName });
    expect(by({ systemUser: false, userList: ['alice@LAB'] })).toEqual([mine.value]);
    expect(by({ systemUser: false })).toEqual([mine.value, other.value]);
  });
});

describe('an event filter', () => {
  it('leaves the system out unless it is asked for', async () => {
    const { vc } = lab(`${INSTANT}\n`);
    const vms = { type: ['VmEvent'] };
    expect(types(vc, { ...vms, userName: { systemUser: false } })).toEqual([]);
  });

  it('goes by category', async () => {
    const { vc, parent } = lab();
    vc.call(vc.manager('eventManager'), 'LogUserEvent', { entity: parent, msg: 'hello' });
    await annotate({ vc, parent }, 'a');
    expect(types(vc, { category: ['user'] })).toEqual(['GeneralUserEvent']);
    expect(types(vc, { category: ['info'], type: ['VmEvent'] })).toEqual(['VmReconfiguredEvent']);
    expect(types(vc, { category: ['error', 'warning'] })).toEqual([]);
  });

  it('finds what a client posted itself by the id it gave', () => {
    const { vc, parent } = lab();
    const event = { $type: 'EventEx', key: 0, chainId: 0, createdTime: '1970-01-01T00:00:00Z', userName: 'x' };
    const eventToPost = {
      ...event,
      eventTypeId: 'com.example.sad',
      severity: 'warning',
      message: 'sad',
      objectType: 'VirtualMachine',
      objectId: parent.value,
    };
    vc.call(vc.manager('eventManager'), 'PostEvent', { eventToPost });
    const found = vc.call(vc.manager('eventManager'), 'QueryEvents', {
      filter: {
        eventTypeId: ['com.example.sad'],
        category: ['warning'],
        entity: { entity: parent, recursion: 'self' },
      },
    });
    expect(found).toMatchObject([
      { userName: 'tester', fullFormattedMessage: 'sad', createdTime: '2026-11-21T10:00:00.000Z' },
    ]);
  });
});

describe('the description of events', () => {
  it.each([
    ['VmPoweredOnEvent', 'info'],
    ['TaskEvent', 'info'],
    ['HostDisconnectedEvent', 'info'],
    ['UserLoginSessionEvent', 'info'],
    ['HostConnectionLostEvent', 'error'],
    ['VmFailedToPowerOnEvent', 'error'],
    ['BadUsernameSessionEvent', 'error'],
    ['CustomizationUnknownFailure', 'error'],
    ['VmInstanceUuidConflictEvent', 'error'],
    ['VmMessageWarningEvent', 'warning'],
    ['TaskTimeoutEvent', 'warning'],
    ['GeneralUserEvent', 'user'],
  ])('has %s as %s', (type, category) => {
    const { vc } = lab();
    const details = vc.get(vc.manager('eventManager'), 'description.eventInfo') as { key: string; category: string }[];
    expect(details.find((detail) => detail.key === type)?.category).toBe(category);
  });
});
