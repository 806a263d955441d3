// Power and guests: what clients see at which moment, customization with both ends, what a first boot writes.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { guestWrites } from '../../../../src/simulator/guest/guest-writes.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { Vcenter, faultOf } from './harness.ts';
import type { Args } from './harness.ts';
import { INSTANT, SMALL, linkedClone } from './inventories.ts';

const MB = 1024 ** 2;

interface Lab {
  readonly vc: Vcenter;
  readonly clone: MoRef;
}

async function lab(spec?: string, inventory = SMALL): Promise<Lab> {
  const vc = new Vcenter(inventory);
  const parent = vc.named('VirtualMachine', 'parent');
  const customization =
    spec === undefined
      ? undefined
      : (vc.call(vc.manager('customizationSpecManager'), 'GetCustomizationSpec', { name: spec }) as { spec: Args })
          .spec;
  const clone = await vc.must(
    parent,
    'CloneVM_Task',
    linkedClone(vc, parent, { name: 'lab-07', spec: customization === undefined ? {} : { customization } }),
  );
  return { vc, clone };
}

describe('power-on', () => {
  it('takes three seconds, then the guest reports its address', async () => {
    const { vc, clone } = await lab();
    const task = vc.start(clone, 'PowerOnVM_Task');
    await vc.advance(2.9);
    expect(vc.get(clone, 'runtime.powerState')).toBe('poweredOff');
    await vc.advance(0.1);
    expect(task.get('info.state')).toBe('success');
    expect(vc.get(clone, 'runtime')).toMatchObject({ powerState: 'poweredOn', bootTime: expect.any(String) });
    expect(vc.get(clone, 'guest')).toMatchObject({
      toolsRunningStatus: 'guestToolsRunning',
      toolsStatus: 'toolsOk',
      guestState: 'running',
      ipAddress: '10.0.0.10',
      hostName: 'parent',
    });
    expect(vc.get(clone, 'summary.guest')).toMatchObject({
      ipAddress: '10.0.0.10',
      toolsRunningStatus: 'guestToolsRunning',
    });
    expect(vc.get(clone, 'guestHeartbeatStatus')).toBe('green');
  });

  it('writes the first boot into the clone once', async () => {
    const { vc, clone } = await lab(undefined, INSTANT);
    const leaf = (): number => vc.vm(clone).disks[0]?.chain[0]?.ownBytes ?? 0;
    await vc.must(clone, 'PowerOnVM_Task');
    expect(leaf()).toBe(100 * MB + 512);
    await vc.must(clone, 'PowerOffVM_Task');
    await vc.must(clone, 'PowerOnVM_Task');
    expect(leaf()).toBe(100 * MB + 512);
  });

  it('has a swap file while it runs', async () => {
    const { vc, clone } = await lab(undefined, INSTANT);
    const swap = (): readonly unknown[] =>
      vc.describe().datastores.flatMap((datastore) => datastore.files.filter(({ file }) => file.endsWith('.vswp')));
    await vc.must(clone, 'PowerOnVM_Task');
    expect(swap()).toEqual([{ file: '[ds-1] lab-07/lab-07.vswp', bytes: 512 * MB }]);
    vc.call(clone, 'RefreshStorageInfo');
    expect(vc.get(clone, 'layoutEx.file')).toContainEqual(
      expect.objectContaining({ type: 'swap', size: 512 * MB, uniqueSize: 512 * MB }),
    );
    await vc.must(clone, 'PowerOffVM_Task');
    expect(swap()).toEqual([]);
  });

  it('fails with NoDiskSpace when swap or first boot do not fit, and takes nothing', async () => {
    const { vc, clone } = await lab(undefined, INSTANT.replace('capacity: 200 GB', 'capacity: 6700 MB'));
    const before = vc.freeBytes('ds-1');
    expect((await vc.run(clone, 'PowerOnVM_Task')).fault).toBe('NoDiskSpace');
    expect(vc.freeBytes('ds-1')).toBe(before);
  });

  it.each([
    ['PowerOnVM_Task', true, 'poweredOn'],
    ['PowerOffVM_Task', false, 'poweredOff'],
    ['SuspendVM_Task', false, 'suspended'],
    ['ResetVM_Task', false, 'poweredOn'],
  ])('%s of a VM that is on=%s says in which state it is', async (method, on, requestedState) => {
    const { vc, clone } = await lab(undefined, INSTANT);
    if (on) await vc.must(clone, 'PowerOnVM_Task');
    expect(await vc.run(clone, method)).toMatchObject({
      fault: 'InvalidPowerState',
      faultFields: { requestedState, existingState: on ? 'poweredOn' : 'poweredOff' },
    });
  });

  it('is refused for a template and on a host that does not answer or is in maintenance', async () => {
    const { vc, clone } = await lab(undefined, INSTANT);
    expect(faultOf(() => vc.call(vc.named('VirtualMachine', 'master'), 'PowerOnVM_Task')).fault).toBe('NotSupported');
    const host = vc.get(clone, 'runtime.host') as MoRef;
    await vc.must(host, 'EnterMaintenanceMode_Task', { timeout: 0 });
    expect((await vc.run(clone, 'PowerOnVM_Task')).fault).toBe('InvalidHostState');
    await vc.must(host, 'DisconnectHost_Task');
    expect((await vc.run(clone, 'PowerOnVM_Task')).fault).toBe('HostNotConnected');
    expect(vc.get(clone, 'runtime.connectionState')).toBe('disconnected');
    await vc.must(host, 'ReconnectHost_Task');
    expect(vc.get(clone, 'runtime.connectionState')).toBe('connected');
  });
});

describe('customization at power-on', () => {
  it('goes from pending through running to succeeded, with its events, and names the guest', async () => {
    const { vc, clone } = await lab('linux');
    const status = (): unknown => vc.get(clone, 'guest.customizationInfo.customizationStatus');
    expect(status()).toBe('TOOLSDEPLOYPKG_PENDING');
    await vc.must(clone, 'PowerOnVM_Task');
    expect(status()).toBe('TOOLSDEPLOYPKG_RUNNING');
    expect(vc.get(clone, 'guest.ipAddress')).toBeUndefined();
    await vc.advance(2);
    expect(status()).toBe('TOOLSDEPLOYPKG_SUCCEEDED');
    expect(vc.get(clone, 'guest')).toMatchObject({ hostName: 'lab-07', ipAddress: '10.0.0.10' });
    expect(vc.eventTypes().filter((type) => type.startsWith('Customization'))).toEqual([
      'CustomizationStartedEvent',
      'CustomizationSucceeded',
    ]);
  });

  it('fails for a specification that the inventory says fails, with the reason', async () => {
    const { vc, clone } = await lab('broken');
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.advance(2);
    expect(vc.get(clone, 'guest.customizationInfo')).toMatchObject({
      customizationStatus: 'TOOLSDEPLOYPKG_FAILED',
      errorMsg: 'no licence',
    });
    expect(vc.get(clone, 'guest.hostName')).toBe('parent');
    expect(vc.eventTypes().at(-1)).toBe('CustomizationUnknownFailure');
  });

  it('starts again when the VM was powered off in the middle', async () => {
    const { vc, clone } = await lab('linux');
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.must(clone, 'PowerOffVM_Task');
    expect(vc.get(clone, 'guest.customizationInfo.customizationStatus')).toBe('TOOLSDEPLOYPKG_PENDING');
    await vc.advance(60);
    expect(vc.eventTypes()).not.toContain('CustomizationSucceeded');
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.advance(2);
    expect(vc.get(clone, 'guest.hostName')).toBe('lab-07');
  });

  it('happens once', async () => {
    const { vc, clone } = await lab('linux', INSTANT);
    for (const method of ['PowerOnVM_Task', 'PowerOffVM_Task', 'PowerOnVM_Task']) await vc.must(clone, method);
    expect(vc.eventTypes().filter((type) => type === 'CustomizationSucceeded')).toHaveLength(1);
  });

  it('gives fixed addresses and names', async () => {
    const { vc, clone } = await lab(undefined, INSTANT);
    const spec = {
      identity: {
        $type: 'CustomizationLinuxPrep',
        hostName: { $type: 'CustomizationFixedName', name: 'web' },
        domain: 'x',
      },
      globalIPSettings: {},
      nicSettingMap: [
        { adapter: { ip: { $type: 'CustomizationFixedIp', ipAddress: '192.0.2.7' }, subnetMask: '255.255.255.0' } },
      ],
    };
    await vc.must(clone, 'CustomizeVM_Task', { spec });
    expect((await vc.run(clone, 'CustomizeVM_Task', { spec })).fault).toBe('CustomizationPending');
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.get(clone, 'guest')).toMatchObject({ hostName: 'web', ipAddress: '192.0.2.7' });
    expect((await vc.run(clone, 'CustomizeVM_Task', { spec })).fault).toBe('InvalidPowerState');
  });
});

describe('what a customization set', () => {
  it('goes with a revert, and a clone has it as of the snapshot that it was made of', async () => {
    const { vc, clone } = await lab('linux', INSTANT);
    await vc.must(clone, 'CreateSnapshot_Task', { name: 'before', memory: false, quiesce: false });
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.vm(clone).hostName).toBe('lab-07');
    const before = vc.get(clone, 'snapshot.currentSnapshot') as MoRef;
    await vc.must(clone, 'CreateSnapshot_Task', { name: 'after', memory: false, quiesce: false });
    const after = vc.get(clone, 'snapshot.currentSnapshot') as MoRef;
    const names: unknown[] = [];
    for (const [name, snapshot] of [
      ['of-before', before],
      ['of-after', after],
    ] as const) {
      const child = await vc.must(clone, 'CloneVM_Task', linkedClone(vc, clone, { name, spec: { snapshot } }));
      await vc.must(child, 'PowerOnVM_Task');
      names.push(vc.vm(child).hostName);
    }
    expect(names).toEqual(['parent', 'lab-07']);
    await vc.must(before, 'RevertToSnapshot_Task');
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.vm(clone).hostName).toBe('parent');
  });
});

describe('a running guest', () => {
  it('shuts down in its own time', async () => {
    const { vc, clone } = await lab();
    await vc.must(clone, 'PowerOnVM_Task');
    vc.call(clone, 'ShutdownGuest');
    expect(vc.get(clone, 'runtime.powerState')).toBe('poweredOn');
    await vc.advance(2);
    expect(vc.vm(clone)).toMatchObject({ power: 'poweredOff', ipAddress: null });
    expect(vc.get(clone, 'guest.toolsRunningStatus')).toBe('guestToolsNotRunning');
    expect(vc.eventTypes().slice(-2)).toEqual(['VmGuestShutdownEvent', 'VmPoweredOffEvent']);
  });

  it('without Tools cannot be asked to, and has no address', async () => {
    const { vc, clone } = await lab(undefined, INSTANT.replace('fullName: Ubuntu', 'fullName: Ubuntu, tools: false'));
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.get(clone, 'guest')).toMatchObject({ toolsStatus: 'toolsNotInstalled' });
    expect(vc.vm(clone).ipAddress).toBeNull();
    expect(faultOf(() => vc.call(clone, 'ShutdownGuest')).fault).toBe('ToolsUnavailable');
  });

  it('comes back after a reset and after suspension', async () => {
    const { vc, clone } = await lab(undefined, INSTANT);
    for (const method of ['PowerOnVM_Task', 'ResetVM_Task', 'SuspendVM_Task']) await vc.must(clone, method);
    expect(vc.vm(clone)).toMatchObject({ power: 'suspended', ipAddress: null });
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.vm(clone)).toMatchObject({ power: 'poweredOn', ipAddress: '10.0.0.10' });
  });

  it('gives its address back when its VM is destroyed', async () => {
    const { vc, clone } = await lab(undefined, INSTANT.replace('10.0.0.0/24', '10.0.0.0/28'));
    const parent = vc.named('VirtualMachine', 'parent');
    for (let n = 0; n < 12; n++) {
      const vm = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: `x-${n}` }));
      await vc.must(vm, 'PowerOnVM_Task');
      expect(vc.vm(vm).ipAddress).toMatch(/^10\.0\.0\.1\d$/);
      await vc.must(vm, 'PowerOffVM_Task');
      await vc.must(vm, 'Destroy_Task');
    }
    expect(vc.vm(clone).ipAddress).toBeNull();
  });
});

describe('a nonpersistent disk', () => {
  it('forgets only what came since power-on, whatever happens to its snapshots meanwhile', async () => {
    const { vc, clone } = await lab(undefined, INSTANT);
    const write = (bytes: number): void => {
      const model = modelOf(vc.world);
      guestWrites(model, model.vms.of(vc.object(clone)), bytes);
    };
    const leaf = (): number => (vc.vm(clone).disks[0]?.chain[0]?.ownBytes ?? 0) - 512;
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.must(clone, 'PowerOffVM_Task');
    await vc.must(clone, 'CreateSnapshot_Task', { name: 'before', memory: false, quiesce: false });
    const device = vc.get(clone, 'config.hardware.device[2000]') as { backing: object };
    const changed = { ...device, backing: { ...device.backing, diskMode: 'nonpersistent' } };
    await vc.must(clone, 'ReconfigVM_Task', { spec: { deviceChange: [{ operation: 'edit', device: changed }] } });
    await vc.must(clone, 'PowerOnVM_Task');
    write(7 * MB);
    expect(leaf()).toBe(7 * MB);
    await vc.must(clone, 'RemoveAllSnapshots_Task');
    expect(leaf()).toBe(107 * MB);
    await vc.must(clone, 'PowerOffVM_Task');
    expect(leaf()).toBe(100 * MB);

    await vc.must(clone, 'PowerOnVM_Task');
    write(5 * MB);
    await vc.must(clone, 'CreateSnapshot_Task', { name: 'while on', memory: false, quiesce: false });
    write(3 * MB);
    await vc.must(clone, 'PowerOffVM_Task');
    expect(leaf()).toBe(0);
    expect(vc.vm(clone).disks[0]?.chain[1]?.ownBytes).toBe(105 * MB + 512);
  });

  it('forgets at power-off what was written', async () => {
    const { vc, clone } = await lab(undefined, INSTANT);
    const device = vc.get(clone, 'config.hardware.device[2000]') as { backing: object };
    await vc.must(clone, 'ReconfigVM_Task', {
      spec: {
        deviceChange: [
          { operation: 'edit', device: { ...device, backing: { ...device.backing, diskMode: 'nonpersistent' } } },
        ],
      },
    });
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.vm(clone).disks[0]?.chain[0]?.ownBytes).toBe(100 * MB + 512);
    await vc.must(clone, 'PowerOffVM_Task');
    expect(vc.vm(clone).disks[0]?.chain[0]?.ownBytes).toBe(512);
  });

  it('forgets the customization too', async () => {
    const { vc, clone } = await lab('linux', INSTANT);
    const device = vc.get(clone, 'config.hardware.device[2000]') as { backing: object };
    await vc.must(clone, 'ReconfigVM_Task', {
      spec: {
        deviceChange: [
          { operation: 'edit', device: { ...device, backing: { ...device.backing, diskMode: 'nonpersistent' } } },
        ],
      },
    });
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.vm(clone).hostName).toBe('lab-07');
    await vc.must(clone, 'PowerOffVM_Task');
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.vm(clone)).toMatchObject({ hostName: 'parent', customization: 'TOOLSDEPLOYPKG_SUCCEEDED' });
  });
});
