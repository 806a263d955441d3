// Views that follow the inventory: what comes, goes and moves.
import { describe, expect, it } from '@jest/globals';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { addMachine, removeMachine, tinyInventory } from './support/tiny-model.ts';
import { tinyWorld } from './support/tiny-world.ts';
import type { TinyWorld } from './support/tiny-world.ts';

function make(tiny: TinyWorld, method: string, args: Record<string, unknown>): SimObject {
  const manager = tiny.world.registry.must({ type: 'ViewManager', value: 'ViewManager' });
  return tiny.world.registry.must(tiny.call(manager, method, args) as MoRef);
}

function container(tiny: TinyWorld, root: SimObject, type: string[], recursive = true): SimObject {
  return make(tiny, 'CreateContainerView', { container: root.ref, type, recursive });
}

function names(tiny: TinyWorld, view: SimObject): string[] {
  return (view.get('view') as MoRef[]).map((ref) => String(tiny.world.registry.must(ref).get('name')));
}

describe('container views', () => {
  it('hold what is below the container, by type, through folders, pools, clusters and hosts', () => {
    const tiny = tinyWorld(3);
    const { datacenter, cluster, pool, hosts } = tinyInventory(tiny.world);
    expect(names(tiny, container(tiny, tiny.world.rootFolder, ['VirtualMachine']))).toEqual(['vm0', 'vm1', 'vm2']);
    expect(names(tiny, container(tiny, pool, ['VirtualMachine']))).toEqual(['vm0', 'vm1', 'vm2']);
    expect(names(tiny, container(tiny, hosts[0] as SimObject, []))).toEqual(['vm0', 'vm2']);
    expect(names(tiny, container(tiny, cluster, ['HostSystem', 'ResourcePool'])).toSorted()).toEqual([
      'Resources',
      'host-a',
      'host-b',
    ]);
    expect(names(tiny, container(tiny, datacenter, ['ComputeResource']))).toEqual(['lab']);
    expect(names(tiny, container(tiny, datacenter, [], false))).toEqual(['vm', 'host', 'datastore', 'network']);
    expect(names(tiny, container(tiny, tiny.world.rootFolder, ['VirtualMachine'], false))).toEqual([]);
  });

  it('follow what comes, goes and moves, folders with all in them', () => {
    const tiny = tinyWorld(1);
    const { vmFolder, machines } = tinyInventory(tiny.world);
    const folder = tiny.world.registry.create('Folder', {
      name: 'labs',
      parent: vmFolder.ref,
      childType: ['VirtualMachine'],
      childEntity: [],
    });
    const [all, labs] = [
      container(tiny, tiny.world.rootFolder, ['VirtualMachine']),
      container(tiny, folder, ['VirtualMachine']),
    ];
    const inner = tiny.world.registry.create('Folder', {
      name: 'inner',
      parent: vmFolder.ref,
      childType: ['VirtualMachine'],
      childEntity: [],
    });
    addMachine(tiny.world, 'new', inner);
    expect([names(tiny, all), names(tiny, labs)]).toEqual([['vm0', 'new'], []]);
    inner.set('parent', folder.ref);
    machines[0]?.set('parent', folder.ref);
    expect(names(tiny, labs).toSorted()).toEqual(['new', 'vm0']);
    machines[0]?.set('parent', vmFolder.ref);
    expect(names(tiny, labs)).toEqual(['new']);
    removeMachine(tiny.world, machines[1] as SimObject);
    expect([names(tiny, all), names(tiny, labs)]).toEqual([['vm0'], []]);
  });

  it('refuse a container that contains nothing', () => {
    const tiny = tinyWorld(1);
    expect(() => container(tiny, tinyInventory(tiny.world).machines[0] as SimObject, [])).toThrow('container');
  });
});

describe('list views', () => {
  it('hold what they are given, say what they could not find, and lose what leaves', () => {
    const tiny = tinyWorld(3);
    const { machines } = tinyInventory(tiny.world);
    const [a, b, c] = machines as [SimObject, SimObject, SimObject];
    const nowhere = { type: 'VirtualMachine', value: 'vm-999' };
    const view = make(tiny, 'CreateListView', { obj: [a.ref, nowhere] });
    expect(tiny.call(view, 'ModifyListView', { add: [b.ref, nowhere], remove: [a.ref] })).toEqual([nowhere]);
    expect(names(tiny, view)).toEqual(['vm1']);
    removeMachine(tiny.world, b);
    expect(names(tiny, view)).toEqual([]);
    expect(tiny.call(view, 'ResetListView', { obj: [c.ref, nowhere] })).toEqual([nowhere]);
    const other = make(tiny, 'CreateListView', {});
    tiny.call(other, 'ResetListViewFromView', { view: view.ref });
    expect(names(tiny, other)).toEqual(['vm2']);
  });
});

describe('inventory views', () => {
  it('begin with the root folder and show the children of what is open', () => {
    const tiny = tinyWorld(2);
    const { datacenter, vmFolder } = tinyInventory(tiny.world);
    const view = make(tiny, 'CreateInventoryView', {});
    expect(names(tiny, view)).toEqual(['Datacenters']);
    tiny.call(view, 'OpenInventoryViewFolder', { entity: [tiny.world.rootFolder.ref] });
    expect(names(tiny, view).toSorted()).toEqual(['DC0', 'Datacenters', 'host', 'vm']);
    tiny.call(view, 'OpenInventoryViewFolder', { entity: [datacenter.ref, vmFolder.ref] });
    addMachine(tiny.world, 'new');
    expect(names(tiny, view)).toEqual(expect.arrayContaining(['datastore', 'network', 'vm0', 'vm1', 'new']));
    tiny.call(view, 'CloseInventoryViewFolder', { entity: [datacenter.ref] });
    expect(names(tiny, view).toSorted()).toEqual(['DC0', 'Datacenters', 'host', 'vm']);
    tiny.call(view, 'CloseInventoryViewFolder', { entity: [tiny.world.rootFolder.ref] });
    expect(names(tiny, view)).toEqual(['Datacenters']);
  });

  it('open the way to what is opened', () => {
    const tiny = tinyWorld(1);
    const { vmFolder } = tinyInventory(tiny.world);
    const view = make(tiny, 'CreateInventoryView', {});
    tiny.call(view, 'OpenInventoryViewFolder', { entity: [vmFolder.ref] });
    expect(names(tiny, view)).toEqual(expect.arrayContaining(['Datacenters', 'DC0', 'vm', 'vm0']));
  });
});

describe('all views', () => {
  it('are destroyed by their owner or with its session', () => {
    const tiny = tinyWorld(1);
    const before = tiny.world.registry.size;
    const view = container(tiny, tiny.world.rootFolder, []);
    make(tiny, 'CreateListView', {});
    tiny.call(view, 'DestroyView');
    expect(tiny.world.registry.size).toBe(before + 1);
    tiny.world.sessions.end(tiny.session);
    expect(tiny.world.registry.size).toBe(before);
  });
});
