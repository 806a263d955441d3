// Objects, the registry and the paths into them: what is stored, what is announced, and that old values stay as they were.
import { describe, expect, it } from '@jest/globals';
import { parsePath, pathsTouch } from '../../../../src/simulator/core/property-path.ts';
import { Registry } from '../../../../src/simulator/core/registry.ts';
import type { Change } from '../../../../src/simulator/core/change.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';

function heard(registry: Registry): string[] {
  const changes: string[] = [];
  registry.subscribe((change: Change) =>
    changes.push(`${change.kind} ${change.object.value} ${change.path} ${change.op}`),
  );
  return changes;
}

describe('property paths', () => {
  it('reads names and keys of list elements, quoted or not', () => {
    expect(parsePath('config.hardware.device[4000].backing')?.map((s) => s.text)).toEqual([
      'config',
      'hardware',
      'device',
      '4000',
      'backing',
    ]);
    expect(parsePath('config.extraConfig["a.b]c"]')?.at(-1)).toEqual({ text: 'a.b]c', isKey: true });
    for (const bad of ['', '.', 'a..b', '[1]', 'a[1', 'a]']) expect(parsePath(bad)).toBeUndefined();
  });

  it('touch when one encloses the other, at a boundary', () => {
    expect(pathsTouch('runtime', 'runtime.powerState')).toBe(true);
    expect(pathsTouch('config.hardware.device[4000]', 'config.hardware.device')).toBe(true);
    expect(pathsTouch('runtime', 'runtimeX')).toBe(false);
    expect(pathsTouch('guest.net', 'guest.ipAddress')).toBe(false);
  });
});

describe('lists of references', () => {
  const vm = (value: string): MoRef => ({ type: 'VirtualMachine', value });

  it('grow and shrink in order, announce only what changed, and leave an array alone that was handed out', () => {
    const registry = new Registry();
    const folder = registry.create('Folder', { childEntity: [vm('vm-1')] });
    const changes = heard(registry);
    const before = folder.get('childEntity');
    folder.addRef('childEntity', vm('vm-2'));
    folder.addRef('childEntity', vm('vm-2'));
    folder.removeRef('childEntity', vm('vm-9'));
    expect(folder.get('childEntity')).toEqual([vm('vm-1'), vm('vm-2')]);
    folder.removeRef('childEntity', vm('vm-1'));
    expect([before, folder.get('childEntity')]).toEqual([[vm('vm-1')], [vm('vm-2')]]);
    expect(changes).toEqual([`modify ${folder.value} childEntity assign`, `modify ${folder.value} childEntity assign`]);
    expect(folder.stored()['childEntity']).toEqual([vm('vm-2')]);
  });

  it('are made anew only when somebody reads them after a change', () => {
    const folder = new Registry().create('Folder', { childEntity: [] });
    for (let i = 0; i < 50_000; i++) folder.addRef('childEntity', vm(`vm-${i}`));
    expect(folder.get('childEntity')).toHaveLength(50_000);
    expect(folder.get('childEntity')).toBe(folder.get('childEntity'));
  });

  it('can be set as a whole again, change without a word, and come into being by adding but not by removing', () => {
    const registry = new Registry();
    const host = registry.create('HostSystem', { vm: [vm('vm-1')] });
    host.addRef('vm', vm('vm-2'));
    host.set('vm', [vm('vm-3')]);
    host.addRef('vm', vm('vm-4'));
    expect(host.get('vm')).toEqual([vm('vm-3'), vm('vm-4')]);
    const changes = heard(registry);
    host.addRefSilently('recentTask', vm('task-1'));
    host.removeRef('childEntity', vm('vm-1'));
    host.removeRefSilently('network', vm('vm-1'));
    expect([changes, Object.keys(host.stored())]).toEqual([[], ['vm', 'recentTask']]);
  });
});

describe('SimObject', () => {
  it('copies along the path and leaves the old value alone', () => {
    const vm = new Registry().create('VirtualMachine', {
      config: { name: 'a', hardware: { device: [{ key: 1, x: 1 }, { key: 2 }] } },
    });
    const before = vm.get('config') as { hardware: { device: unknown[] } };
    vm.set('config.hardware.device[1].x', 5);
    expect(before.hardware.device[0]).toEqual({ key: 1, x: 1 });
    expect(vm.get('config.hardware.device[1].x')).toBe(5);
    const after = vm.get('config') as { hardware: { device: unknown[] } };
    expect(after.hardware.device[1]).toBe(before.hardware.device[1]);
  });

  it('adds, replaces and removes list elements by key, and unsets with undefined', () => {
    const registry = new Registry();
    const vm = registry.create('VirtualMachine', { config: { hardware: { device: [{ key: 1 }] }, note: 'x' } });
    const changes = heard(registry);
    vm.set('config.hardware.device[2]', { key: 2 });
    vm.set('config.hardware.device[2]', { key: 2, y: 1 });
    vm.set('config.hardware.device[1]', undefined);
    vm.set('config.note', undefined);
    expect(vm.get('config')).toEqual({ hardware: { device: [{ key: 2, y: 1 }] } });
    expect(changes.map((line) => line.replace(/^modify \S+ config\./, ''))).toEqual([
      'hardware.device[2] add',
      'hardware.device[2] assign',
      'hardware.device[1] remove',
      'note assign',
    ]);
  });

  it('says nothing when nothing changes, when it is silent, and after the object has left', () => {
    const registry = new Registry();
    const vm = registry.create('VirtualMachine', { name: 'a' });
    const changes = heard(registry);
    vm.set('name', 'a');
    vm.setSilently('layoutEx', { file: [] });
    registry.remove(vm);
    vm.set('name', 'b');
    expect(changes).toEqual([`leave ${vm.value}  remove`]);
    expect(vm.get('layoutEx')).toEqual({ file: [] });
  });

  it('announces several changes only when all are stored', () => {
    const registry = new Registry();
    const vm = registry.create('VirtualMachine', {});
    const seen: unknown[] = [];
    registry.subscribe(() => seen.push([vm.get('name'), vm.get('overallStatus')]));
    vm.setMany({ name: 'a', overallStatus: 'green' });
    expect(seen).toEqual([
      ['a', 'green'],
      ['a', 'green'],
    ]);
  });

  it('derives properties, forgets them when their source changes, and announces both', () => {
    const registry = new Registry();
    let computed = 0;
    registry.derive('ManagedEntity', 'summary', ['runtime', 'name'], (object) => ({
      count: ++computed,
      name: object.get('name'),
    }));
    registry.derive('VirtualMachine', 'badge', ['summary'], (object) => `${String(object.get('summary.name'))}!`);
    const vm = registry.create('VirtualMachine', { name: 'a' });
    expect([vm.get('summary.name'), vm.get('badge'), vm.get('badge')]).toEqual(['a', 'a!', 'a!']);
    const changes = heard(registry);
    vm.set('name', 'b');
    expect([vm.get('summary.name'), vm.get('badge'), computed]).toEqual(['b', 'b!', 2]);
    vm.setSilently('runtime.powerState', 'poweredOn');
    expect([vm.get('summary.count'), changes.length]).toEqual([3, 3]);
    expect(() => vm.set('summary.name', 'x')).toThrow('derived');
  });
});

describe('Registry', () => {
  it('names objects as vCenter does, from one counter, and never twice', () => {
    const registry = new Registry();
    const make = (type: string, properties = {}): string => registry.create(type, properties).value;
    expect([
      make('Folder', { childType: ['Folder', 'Datacenter'] }),
      make('Datacenter'),
      make('Folder', { childType: ['Folder', 'VirtualMachine'] }),
      make('ClusterComputeResource'),
      make('ResourcePool'),
      make('VirtualMachine'),
      make('VirtualMachineSnapshot'),
      make('Task'),
    ]).toEqual(['group-d1', 'datacenter-2', 'group-v3', 'domain-c4', 'resgroup-5', 'vm-6', 'snapshot-7', 'task-8']);
    registry.remove(registry.must({ type: 'VirtualMachine', value: 'vm-6' }));
    expect(make('VirtualMachine')).toBe('vm-9');
  });

  it('finds by reference, also by a base type, and lists a type with its descendants', () => {
    const registry = new Registry();
    const cluster = registry.create('ClusterComputeResource', {});
    expect(registry.get({ type: 'ManagedEntity', value: cluster.value })).toBe(cluster);
    expect(registry.get({ type: 'VirtualMachine', value: cluster.value })).toBeUndefined();
    expect([...registry.ofType('ComputeResource')]).toEqual([cluster]);
    expect(() => registry.must({ type: 'Task', value: 'task-9' })).toThrow('has already been deleted');
  });
});
