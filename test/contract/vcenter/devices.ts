// Devices besides disks: the keys that they get, and in what order a machine tries to boot from them.
import { expect } from '@jest/globals';
import { api, issue } from './support/sources.ts';
import { common, room, vcenterOnly } from './support/expectation.ts';
import { machine, reconfigure } from './support/machines.ts';
import type { Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { el } from './support/wire.ts';

const KEYS = issue('vmware/govmomi, govc/USAGE.md: devices of a vCenter by their keys, as cdrom-3000 and floppy-8000');
const add = (target: Target, vm: Ref, type: string, inner: string) =>
  reconfigure(target, vm, el('deviceChange', el('operation', 'add') + el('device', inner, type)));
async function keys(target: Target, vm: Ref, type: string): Promise<readonly (string | undefined)[]> {
  const devices = (await target.value(vm, 'config.hardware.device'))?.children ?? [];
  return devices.filter((device) => device.xsiType === type).map((device) => device.at('key'));
}

const kinds: readonly (readonly [type: string, inner: string, key: string])[] = [
  [
    'VirtualCdrom',
    '<key>-1</key><backing xsi:type="VirtualCdromRemotePassthroughBackingInfo"><deviceName></deviceName><exclusive>false</exclusive></backing><controllerKey>201</controllerKey><unitNumber>1</unitNumber>',
    '3003',
  ],
  [
    'VirtualFloppy',
    '<key>-1</key><backing xsi:type="VirtualFloppyRemoteDeviceBackingInfo"><deviceName></deviceName></backing><controllerKey>400</controllerKey>',
    '8000',
  ],
  [
    'VirtualSerialPort',
    '<key>-1</key><backing xsi:type="VirtualSerialPortURIBackingInfo"><serviceURI>telnet://:1</serviceURI><direction>client</direction></backing><controllerKey>400</controllerKey><yieldOnPoll>true</yieldOnPoll>',
    '9000',
  ],
];

export const deviceRoom = room(
  'devices',
  ...kinds.map(([type, inner, key]) =>
    vcenterOnly(`a new ${type} has the key ${key}`, KEYS, async (target) => {
      const vm = await machine(target);
      await add(target, vm, type, inner);
      expect(await keys(target, vm, type)).toEqual([key]);
    }),
  ),
  vcenterOnly(
    'a controller lists what is on it',
    api('VirtualController.device: list of devices currently controlled by this controller'),
    async (target) => {
      const vm = await machine(target);
      await add(target, vm, 'VirtualCdrom', kinds[0]?.[1] ?? '');
      const controller = await target.value(vm, 'config.hardware.device[201]');
      expect(controller?.all('device').map((each) => each.text)).toEqual(['3003']);
    },
  ),
  common('the boot order is kept', async (target) => {
    const vm = await machine(target);
    await reconfigure(
      target,
      vm,
      el('bootOptions', el('bootOrder', el('deviceKey', 4000), 'VirtualMachineBootOptionsBootableEthernetDevice')),
    );
    const order = await target.value(vm, 'config.bootOptions.bootOrder');
    expect(order?.children.map((each) => [each.xsiType, each.at('deviceKey')])).toEqual([
      ['VirtualMachineBootOptionsBootableEthernetDevice', '4000'],
    ]);
  }),
);
