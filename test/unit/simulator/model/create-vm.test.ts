// CreateVM_Task: what a client says is what there is afterwards, and a failure leaves nothing.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import type { Args } from './harness.ts';
import { INSTANT } from './inventories.ts';

interface Device {
  readonly $type: string;
  readonly key: number;
  readonly controllerKey?: number;
  readonly unitNumber?: number;
  readonly device?: readonly number[];
  readonly backing?: { readonly fileName: string; readonly thinProvisioned: boolean };
}

function create(vc: Vcenter, config: Args, more: Args = {}): Args {
  return {
    config: { name: 'new', files: { vmPathName: '[ds-1]' }, ...config },
    pool: vc.get(vc.named('ClusterComputeResource', 'C1'), 'resourcePool'),
    ...more,
  };
}

function folder(vc: Vcenter): MoRef {
  return vc.named('Folder', 'labs');
}

function devices(vc: Vcenter, vm: MoRef): readonly Device[] {
  return vc.get(vm, 'config.hardware.device') as Device[];
}

const PVSCSI = {
  operation: 'add',
  device: { $type: 'ParaVirtualSCSIController', key: -1, busNumber: 0, sharedBus: 'noSharing' },
};

function disk(device: object, backing: object = {}): object {
  const $type = 'VirtualDiskFlatVer2BackingInfo';
  return {
    operation: 'add',
    fileOperation: 'create',
    device: {
      $type: 'VirtualDisk',
      key: -9,
      capacityInKB: 1024 ** 2,
      backing: { $type, diskMode: 'persistent', fileName: '', ...backing },
      ...device,
    },
  };
}

describe('CreateVM_Task', () => {
  it('makes a VM with what it was told, in its folder, pool and host, with its files', async () => {
    const vc = new Vcenter(INSTANT);
    const config = {
      guestId: 'ubuntu64Guest',
      numCPUs: 2,
      memoryMB: 2048,
      annotation: 'hello',
      extraConfig: [{ key: 'guestinfo.x', value: '1' }],
      version: 'vmx-17',
    };
    const vm = await vc.must(folder(vc), 'CreateVM_Task', create(vc, config, { host: vc.named('HostSystem', 'h2') }));
    expect(vc.get(vm, 'summary.config')).toMatchObject({
      name: 'new',
      numCpu: 2,
      memorySizeMB: 2048,
      guestId: 'ubuntu64Guest',
      annotation: 'hello',
      vmPathName: '[ds-1] new/new.vmx',
      hwVersion: 'vmx-17',
    });
    expect(vc.get(vm, 'config.extraConfig')).toContainEqual({ key: 'guestinfo.x', value: '1' });
    expect(vc.get(vm, 'parent')).toEqual(folder(vc));
    expect(vc.get(vm, 'runtime')).toMatchObject({ host: vc.named('HostSystem', 'h2'), powerState: 'poweredOff' });
    expect(vc.get(vc.named('HostSystem', 'h2'), 'vm')).toContainEqual(vm);
    expect(vc.describe().datastores[0]?.files.map((file) => file.file)).toContain('[ds-1] new/new.vmx');
    expect(vc.eventTypes().slice(-3)).toEqual(['TaskEvent', 'VmBeingCreatedEvent', 'VmCreatedEvent']);
    expect((await vc.run(vm, 'PowerOnVM_Task')).state).toBe('success');
  });

  it('puts disks on the controller and the unit that were asked for, thick unless thin was said', async () => {
    const vc = new Vcenter(INSTANT);
    const deviceChange = [
      PVSCSI,
      { operation: 'add', device: { $type: 'VirtualAHCIController', key: -2, busNumber: 0 } },
      disk({ controllerKey: -1, unitNumber: 3 }, { thinProvisioned: true }),
      disk({ controllerKey: -1, unitNumber: -1 }),
      disk({ controllerKey: -2, unitNumber: 1 }, { thinProvisioned: true }),
      disk({ controllerKey: 200 }, { thinProvisioned: true }),
    ];
    const free = vc.freeBytes('ds-1');
    const vm = await vc.must(folder(vc), 'CreateVM_Task', create(vc, { deviceChange }));
    const all = devices(vc, vm);
    const disks = all.filter((device) => device.$type === 'VirtualDisk');
    expect(disks.map((each) => [each.key, each.controllerKey, each.unitNumber, each.backing?.thinProvisioned])).toEqual(
      [
        [2003, 1000, 3, true],
        [2000, 1000, 0, false],
        [16_001, 15_000, 1, true],
        [3000, 200, 0, true],
      ],
    );
    expect(all.filter((device) => device.key === 1000)).toMatchObject([
      { $type: 'ParaVirtualSCSIController', device: [2003, 2000] },
    ]);
    // Only the thick one takes its space at once.
    expect(free - vc.freeBytes('ds-1')).toBeGreaterThanOrEqual(1024 ** 3);
    expect(free - vc.freeBytes('ds-1')).toBeLessThan(1.1 * 1024 ** 3);
  });

  it('has no SCSI controller of its own, and takes disks only on controllers that are there', async () => {
    const vc = new Vcenter(INSTANT);
    const vm = await vc.must(folder(vc), 'CreateVM_Task', create(vc, {}));
    expect(devices(vc, vm).some((device) => device.key === 1000)).toBe(false);
    const spec = { deviceChange: [disk({ controllerKey: 1000, unitNumber: 0 })] };
    expect((await vc.run(vm, 'ReconfigVM_Task', { spec })).fault).toBe('MissingController');
    await vc.must(vm, 'ReconfigVM_Task', { spec: { deviceChange: [PVSCSI] } });
    await vc.must(vm, 'ReconfigVM_Task', { spec });
    await vc.must(vm, 'ReconfigVM_Task', { spec: { annotation: 'x', deviceChange: [disk({}, {})] } });
    expect(devices(vc, vm).find((device) => device.key === 1000)).toMatchObject({
      $type: 'ParaVirtualSCSIController',
      device: [2000, 2001],
    });
    const taken = await vc.run(vm, 'ReconfigVM_Task', { spec });
    expect([taken.fault, taken.faultFields['property']]).toEqual([
      'InvalidDeviceSpec',
      'virtualDeviceSpec.device.unitNumber',
    ]);
  });

  it('can be cloned with its controller', async () => {
    const vc = new Vcenter(INSTANT);
    const deviceChange = [PVSCSI, disk({ controllerKey: -1 })];
    const vm = await vc.must(folder(vc), 'CreateVM_Task', create(vc, { deviceChange }));
    const clone = await vc.must(vm, 'CloneVM_Task', {
      folder: folder(vc),
      name: 'copy',
      spec: { location: {}, template: false, powerOn: false },
    });
    expect(devices(vc, clone).filter((device) => device.key === 1000)).toMatchObject([
      { $type: 'ParaVirtualSCSIController' },
    ]);
  });

  it('puts its files where it is told', async () => {
    const vc = new Vcenter(INSTANT);
    const at = (vmPathName: string, name: string): Args => create(vc, { name, files: { vmPathName } });
    const vm = await vc.must(folder(vc), 'CreateVM_Task', at('[ds-1] there/that.vmx', 'a'));
    expect(vc.get(vm, 'config.files.vmPathName')).toBe('[ds-1] there/that.vmx');
    expect((await vc.run(folder(vc), 'CreateVM_Task', at('[ds-1] there/that.vmx', 'b'))).fault).toBe(
      'FileAlreadyExists',
    );
    const other = await vc.must(folder(vc), 'CreateVM_Task', at('[ds-1] elsewhere', 'c'));
    expect(vc.get(other, 'config.files.vmPathName')).toBe('[ds-1] elsewhere/c.vmx');
    expect(faultOf(() => vc.call(folder(vc), 'CreateVM_Task', at('[ds-1] d.vmx', 'd'))).fault).toBe(
      'UnsupportedVmxLocation',
    );
  });

  it('leaves nothing behind when it fails, and frees its name', async () => {
    const vc = new Vcenter(INSTANT);
    const before = vc.describe();
    const big = create(vc, { deviceChange: [PVSCSI, disk({ controllerKey: -1, capacityInKB: 1024 ** 3 })] });
    expect((await vc.run(folder(vc), 'CreateVM_Task', big)).fault).toBe('NoDiskSpace');
    const badCard = {
      operation: 'add',
      device: { $type: 'VirtualE1000', key: -5, backing: { deviceName: 'nowhere' } },
    };
    const second = create(vc, { deviceChange: [PVSCSI, disk({ controllerKey: -1 }), badCard] });
    expect((await vc.run(folder(vc), 'CreateVM_Task', second)).fault).toBe('InvalidDeviceBacking');
    expect(vc.describe()).toEqual(before);
    await vc.must(folder(vc), 'CreateVM_Task', create(vc, {}));
    expect(faultOf(() => vc.call(folder(vc), 'CreateVM_Task', create(vc, {}))).fault).toBe('DuplicateName');
  });

  it('is refused with the parameter that is wrong', () => {
    const vc = new Vcenter(INSTANT);
    const refused = (config: Args, more: Args = {}): unknown[] => {
      const fault = faultOf(() => vc.call(folder(vc), 'CreateVM_Task', create(vc, config, more)));
      return [fault.fault, fault.fields['invalidProperty']];
    };
    expect(refused({ files: undefined })).toEqual(['InvalidArgument', 'config.files']);
    expect(refused({ memoryMB: 3 })).toEqual(['InvalidArgument', 'config.memoryMB']);
    expect(refused({ name: 'a/b' })[0]).toBe('InvalidName');
    expect(refused({ files: { vmPathName: '[nowhere]' } })[0]).toBe('InvalidDatastore');
    expect(refused({}, { host: vc.named('HostSystem', 'other') })).toEqual(['InvalidArgument', 'pool']);
    expect(refused({ files: { vmPathName: '[ds-2]' } }, { host: vc.named('HostSystem', 'h2') })[0]).toBe(
      'InvalidDatastore',
    );
  });
});
