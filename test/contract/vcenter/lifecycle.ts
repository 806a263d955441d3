// Virtual machines come and go: clone, rename, register, unregister, destroy; who they are.
import { expect } from '@jest/globals';
import { api, issue } from './support/sources.ts';
import { common, deviates, room } from './support/expectation.ts';
import { machine } from './support/machines.ts';
import { POWERED_OFF } from './support/target.ts';
import { el } from './support/wire.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const EXTRA = '<extraConfig><key>lab.colour</key><value xsi:type="xsd:string">red</value></extraConfig>';

export const lifecycleRoom = room(
  'VM life cycle',
  common('a clone is in its folder, by its name', async (target) => {
    const name = target.name('clone');
    const vm = await machine(target, { name });
    expect([(await target.path(`/DC0/vm/${name}`)).value, await target.text(vm, 'name')]).toEqual([vm.value, name]);
  }),
  ...['config.name', 'summary.config.name'].map((path) =>
    common(`a clone’s ${path} is its name`, async (target) => {
      const name = target.name('clone');
      expect(await target.text(await machine(target, { name }), path)).toBe(name);
    }),
  ),
  common('a clone is powered off', async (target) => {
    expect(await target.text(await machine(target), 'runtime.powerState')).toBe('poweredOff');
  }),
  common('a clone with powerOn runs', async (target) => {
    const vm = await machine(target, { powerOn: true });
    expect(await target.settled(vm, 'runtime.powerState', /poweredOn/)).toBe('poweredOn');
  }),
  common('a clone has a host and a pool', async (target) => {
    const vm = await machine(target);
    expect((await target.value(vm, 'runtime.host'))?.refType).toBe('HostSystem');
    expect((await target.value(vm, 'resourcePool'))?.refType).toBe('ResourcePool');
  }),
  common('the pool lists its machines', async (target) => {
    const vm = await machine(target);
    const pool = (await target.value(vm, 'resourcePool'))?.ref;
    if (pool === undefined) throw new Error('no pool');
    expect((await target.value(pool, 'vm'))?.children.map((each) => each.text)).toContain(vm.value);
  }),
  ...['config.uuid', 'config.instanceUuid'].map((path) =>
    common(`a clone has a ${path} of its own`, async (target) => {
      const [one, two] = [await machine(target), await machine(target)];
      const uuid = await target.text(one, path);
      expect(uuid).toMatch(UUID);
      expect(await target.text(two, path)).not.toBe(uuid);
    }),
  ),
  common('a clone takes the instanceUuid that it’s given', async (target) => {
    const wanted = '50000000-aaaa-bbbb-cccc-00000000ab01';
    const vm = await machine(target, { config: el('instanceUuid', wanted) });
    expect(await target.text(vm, 'config.instanceUuid')).toBe(wanted);
    await target.done('Destroy_Task', vm);
  }),
  deviates(
    'an instanceUuid that another machine has is reassigned',
    'duplicates are accepted',
    api('VirtualMachineConfigSpec.instanceUuid: vCenter may reassign it on conflict'),
    async (target) => {
      const taken = await target.text(await machine(target), 'config.instanceUuid');
      const vm = await machine(target, { config: el('instanceUuid', taken) });
      expect(await target.text(vm, 'config.instanceUuid')).not.toBe(taken);
    },
  ),
  deviates(
    'a machine made again under the same name is another one',
    'uuids derive from the path',
    api('instanceUuid: VirtualCenter-specific identifier, unique across all instances'),
    async (target) => {
      const name = target.name('again');
      const first = await machine(target, { name });
      const uuid = await target.text(first, 'config.instanceUuid');
      await target.done('Destroy_Task', first);
      expect(await target.text(await machine(target, { name }), 'config.instanceUuid')).not.toBe(uuid);
    },
  ),
  deviates(
    'a clone’s network card has a MAC address of its own',
    'it has the source’s',
    issue('vmware/govmomi#3279: MAC addresses should be unique in the system'),
    async (target) => {
      const macs = await Promise.all(
        [target.path(POWERED_OFF), machine(target)].map(async (vm) => {
          const devices = (await target.value(await vm, 'config.hardware.device'))?.children ?? [];
          return devices.map((device) => device.at('macAddress')).find((mac) => mac !== undefined);
        }),
      );
      expect(macs[0]).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
      expect(macs[1]).not.toBe(macs[0]);
    },
  ),
  common('a clone takes extraConfig', async (target) => {
    const options =
      (await target.value(await machine(target, { config: EXTRA }), 'config.extraConfig'))?.children ?? [];
    expect(options.find((option) => option.at('key') === 'lab.colour')?.at('value')).toBe('red');
  }),
  ...[
    ['numCPUs', 'config.hardware.numCPU', '2'],
    ['memoryMB', 'config.hardware.memoryMB', '2048'],
  ].map(([field = '', path = '', value = '']) =>
    common(`a clone takes config.${field}`, async (target) => {
      expect(await target.text(await machine(target, { config: el(field, value) }), path)).toBe(value);
    }),
  ),
  deviates(
    'a clone takes config.annotation',
    'ignored',
    api('VirtualMachineCloneSpec.config: an optional specification of changes to the virtual hardware'),
    async (target) => {
      expect(await target.text(await machine(target, { config: el('annotation', 'about') }), 'config.annotation')).toBe(
        'about',
      );
    },
  ),
);
