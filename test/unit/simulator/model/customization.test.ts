// Customization specifications: which card gets which settings, and how one fails.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import type { Args } from './harness.ts';
import { INSTANT, linkedClone } from './inventories.ts';

interface Lab {
  readonly vc: Vcenter;
  readonly clone: MoRef;
  readonly macs: readonly string[];
}

async function twoCards(): Promise<Lab> {
  const vc = new Vcenter(INSTANT);
  const parent = vc.named('VirtualMachine', 'parent');
  const card = { $type: 'VirtualVmxnet3', key: -1, backing: { deviceName: 'net-1' } };
  const config = { deviceChange: [{ operation: 'add', device: card }] };
  const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { spec: { config } }));
  return { vc, clone, macs: vc.vm(clone).macAddresses };
}

function specOf(nicSettingMap: readonly Args[]): Args {
  const hostName = { $type: 'CustomizationFixedName', name: 'web' };
  return {
    spec: {
      identity: { $type: 'CustomizationLinuxPrep', hostName, domain: 'x' },
      globalIPSettings: {},
      nicSettingMap,
    },
  };
}

function fixed(ipAddress: string, macAddress?: string): Args {
  const adapter = { ip: { $type: 'CustomizationFixedIp', ipAddress }, subnetMask: '255.255.255.0' };
  return macAddress === undefined ? { adapter } : { macAddress, adapter };
}

describe('the settings of network cards', () => {
  it.each([
    ['in order without MAC addresses', () => [fixed('192.0.2.1'), fixed('192.0.2.2')]],
    [
      'by MAC address',
      (macs: readonly string[]) => [fixed('192.0.2.2', macs[1]?.toUpperCase()), fixed('192.0.2.1', macs[0])],
    ],
    [
      'by MAC address first, the others in order',
      (macs: readonly string[]) => [fixed('192.0.2.2', macs[1]), fixed('192.0.2.1')],
    ],
  ])('go to the cards %s', async (_how, mappings) => {
    const { vc, clone, macs } = await twoCards();
    await vc.must(clone, 'CustomizeVM_Task', specOf(mappings(macs)));
    await vc.must(clone, 'PowerOnVM_Task');
    expect((vc.get(clone, 'guest.net') as { ipAddress: string[] }[]).map((nic) => nic.ipAddress)).toEqual([
      ['192.0.2.1'],
      ['192.0.2.2'],
    ]);
  });

  it('must be for cards that the VM has', async () => {
    const { vc, clone, macs } = await twoCards();
    for (const mappings of [
      [fixed('192.0.2.1')],
      [fixed('192.0.2.1', '00:50:56:00:00:01'), fixed('192.0.2.2')],
      [fixed('192.0.2.1', macs[0]), fixed('192.0.2.2', macs[0])],
    ])
      expect(faultOf(() => vc.call(clone, 'CustomizeVM_Task', specOf(mappings))).fault).toBe('NicSettingMismatch');
  });
});

describe('a customization that fails', () => {
  it.each([
    ['', 'CustomizationUnknownFailure'],
    [', failAs: unknown', 'CustomizationUnknownFailure'],
    [', failAs: sysprep', 'CustomizationSysprepFailed'],
    [', failAs: network', 'CustomizationNetworkSetupFailed'],
    [', failAs: linuxIdentity', 'CustomizationLinuxIdentityFailed'],
  ])('with%s leaves its event', async (failAs, type) => {
    const vc = new Vcenter(INSTANT.replace('fail: no licence', `fail: no licence${failAs}`));
    const parent = vc.named('VirtualMachine', 'parent');
    const specs = vc.manager('customizationSpecManager');
    const { spec } = vc.call(specs, 'GetCustomizationSpec', { name: 'broken' }) as { spec: Args };
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { spec: { customization: spec } }));
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.eventTypes().at(-1)).toBe(type);
    expect(vc.get(clone, 'guest.customizationInfo')).toMatchObject({
      customizationStatus: 'TOOLSDEPLOYPKG_FAILED',
      errorMsg: 'no licence',
    });
  });

  it('is refused in the inventory file as a kind of failure without a failure', () => {
    const file = INSTANT.replace('{ name: linux }', '{ name: linux, failAs: network }');
    expect(() => new Vcenter(file)).toThrow(/failAs.*needs a `fail`/);
  });
});
