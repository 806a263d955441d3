// SearchIndex: by path, name, uuid, address and file.
import { expect } from '@jest/globals';
import { api } from './support/sources.ts';
import { common, deviates, room } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import { machine } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const index = (target: Target) => target.manager('searchIndex');
const PATHS: Readonly<Record<string, string>> = {
  '/DC0': 'Datacenter',
  DC0: 'Datacenter',
  '/DC0/vm': 'Folder',
  '/DC0/host': 'Folder',
  '/DC0/datastore': 'Folder',
  '/DC0/network': 'Folder',
  '/DC0/host/DC0_C0': 'ClusterComputeResource',
  '/DC0/host/DC0_C0/DC0_C0_H0': 'HostSystem',
  '/DC0/host/DC0_C0/Resources': 'ResourcePool',
  '/DC0/datastore/LocalDS_0': 'Datastore',
  '/DC0/network/VM Network': 'Network',
  '/DC0/vm/DC0_C0_RP0_VM0': 'VirtualMachine',
};
const paths: readonly Expectation[] = Object.entries(PATHS).map(([path, type]) =>
  common(`${path} is a ${type}`, async (target) => {
    expect((await target.path(path)).type).toBe(type);
  }),
);
async function found(target: Target, method: string, args: string): Promise<readonly string[]> {
  return (await target.must(method, index(target), args)).values.map((each) => each.text);
}
const uuid = (text: string | undefined, instance: boolean): string =>
  el('uuid', text) + el('vmSearch', true) + el('instanceUuid', instance);

export const searchRoom = room(
  'search',
  ...paths,
  ...['/nowhere', '/DC0/vm/nobody', '/DC0/vm/DC0_C0_RP0_VM0/below'].map((path) =>
    common(`nothing is at ${path}, and that is no fault`, async (target) => {
      expect(await found(target, 'FindByInventoryPath', el('inventoryPath', path))).toEqual([]);
    }),
  ),
  common('FindChild by name', async (target) => {
    const args = ref('entity', await target.path('/DC0/vm')) + el('name', 'DC0_C0_RP0_VM0');
    expect(await found(target, 'FindChild', args)).toEqual([(await target.path('/DC0/vm/DC0_C0_RP0_VM0')).value]);
  }),
  common('FindChild of nobody', async (target) => {
    expect(
      await found(target, 'FindChild', ref('entity', await target.path('/DC0/vm')) + el('name', 'nobody')),
    ).toEqual([]);
  }),
  ...[true, false].map((instance) =>
    common(`FindByUuid by ${instance ? 'instanceUuid' : 'BIOS uuid'}`, async (target) => {
      const vm = await machine(target);
      const text = await target.text(vm, instance ? 'config.instanceUuid' : 'config.uuid');
      expect(await found(target, 'FindByUuid', uuid(text, instance))).toEqual([vm.value]);
    }),
  ),
  common('an instanceUuid isn’t found as a BIOS uuid', async (target) => {
    const text = await target.text(await machine(target), 'config.instanceUuid');
    expect(await found(target, 'FindByUuid', uuid(text, false))).toEqual([]);
  }),
  common('FindAllByUuid', async (target) => {
    const vm = await machine(target);
    expect(await found(target, 'FindAllByUuid', uuid(await target.text(vm, 'config.instanceUuid'), true))).toEqual([
      vm.value,
    ]);
  }),
  common('no uuid is found after the machine’s end', async (target) => {
    const vm = await machine(target);
    const text = await target.text(vm, 'config.instanceUuid');
    await target.done('Destroy_Task', vm);
    expect(await found(target, 'FindAllByUuid', uuid(text, true))).toEqual([]);
  }),
  common('FindByDatastorePath', async (target) => {
    const vm = await machine(target);
    const args =
      ref('datacenter', await target.path('/DC0')) + el('path', await target.text(vm, 'config.files.vmPathName'));
    expect(await found(target, 'FindByDatastorePath', args)).toEqual([vm.value]);
  }),
  deviates(
    'a datacenter that isn’t there is no place to search in',
    'the datacenter is ignored',
    api('SearchIndex.FindByUuid.datacenter: restricts the query to entities in a particular datacenter'),
    async (target) => {
      const text = await target.text(await machine(target), 'config.instanceUuid');
      const nowhere = ref('datacenter', { type: 'Datacenter', value: 'datacenter-9999' });
      expect(await target.fault('FindByUuid', index(target), nowhere + uuid(text, true))).toBe('ManagedObjectNotFound');
    },
  ),
);
