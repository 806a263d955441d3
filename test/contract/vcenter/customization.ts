// Customization: stored specifications, and what a guest is told at its next start.
import { expect } from '@jest/globals';
import { api, types } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import type { Ref } from './support/element.ts';
import { machine } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { el } from './support/wire.ts';

const nic = (address: string): string =>
  `<nicSettingMap><adapter><ip xsi:type="CustomizationFixedIp">${el('ipAddress', address)}</ip><subnetMask>255.255.0.0</subnetMask></adapter></nicSettingMap>`;
const inner = (host: string, nics: string): string =>
  `<options xsi:type="CustomizationLinuxOptions"/><identity xsi:type="CustomizationLinuxPrep"><hostName xsi:type="CustomizationFixedName">${el('name', host)}</hostName><domain>lab.local</domain></identity><globalIPSettings/>${nics}`;
const item = (name: string): string =>
  el(
    'item',
    `<info>${el('name', name)}<description>made here</description><type>Linux</type></info>${el('spec', inner('stored', nic('10.0.9.9')))}`,
  );
const specs = (target: Target) => target.manager('customizationSpecManager');

async function customized(target: Target, address: string): Promise<Ref> {
  const vm = await machine(target);
  await target.done('CustomizeVM_Task', vm, el('spec', inner('renamed', nic(address))));
  await target.done('PowerOnVM_Task', vm);
  return vm;
}
/** A property becomes what it should be. */
async function comes(target: Target, vm: Ref, path: string, wanted: string): Promise<void> {
  expect(await target.settled(vm, path, new RegExp(`^${wanted.replaceAll('.', String.raw`\.`)}$`))).toBe(wanted);
}

const missing: readonly Expectation[] = ['GetCustomizationSpec'].map((method) =>
  common(`${method} of one that isn’t there is NotFound`, async (target) => {
    expect(await target.fault(method, specs(target), el('name', 'none'))).toBe('NotFound');
  }),
);

export const customizationRoom = room(
  'customization',
  ...missing,
  common('a specification can be stored and read', async (target) => {
    const name = target.name('spec');
    await target.must('CreateCustomizationSpec', specs(target), item(name));
    const [read] = (await target.must('GetCustomizationSpec', specs(target), el('name', name))).values;
    expect([read?.at('info', 'name'), read?.at('info', 'type')]).toEqual([name, 'Linux']);
    expect(read?.get('spec', 'identity')?.xsiType).toBe('CustomizationLinuxPrep');
  }),
  common('DoesCustomizationSpecExist', async (target) => {
    const name = target.name('spec');
    const exists = async () =>
      (await target.must('DoesCustomizationSpecExist', specs(target), el('name', name))).values[0]?.text;
    expect(await exists()).toBe('false');
    await target.must('CreateCustomizationSpec', specs(target), item(name));
    expect(await exists()).toBe('true');
  }),
  common('info lists what is stored', async (target) => {
    const name = target.name('spec');
    await target.must('CreateCustomizationSpec', specs(target), item(name));
    expect((await target.value(specs(target), 'info'))?.children.map((each) => each.at('name'))).toContain(name);
  }),
  common('the same name twice is AlreadyExists or DuplicateName', async (target) => {
    const name = target.name('spec');
    await target.must('CreateCustomizationSpec', specs(target), item(name));
    expect(await target.fault('CreateCustomizationSpec', specs(target), item(name))).toMatch(
      /AlreadyExists|DuplicateName/,
    );
  }),
  deviates(
    'DeleteCustomizationSpec removes it',
    'MethodNotFound',
    types('CustomizationSpecManager.DeleteCustomizationSpec'),
    async (target) => {
      const name = target.name('spec');
      await target.must('CreateCustomizationSpec', specs(target), item(name));
      await target.must('DeleteCustomizationSpec', specs(target), el('name', name));
      expect(await target.fault('GetCustomizationSpec', specs(target), el('name', name))).toBe('NotFound');
    },
  ),
  common('a machine that runs isn’t customized', async (target) => {
    const vm = await machine(target);
    await target.done('PowerOnVM_Task', vm);
    expect(await target.fault('CustomizeVM_Task', vm, el('spec', inner('x', nic('10.0.9.1'))))).toBe(
      'InvalidPowerState',
    );
  }),
  common('settings for another number of cards are NicSettingMismatch', async (target) => {
    const vm = await machine(target);
    const two = nic('10.0.9.2') + nic('10.0.9.3');
    expect(await target.fault('CustomizeVM_Task', vm, el('spec', inner('x', two)))).toBe('NicSettingMismatch');
  }),
  common('NicSettingMismatch says both numbers', async (target) => {
    const two = nic('10.0.9.2') + nic('10.0.9.3');
    const failure = await target.failure('CustomizeVM_Task', await machine(target), el('spec', inner('x', two)));
    expect([failure?.at('numberOfNicsInSpec'), failure?.at('numberOfNicsInVM')]).toEqual(['2', '1']);
  }),
  common('a second one before the start is CustomizationPending', async (target) => {
    const vm = await machine(target);
    await target.done('CustomizeVM_Task', vm, el('spec', inner('x', nic('10.0.9.4'))));
    expect(await target.fault('CustomizeVM_Task', vm, el('spec', inner('x', nic('10.0.9.4'))))).toBe(
      'CustomizationPending',
    );
  }),
  common('a fixed address arrives in the guest', async (target) => {
    await comes(target, await customized(target, '10.0.9.5'), 'guest.ipAddress', '10.0.9.5');
  }),
  common('the host name arrives in the guest', async (target) => {
    const vm = await customized(target, '10.0.9.6');
    await comes(target, vm, 'guest.customizationInfo.customizationStatus', 'TOOLSDEPLOYPKG_SUCCEEDED');
    expect(await target.text(vm, 'guest.hostName')).toMatch(/^renamed/);
  }),
  common('summary.guest shows the address', async (target) => {
    await comes(target, await customized(target, '10.0.9.7'), 'summary.guest.ipAddress', '10.0.9.7');
  }),
  common('a clone can be customized in the same call', async (target) => {
    const vm = await machine(target, { customization: el('customization', inner('cloned', nic('10.0.9.8'))) });
    await target.done('PowerOnVM_Task', vm);
    await comes(target, vm, 'guest.ipAddress', '10.0.9.8');
  }),
  deviates(
    'a clone with wrong card settings leaves nothing behind',
    'the clone stays in the inventory',
    api(
      'NicSettingMismatch: the number of network adapter settings does not match the number of network adapters present',
    ),
    async (target) => {
      const name = target.name('nothing');
      const two = el('customization', inner('x', nic('10.0.9.2') + nic('10.0.9.3')));
      await expect(machine(target, { name, customization: two })).rejects.toThrow('NicSettingMismatch');
      expect(
        (
          await target.must(
            'FindByInventoryPath',
            target.manager('searchIndex'),
            el('inventoryPath', `/DC0/vm/${name}`),
          )
        ).values,
      ).toEqual([]);
    },
  ),
  vcenterOnly(
    'CheckCustomizationSpec tells what is wrong ahead',
    types('VirtualMachine.CheckCustomizationSpec'),
    async (target) => {
      const two = el('spec', inner('x', nic('10.0.9.2') + nic('10.0.9.3')));
      expect(await target.fault('CheckCustomizationSpec', await machine(target), two)).toBe('NicSettingMismatch');
    },
  ),
  common('an event tells of the success', async (target) => {
    const vm = await customized(target, '10.0.9.11');
    await comes(target, vm, 'guest.customizationInfo.customizationStatus', 'TOOLSDEPLOYPKG_SUCCEEDED');
    const filter = `<filter><entity><entity type="VirtualMachine">${vm.value}</entity><recursion>self</recursion></entity><eventTypeId>CustomizationSucceeded</eventTypeId></filter>`;
    expect((await target.must('QueryEvents', target.manager('eventManager'), filter)).values[0]?.xsiType).toBe(
      'CustomizationSucceeded',
    );
  }),
);
