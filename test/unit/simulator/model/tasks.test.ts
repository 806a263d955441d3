// Tasks: their states and times, who has to wait, who may not run beside whom, and when they are forgotten.
import { describe, expect, it } from '@jest/globals';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import { INSTANT, SMALL, fullClone, linkedClone } from './inventories.ts';

interface Lab {
  readonly vc: Vcenter;
  readonly parent: MoRef;
}

function lab(inventory = SMALL): Lab {
  const vc = new Vcenter(inventory);
  return { vc, parent: vc.named('VirtualMachine', 'parent') };
}

/** Starts linked clones of the parent on a host. */
function startClones({ vc, parent }: Lab, count: number, host: string): readonly SimObject[] {
  const location = { host: vc.named('HostSystem', host) };
  return Array.from({ length: count }, (_unused, index) =>
    vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: `${host}-${index}`, location })),
  );
}

function inState(tasks: readonly SimObject[], state: string): number {
  return tasks.filter((task) => task.get('info.state') === state).length;
}

describe('TaskInfo', () => {
  it('tells what vCenter tells about a clone', async () => {
    const { vc, parent } = lab();
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent), { user: 'operator' });
    expect(task.get('info')).toMatchObject({
      key: task.value,
      task: task.ref,
      name: 'CloneVM_Task',
      descriptionId: 'VirtualMachine.clone',
      entity: parent,
      entityName: 'parent',
      state: 'running',
      cancelable: true,
      reason: { $type: 'TaskReasonUser', userName: 'operator' },
      queueTime: '2026-11-21T10:00:00.000Z',
      startTime: '2026-11-21T10:00:00.000Z',
    });
    await vc.advance(2);
    expect(task.get('info.progress')).toBe(40);
    await vc.advance(3);
    expect(task.get('info')).toMatchObject({
      state: 'success',
      completeTime: '2026-11-21T10:00:05.000Z',
      result: { type: 'VirtualMachine' },
    });
  });

  it('has the operations of a VM under the names of vCenter, the VM being their entity', async () => {
    const { vc, parent } = lab(INSTANT);
    const end = vc.start(vc.snapshot(parent, 'base'), 'RemoveSnapshot_Task', { removeChildren: false });
    expect(end.get('info')).toMatchObject({
      name: 'RemoveSnapshot_Task',
      descriptionId: 'vm.Snapshot.remove',
      entity: parent,
    });
  });
});

describe('the queue', () => {
  it('lets eight linked clones of one host to itself run at a time', async () => {
    const here = lab();
    const tasks = startClones(here, 10, 'h1');
    expect([inState(tasks, 'running'), inState(tasks, 'queued')]).toEqual([8, 2]);
    expect(here.vc.world.stats.queued).toBe(2);
    await here.vc.advance(5);
    expect([inState(tasks, 'success'), inState(tasks, 'running')]).toEqual([8, 2]);
    await here.vc.advance(5);
    expect(inState(tasks, 'success')).toBe(10);
    expect(here.vc.world.stats.maxInFlight('clone')).toBe(8);
    expect(here.vc.world.stats.maxInFlight(here.vc.named('HostSystem', 'h1').value)).toBe(16);
  });

  it('lets sixteen clones of one host to others run, and one more wait', async () => {
    const here = lab();
    const tasks = [...startClones(here, 9, 'h2'), ...startClones(here, 8, 'h3')];
    expect([inState(tasks, 'running'), inState(tasks, 'queued')]).toEqual([16, 1]);
    await here.vc.advance(10);
    expect(inState(tasks, 'success')).toBe(17);
  });

  it('counts a full clone as four', () => {
    const { vc, parent } = lab();
    const location = { host: vc.named('HostSystem', 'h1') };
    const tasks = [1, 2, 3, 4, 5].map((n) =>
      vc.start(parent, 'CloneVM_Task', fullClone(vc, { name: `full-${n}`, location })),
    );
    expect([inState(tasks, 'running'), inState(tasks, 'queued')]).toEqual([4, 1]);
  });

  it('shows how long a task waited', async () => {
    const here = lab();
    const last = startClones(here, 9, 'h1').at(-1);
    await here.vc.advance(12);
    expect(last?.get('info')).toMatchObject({
      queueTime: '2026-11-21T10:00:00.000Z',
      startTime: '2026-11-21T10:00:05.000Z',
      completeTime: '2026-11-21T10:00:10.000Z',
    });
  });

  it('lets a task that waits be cancelled, and takes nothing for it', async () => {
    const here = lab();
    const before = here.vc.describe();
    const tasks = startClones(here, 9, 'h1');
    for (const task of tasks.toReversed()) here.vc.call(task.ref, 'CancelTask');
    expect(here.vc.describe()).toEqual(before);
    const again = startClones(here, 8, 'h1');
    expect(inState(again, 'running')).toBe(8);
  });

  it('does not hold up what would fit behind what does not', () => {
    const here = lab();
    startClones(here, 9, 'h1');
    const { vc } = here;
    const master = vc.named('VirtualMachine', 'master');
    const location = { host: vc.named('HostSystem', 'h3'), pool: vc.named('ResourcePool', 'labs') };
    expect(
      vc.start(master, 'CloneVM_Task', linkedClone(vc, master, { name: 'other', location })).get('info.state'),
    ).toBe('running');
  });
});

describe('a VM that is busy', () => {
  it.each(['CreateSnapshot_Task', 'Destroy_Task', 'ReconfigVM_Task', 'PowerOnVM_Task'])(
    'refuses %s while it is being cloned',
    (method) => {
      const here = lab();
      const [clone] = startClones(here, 1, 'h1');
      const args = { name: 's', memory: false, quiesce: false, spec: {} };
      const fault = faultOf(() => here.vc.call(here.parent, method, args));
      expect(fault.fault).toBe('TaskInProgress');
      expect(fault.fields).toEqual({ task: clone?.ref });
    },
  );

  it('refuses to be unregistered or marked, and its snapshots to be removed', () => {
    const here = lab();
    startClones(here, 1, 'h1');
    expect(faultOf(() => here.vc.call(here.parent, 'UnregisterVM')).fault).toBe('TaskInProgress');
    expect(faultOf(() => here.vc.call(here.parent, 'MarkAsTemplate')).fault).toBe('TaskInProgress');
    expect(faultOf(() => here.vc.call(here.vc.snapshot(here.parent, 'base'), 'RemoveSnapshot_Task', {})).fault).toBe(
      'TaskInProgress',
    );
  });

  it('can be cloned many times at once, but not while a snapshot is taken', async () => {
    const here = lab();
    const task = here.vc.start(here.parent, 'CreateSnapshot_Task', { name: 's', memory: false, quiesce: false });
    expect(faultOf(() => startClones(here, 1, 'h2')).fault).toBe('TaskInProgress');
    await here.vc.ended(task);
    expect(inState(startClones(here, 3, 'h2'), 'running')).toBe(3);
  });
});

describe('cancelling', () => {
  it('is refused for what cannot be cancelled and for what is over', async () => {
    const { vc, parent } = lab();
    const task = vc.start(parent, 'PowerOnVM_Task');
    expect(faultOf(() => vc.call(task.ref, 'CancelTask')).fault).toBe('NotSupported');
    await vc.ended(task);
    expect(faultOf(() => vc.call(task.ref, 'CancelTask')).fault).toBe('InvalidState');
  });
});

describe('finished tasks', () => {
  it('are gone ten minutes after their end', async () => {
    const { vc, parent } = lab();
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent));
    await vc.advance(5 + 599);
    expect(vc.get(parent, 'recentTask')).toEqual([task.ref]);
    await vc.advance(2);
    expect(faultOf(() => vc.object(task.ref)).fault).toBe('ManagedObjectNotFound');
    expect(vc.get(parent, 'recentTask')).toEqual([]);
    expect(vc.get(vc.manager('taskManager'), 'recentTask')).toEqual([]);
  });

  it('are listed without an update, at most 200 of them', async () => {
    const { vc, parent } = lab(INSTANT);
    const heard: string[] = [];
    vc.world.registry.subscribe((change) => heard.push(`${change.object.type}.${change.path}`));
    for (let n = 0; n < 205; n++) await vc.must(parent, 'ReconfigVM_Task', { spec: { annotation: String(n) } });
    expect(vc.get(parent, 'recentTask')).toHaveLength(200);
    expect(heard.filter((path) => path.endsWith('recentTask'))).toEqual([]);
  });

  it('can be found by a collector', async () => {
    const { vc, parent } = lab(INSTANT);
    const filter = { entity: { entity: parent, recursion: 'self' } };
    const collector = vc.call(
      vc.manager('taskManager'),
      'CreateCollectorForTasks',
      { filter },
      { session: vc.login() },
    ) as MoRef;
    await vc.must(parent, 'ReconfigVM_Task', { spec: { annotation: 'x' } });
    await vc.must(vc.named('VirtualMachine', 'master'), 'ReconfigVM_Task', { spec: { annotation: 'x' } });
    vc.call(collector, 'RewindCollector');
    const page = vc.call(collector, 'ReadNextTasks', { maxCount: 10 }) as { name: string }[];
    expect(page.map((info) => info.name)).toEqual(['ReconfigVM_Task']);
    expect(vc.get(collector, 'latestPage')).toHaveLength(1);
    vc.call(collector, 'DestroyCollector');
    expect(faultOf(() => vc.object(collector)).fault).toBe('ManagedObjectNotFound');
  });
});

describe('durations', () => {
  it('of copies grow with what is copied', async () => {
    const { vc, parent } = lab();
    const task = vc.start(parent, 'CloneVM_Task', fullClone(vc));
    // 4 GB at 200 MB a second, after the 5 s of a clone.
    await vc.advance(25);
    expect(task.get('info.state')).toBe('running');
    await vc.advance(1);
    expect(task.get('info.state')).toBe('success');
  });

  it('vary by the seed alone when they are lognormal', async () => {
    const inventory = SMALL.concat('\ndurations: { sigma: 0.5 }\n');
    async function ends(seed: number): Promise<readonly unknown[]> {
      const vc = new Vcenter(inventory, { seed });
      const parent = vc.named('VirtualMachine', 'parent');
      const tasks = startClones({ vc, parent }, 5, 'h2');
      await vc.advance(120);
      return tasks.map((task) => task.get('info.completeTime'));
    }
    const first = await ends(1);
    expect(new Set(first).size).toBe(5);
    expect(await ends(1)).toEqual(first);
    expect(await ends(2)).not.toEqual(first);
  });
});

describe('the ledger', () => {
  it('gets the end of a task with its result or fault', async () => {
    const { vc, parent } = lab();
    const seq = vc.world.ledger.call({ method: 'CloneVM_Task', target: parent.value, args: { name: 'clone' } });
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent));
    vc.world.ledger.bindTask(seq, task.value);
    await vc.ended(task);
    expect(vc.world.ledger.since(seq)).toMatchObject([
      { phase: 'end', task: task.value, result: (task.get('info.result') as MoRef).value },
    ]);
  });
});
