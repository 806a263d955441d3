// ReconfigVM_Task: hardware, options, notes, devices, and who changed what since.
import { expect } from '@jest/globals';
import { api, guide } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import type { Ref } from './support/element.ts';
import { disks, machine, reconfigure } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { anyText, el } from './support/wire.ts';

const FIELDS: readonly (readonly [string, string, string])[] = [
  ['numCPUs', '4', 'config.hardware.numCPU'],
  ['memoryMB', '4096', 'config.hardware.memoryMB'],
  ['annotation', 'a note', 'config.annotation'],
  ['guestId', 'ubuntu64Guest', 'config.guestId'],
  ['name', 'reconfigured', 'name'],
  ['numCPUs', '2', 'summary.config.numCpu'],
  ['memoryMB', '512', 'summary.config.memorySizeMB'],
];
const fields: readonly Expectation[] = FIELDS.map(([field, value, path]) =>
  common(`${field} shows in ${path}`, async (target) => {
    const vm = await machine(target);
    await reconfigure(target, vm, el(field, value));
    expect(await target.text(vm, path)).toBe(value);
  }),
);
const option = (key: string, value: string): string =>
  `<extraConfig>${el('key', key)}${anyText('value', value)}</extraConfig>`;
async function options(target: Target, vm: Ref): Promise<Record<string, string>> {
  const all = (await target.value(vm, 'config.extraConfig'))?.children ?? [];
  return Object.fromEntries(all.map((each) => [each.at('key'), each.at('value')]));
}

export const reconfigureRoom = room(
  'reconfigure',
  ...fields,
  deviates(
    'annotation shows in summary.config.annotation',
    'it isn’t there',
    api('VirtualMachineConfigSummary.annotation: description for the virtual machine'),
    async (target) => {
      const vm = await machine(target);
      await reconfigure(target, vm, el('annotation', 'another'));
      expect(await target.text(vm, 'summary.config.annotation')).toBe('another');
    },
  ),
  common('extraConfig is merged by key', async (target) => {
    const vm = await machine(target);
    await reconfigure(target, vm, option('lab.a', '1') + option('lab.b', '2'));
    await reconfigure(target, vm, option('lab.a', '3'));
    expect(await options(target, vm)).toMatchObject({ 'lab.a': '3', 'lab.b': '2' });
  }),
  common('an empty value removes a key', async (target) => {
    const vm = await machine(target);
    await reconfigure(target, vm, option('lab.a', '1'));
    await reconfigure(target, vm, option('lab.a', ''));
    expect(await options(target, vm)).not.toHaveProperty(['lab.a']);
  }),
  common('a value is typed xsd:string', async (target) => {
    const vm = await machine(target);
    await reconfigure(target, vm, option('lab.a', '1'));
    const found = (await target.value(vm, 'config.extraConfig'))?.children.find((each) => each.at('key') === 'lab.a');
    expect([found?.xsiType ?? 'OptionValue', found?.get('value')?.xsiType]).toEqual(['OptionValue', 'string']);
  }),
  common('changeVersion changes', async (target) => {
    const vm = await machine(target);
    await reconfigure(target, vm, el('annotation', 'x'));
    const before = await target.text(vm, 'config.changeVersion');
    for (let more = 0; more < 20; more++) await reconfigure(target, vm, el('annotation', `x${more}`));
    expect(await target.text(vm, 'config.changeVersion')).not.toBe(before);
  }),
  deviates(
    'an old changeVersion is ConcurrentAccess',
    'it is looked at by nobody',
    api('VirtualMachineConfigSpec.changeVersion: changes are only applied if the current changeVersion matches'),
    async (target) => {
      const vm = await machine(target);
      expect(
        await target.fault('ReconfigVM_Task', vm, el('spec', el('changeVersion', 'old') + el('annotation', 'x'))),
      ).toBe('ConcurrentAccess');
      expect(await target.text(vm, 'config.annotation')).not.toBe('x');
    },
  ),
  common('the current changeVersion is no conflict', async (target) => {
    const vm = await machine(target);
    await reconfigure(
      target,
      vm,
      el('changeVersion', await target.text(vm, 'config.changeVersion')) + el('annotation', 'x'),
    );
    expect(await target.text(vm, 'config.annotation')).toBe('x');
  }),
  deviates(
    'a device that isn’t there can’t be removed',
    'the change is passed over',
    api('InvalidDeviceSpec: a device specification contains an invalid value'),
    async (target) => {
      const change =
        '<deviceChange><operation>remove</operation><device xsi:type="VirtualDisk"><key>4242</key><capacityInKB>1</capacityInKB></device></deviceChange>';
      expect((await target.fault('ReconfigVM_Task', await machine(target), el('spec', change))) ?? '').toMatch(
        /^InvalidDeviceSpec$|^DeviceNotFound$/,
      );
    },
  ),
  common('a network card can be removed and added', async (target) => {
    const vm = await machine(target);
    const cards = async () =>
      ((await target.value(vm, 'config.hardware.device'))?.children ?? []).filter(
        (each) => each.get('macAddress') !== undefined,
      );
    const [card] = await cards();
    await reconfigure(
      target,
      vm,
      `<deviceChange><operation>remove</operation><device xsi:type="${card?.xsiType ?? ''}">${el('key', card?.at('key'))}</device></deviceChange>`,
    );
    expect(await cards()).toHaveLength(0);
    const backing =
      '<backing xsi:type="VirtualEthernetCardNetworkBackingInfo"><deviceName>VM Network</deviceName></backing>';
    await reconfigure(
      target,
      vm,
      `<deviceChange><operation>add</operation><device xsi:type="VirtualVmxnet3"><key>-7</key>${backing}</device></deviceChange>`,
    );
    const [added] = await cards();
    expect(added?.xsiType).toBe('VirtualVmxnet3');
    expect(added?.at('macAddress')).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  }),
  common('a new device’s negative key is replaced', async (target) => {
    const vm = await machine(target);
    const backing =
      '<backing xsi:type="VirtualEthernetCardNetworkBackingInfo"><deviceName>VM Network</deviceName></backing>';
    await reconfigure(
      target,
      vm,
      `<deviceChange><operation>add</operation><device xsi:type="VirtualVmxnet3"><key>-9</key>${backing}</device></deviceChange>`,
    );
    for (const device of (await target.value(vm, 'config.hardware.device'))?.children ?? [])
      expect(device.number('key')).toBeGreaterThan(0);
  }),
  common('removing a disk with fileOperation destroy', async (target) => {
    const vm = await machine(target);
    const [first] = await disks(target, vm);
    const gone = `<deviceChange><operation>remove</operation><fileOperation>destroy</fileOperation><device xsi:type="VirtualDisk">${el('key', first?.at('key'))}${el('capacityInKB', first?.at('capacityInKB'))}</device></deviceChange>`;
    await reconfigure(target, vm, gone);
    expect(await disks(target, vm)).toHaveLength(0);
  }),
  vcenterOnly(
    'memory of a machine that runs can’t be changed',
    guide('Reconfiguring: without hot add, hardware changes need the power off'),
    async (target) => {
      const vm = await machine(target);
      await target.done('PowerOnVM_Task', vm);
      expect(await target.fault('ReconfigVM_Task', vm, el('spec', el('memoryMB', 8192)))).toBe('InvalidPowerState');
    },
  ),
  common('a note of a machine that runs can be changed', async (target) => {
    const vm = await machine(target);
    await target.done('PowerOnVM_Task', vm);
    await reconfigure(target, vm, el('annotation', 'runs'));
    expect(await target.text(vm, 'config.annotation')).toBe('runs');
  }),
);
