// Cost units: what operations take of hosts, datastores and the vCenter, and what waiting costs.
import { describe, expect, it } from '@jest/globals';
import { Stats } from '../../../../src/simulator/core/stats.ts';
import { SlotPools } from '../../../../src/simulator/tasks/slot-pools.ts';
import type { SlotNeeds } from '../../../../src/simulator/tasks/slot-pools.ts';
import { SlotQueue } from '../../../../src/simulator/tasks/slot-queue.ts';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter } from './harness.ts';

function inState(tasks: readonly SimObject[], state: string): number {
  return tasks.filter((task) => task.get('info.state') === state).length;
}

/** VMs that run, one for each host name; every host sees both datastores. */
function running(hosts: readonly string[], limits = ''): { vc: Vcenter; vms: readonly MoRef[] } {
  const names = [...new Set(hosts)];
  const vc = new Vcenter(`
datacenter: DC
clusters: [{ name: C1, hosts: [${[...names, 'spare'].join(', ')}] }]
datastores:
  - { name: a, capacity: 900 GB, hosts: [${[...names, 'spare'].join(', ')}] }
  - { name: b, capacity: 900 GB, hosts: [${[...names, 'spare'].join(', ')}] }
networks: [{ name: net }]
vms:
${hosts.map((host, n) => `  - { name: vm-${n}, host: ${host}, datastore: a, power: on, disks: [{ capacity: 1 GB, used: 1 MB }] }`).join('\n')}
${limits}
`);
  return { vc, vms: hosts.map((_host, n) => vc.named('VirtualMachine', `vm-${n}`)) };
}

function relocate(vc: Vcenter, vms: readonly MoRef[], spec: object): readonly SimObject[] {
  return vms.map((vm) => vc.start(vm, 'RelocateVM_Task', { spec }));
}

describe('units of hosts and datastores', () => {
  it('let two running VMs of a host change their datastore at a time', () => {
    const { vc, vms } = running(['h1', 'h1', 'h1']);
    const tasks = relocate(vc, vms, { datastore: vc.named('Datastore', 'b') });
    expect([inState(tasks, 'running'), inState(tasks, 'queued')]).toEqual([2, 1]);
  });

  it('let eight running VMs leave a datastore at a time, from however many hosts', async () => {
    const { vc, vms } = running(Array.from({ length: 10 }, (_unused, n) => `h${n}`));
    const tasks = relocate(vc, vms, { datastore: vc.named('Datastore', 'b') });
    expect([inState(tasks, 'running'), inState(tasks, 'queued')]).toEqual([8, 2]);
    expect(vc.world.stats.maxInFlight(vc.named('Datastore', 'a').value)).toBe(128);
    await vc.advance(60);
    expect(inState(tasks, 'success')).toBe(10);
  });

  it('let eight running VMs come to a host at a time', () => {
    const { vc, vms } = running(Array.from({ length: 9 }, (_unused, n) => `h${n}`));
    const tasks = relocate(vc, vms, { host: vc.named('HostSystem', 'spare') });
    expect([inState(tasks, 'running'), inState(tasks, 'queued')]).toEqual([8, 1]);
    expect(vc.world.stats.maxInFlight(vc.named('Datastore', 'a').value)).toBe(8);
  });
});

describe('the whole vCenter', () => {
  it('runs so many tasks at a time as it may, whatever they are', async () => {
    const { vc, vms } = running(['h1', 'h2', 'h3', 'h4'], 'limits: { tasks: 3 }');
    const tasks = vms.map((vm) => vc.start(vm, 'ReconfigVM_Task', { spec: { annotation: 'x' } }));
    expect([inState(tasks, 'running'), inState(tasks, 'queued')]).toEqual([3, 1]);
    await vc.advance(1);
    expect(inState(tasks, 'success')).toBe(4);
    expect(vc.world.stats.maxInFlight('vcenter')).toBe(3);
  });
});

interface Job {
  readonly name: string;
  readonly needs: SlotNeeds;
}

function queue(limits = { host: 4, datastore: 4, vcenter: 100 }): {
  begun: string[];
  takes: () => number;
  queue: SlotQueue<Job>;
} {
  let takes = 0;
  class Counted extends SlotPools {
    override tryTake(needs: SlotNeeds): string | undefined {
      takes += 1;
      return super.tryTake(needs);
    }
  }
  const begun: string[] = [];
  const pools = new Counted(limits, new Stats());
  return { begun, takes: () => takes, queue: new SlotQueue<Job>(pools, (each) => begun.push(each.name)) };
}

function job(name: string, needs: Readonly<Record<string, number>>): Job {
  return { name, needs: new Map(Object.entries(needs)) };
}

describe('the queue of those that wait', () => {
  it('costs what it starts, not what waits', () => {
    const { queue: line, begun, takes } = queue();
    const jobs = Array.from({ length: 5000 }, (_unused, n) => job(String(n), { 'host:h1': 4 }));
    for (const each of jobs) line.enter(each);
    const before = takes();
    for (const each of jobs) line.give(each);
    expect(begun).toEqual(jobs.map((each) => each.name));
    expect(takes() - before).toBeLessThan(3 * jobs.length);
  });

  it('starts in the order of arrival what waited for different things', () => {
    const { queue: line, begun } = queue();
    const first = job('first', { 'host:h1': 4, 'host:h2': 4 });
    line.enter(first);
    line.enter(job('b', { 'host:h2': 4 }));
    line.enter(job('a', { 'host:h1': 2, 'host:h2': 2 }));
    line.enter(job('c', { 'host:h1': 2 }));
    line.give(first);
    expect(begun).toEqual(['first', 'b', 'c']);
  });

  it('lets what fits go before what does not', () => {
    const { queue: line, begun } = queue();
    const small = job('small', { 'host:h1': 1 });
    line.enter(small);
    line.enter(job('rest', { 'host:h1': 3 }));
    line.enter(job('big', { 'host:h1': 4 }));
    line.enter(job('tiny', { 'host:h1': 1 }));
    line.give(small);
    expect(begun).toEqual(['small', 'rest', 'tiny']);
  });

  it('forgets who leaves', () => {
    const { queue: line, begun } = queue();
    const holder = job('holder', { 'host:h1': 4 });
    const gone = job('gone', { 'host:h1': 4 });
    line.enter(holder);
    line.enter(gone);
    line.enter(job('next', { 'host:h1': 4 }));
    line.leave(gone);
    line.give(holder);
    expect(begun).toEqual(['holder', 'next']);
  });
});
