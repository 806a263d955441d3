// SearchIndex: uuids, paths with escaped names, guests, datastore paths, and datacenters as a limit.
import { describe, expect, it } from '@jest/globals';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import { addMachine, removeMachine, tinyInventory } from './support/tiny-model.ts';
import { tinyWorld } from './support/tiny-world.ts';
import type { TinyWorld } from './support/tiny-world.ts';

function find(tiny: TinyWorld, method: string, args: Record<string, unknown>): unknown {
  const index = tiny.world.registry.must({ type: 'SearchIndex', value: 'SearchIndex' });
  return tiny.call(index, method, args);
}

function parts(): { tiny: TinyWorld; vm: SimObject; uuid: string } {
  const tiny = tinyWorld(3);
  const vm = tinyInventory(tiny.world).machines[1] as SimObject;
  return { tiny, vm, uuid: String(vm.get('config.instanceUuid')) };
}

describe('FindByUuid', () => {
  it('follows what comes, changes and goes', () => {
    const { tiny, vm, uuid } = parts();
    const byInstance = (value: string): unknown =>
      find(tiny, 'FindByUuid', { uuid: value, vmSearch: true, instanceUuid: true });
    expect(byInstance(uuid.toUpperCase())).toEqual(vm.ref);
    expect(find(tiny, 'FindByUuid', { uuid, vmSearch: true })).toBeUndefined();
    vm.set('config.instanceUuid', 'other');
    expect([byInstance(uuid), byInstance('other')]).toEqual([undefined, vm.ref]);
    removeMachine(tiny.world, vm);
    expect(byInstance('other')).toBeUndefined();
  });

  it('gives all that share a BIOS uuid, within a datacenter when asked', () => {
    const { tiny, vm } = parts();
    const { machines, datacenter } = tinyInventory(tiny.world);
    machines[2]?.set('config.uuid', vm.get('config.uuid'));
    const args = { uuid: vm.get('config.uuid'), vmSearch: true };
    expect(find(tiny, 'FindAllByUuid', args)).toEqual([vm.ref, machines[2]?.ref]);
    expect(find(tiny, 'FindAllByUuid', { ...args, datacenter: datacenter.ref })).toHaveLength(2);
    const elsewhere = tiny.world.registry.create('Datacenter', { name: 'DC1', parent: tiny.world.rootFolder.ref });
    expect(find(tiny, 'FindAllByUuid', { ...args, datacenter: elsewhere.ref })).toEqual([]);
  });
});

describe('paths', () => {
  it('lead through folders, datacenters, clusters and pools', () => {
    const { tiny, vm } = parts();
    const { pool, hosts, cluster } = tinyInventory(tiny.world);
    const byPath = (inventoryPath: string): unknown => find(tiny, 'FindByInventoryPath', { inventoryPath });
    expect([
      byPath('DC0/vm/vm1'),
      byPath('/DC0/vm/vm1/'),
      byPath('DC0/host/lab/Resources'),
      byPath('DC0/host/lab/host-a'),
    ]).toEqual([vm.ref, vm.ref, pool.ref, hosts[0]?.ref]);
    expect([byPath('DC0/vm/nobody'), byPath('DC0/vm/vm1/more'), byPath('DC0/VM/vm1')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(find(tiny, 'FindChild', { entity: cluster.ref, name: 'host-b' })).toEqual(hosts[1]?.ref);
  });

  it('escape what would separate', () => {
    const { tiny } = parts();
    const odd = addMachine(tiny.world, 'a%2fb%25c');
    const byPath = (inventoryPath: string): unknown => find(tiny, 'FindByInventoryPath', { inventoryPath });
    expect([byPath('DC0/vm/a%2fb%25c'), byPath('DC0/vm/a%2Fb%25c'), byPath('DC0/vm/a/b%c')]).toEqual([
      odd.ref,
      odd.ref,
      undefined,
    ]);
  });
});

describe('guests and files', () => {
  it('are found by name, by any address, and by the file', () => {
    const { tiny, vm } = parts();
    vm.set('guest', { hostName: 'Web1', ipAddress: '10.0.0.1', net: [{ ipAddress: ['fe80::1', '10.0.0.2'] }] });
    expect(find(tiny, 'FindByDnsName', { dnsName: 'web1', vmSearch: true })).toEqual(vm.ref);
    expect(find(tiny, 'FindAllByIp', { ip: '10.0.0.2', vmSearch: true })).toEqual([vm.ref]);
    expect(find(tiny, 'FindByIp', { ip: '10.0.0.2', vmSearch: false })).toBeUndefined();
    expect(find(tiny, 'FindByDnsName', { dnsName: 'host-a', vmSearch: false })).toEqual(
      tinyInventory(tiny.world).hosts[0]?.ref,
    );
    const { datacenter } = tinyInventory(tiny.world);
    expect(find(tiny, 'FindByDatastorePath', { datacenter: datacenter.ref, path: '[store] vm1/vm1.vmx' })).toEqual(
      vm.ref,
    );
    expect(() => find(tiny, 'FindByDatastorePath', { datacenter: datacenter.ref, path: 'vm1.vmx' })).toThrow(
      'Invalid datastore path',
    );
  });
});
