// What parts of the simulator hook into: a restart, conditions, ticks of the guests, lost tasks, limits.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { Vcenter } from './harness.ts';
import { INSTANT, SMALL, linkedClone } from './inventories.ts';

const ABOUT = { locale: 'en', ipAddress: '', userAgent: 'test' };

function recent(vc: Vcenter): readonly MoRef[] {
  return vc.get(vc.manager('taskManager'), 'recentTask') as readonly MoRef[];
}

describe('tasks that get lost', () => {
  it('are gone while their work goes on', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: 'unseen' }));
    modelOf(vc.world).tasks.lose(task);
    expect([vc.world.registry.get(task.ref), recent(vc)]).toEqual([undefined, []]);
    await vc.advance(60);
    expect(vc.named('VirtualMachine', 'unseen')).toBeDefined();
    expect(recent(vc)).toEqual([]);
  });

  it('all of them: those that ended, those that run, those that wait and never happen', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    const host = vc.named('HostSystem', 'h1');
    await vc.must(parent, 'CreateSnapshot_Task', { name: 'more', memory: false, quiesce: false });
    for (let i = 0; i < 40; i++)
      vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: `c${i}`, location: { host } }));
    const { tasks } = modelOf(vc.world);
    const running = tasks.live.filter((task) => task.get('info.state') === 'running').length;
    expect(running).toBeLessThan(40);
    vc.world.restart.run();
    expect([...vc.world.registry.ofType('Task')]).toEqual([]);
    expect(recent(vc)).toEqual([]);
    await vc.advance(600);
    const clones = vc.describe().vms.filter((vm) => /^c\d+$/.test(vm.name));
    expect(clones).toHaveLength(running);
    expect(await vc.run(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: 'c39' }))).toMatchObject({
      state: running === 40 ? 'error' : 'success',
    });
  });
});

describe('recent tasks', () => {
  it('are all that are live and the last 200 that ended', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    const live = Array.from({ length: 250 }, (_unused, i) =>
      vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: `live${i}` })),
    );
    expect(recent(vc)).toHaveLength(250);
    await Promise.all(live.map((task) => vc.ended(task)));
    expect(recent(vc)).toHaveLength(200);
    const listed = new Set(recent(vc).map((ref) => ref.value));
    const ends = live.toSorted((a, b) =>
      String(a.get('info.completeTime')).localeCompare(String(b.get('info.completeTime'))),
    );
    expect(listed.has(ends.at(-1)?.value ?? '')).toBe(true);
    expect(listed.has(ends[0]?.value ?? '')).toBe(false);
  });
});

describe('conditions', () => {
  it('happen to a host until they are over', () => {
    const vc = new Vcenter(INSTANT);
    const { conditions } = vc.world;
    const host = vc.world.registry.must(vc.named('HostSystem', 'h1'));
    const cluster = host.get('parent') as MoRef;
    const usable = Number(vc.get(cluster, 'summary.numEffectiveHosts'));
    conditions.begin('hostDisconnected', host);
    conditions.begin('hostDisconnected', host);
    conditions.begin('maintenance', host);
    expect(conditions.list()).toHaveLength(2);
    expect(host.get('runtime')).toMatchObject({ connectionState: 'notResponding', inMaintenanceMode: true });
    expect(vc.get(cluster, 'summary.numEffectiveHosts')).toBe(usable - 1);
    expect([conditions.end('hostDisconnected', host), conditions.end('hostDisconnected', host)]).toEqual([true, false]);
    conditions.end('maintenance', host);
    expect(host.get('runtime')).toMatchObject({ connectionState: 'connected', inMaintenanceMode: false });
    expect(vc.get(cluster, 'summary.numEffectiveHosts')).toBe(usable);
  });

  it('are refused by name and by type', () => {
    const { world } = new Vcenter(INSTANT);
    expect(() => world.conditions.begin('flood', world.rootFolder)).toThrow('there is no condition flood');
    expect(() => world.conditions.begin('maintenance', world.rootFolder)).toThrow('happens to a HostSystem');
  });
});

describe('ticks of the guests', () => {
  it('come to what is powered on, until they are stopped', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const on = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    await vc.must(on, 'PowerOnVM_Task');
    const ticks: string[] = [];
    const stop = modelOf(vc.world).guestTicks.add(1000, (vm) => void ticks.push(vm.object.value));
    await vc.advance(3);
    expect(ticks.filter((value) => value === on.value)).toHaveLength(3);
    expect(ticks).not.toContain(parent.value);
    stop();
    const before = ticks.length;
    await vc.advance(3);
    expect(ticks).toHaveLength(before);
  });
});

describe('limits.sessions', () => {
  const login = (vc: Vcenter): unknown => vc.world.sessions.login('administrator@vsphere.local', 'simulator', ABOUT);

  it('is the total of sessions, and --max-sessions wins', () => {
    const limited = `${INSTANT}\nlimits: { sessions: 2 }\n`;
    const vc = new Vcenter(limited);
    login(vc);
    login(vc);
    expect(() => login(vc)).toThrow('maximum number of sessions');
    const flagged = new Vcenter(limited, { maxSessions: 1 });
    login(flagged);
    expect(() => login(flagged)).toThrow('maximum number of sessions');
  });

  it('must be at least 1', () => {
    expect(() => new Vcenter(`${INSTANT}\nlimits: { sessions: 0 }\n`)).toThrow('limits.sessions');
  });
});
