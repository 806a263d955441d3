// ReconfigVM, renaming, templates, moving between folders.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import type { Args, TaskEnd } from './harness.ts';
import { INSTANT, linkedClone } from './inventories.ts';

const GB = 1024 ** 3;

interface Lab {
  readonly vc: Vcenter;
  readonly parent: MoRef;
  readonly clone: MoRef;
}

async function lab(): Promise<Lab> {
  const vc = new Vcenter(INSTANT);
  const parent = vc.named('VirtualMachine', 'parent');
  return { vc, parent, clone: await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent)) };
}

function change({ vc, clone }: Lab, spec: Args): Promise<TaskEnd> {
  return vc.run(clone, 'ReconfigVM_Task', { spec });
}

describe('ReconfigVM', () => {
  it('merges extraConfig and removes keys with an empty value', async () => {
    const here = await lab();
    await change(here, {
      extraConfig: [
        { key: 'colour', value: '' },
        { key: 'a', value: '1' },
      ],
    });
    await change(here, { extraConfig: [{ key: 'b', value: '2' }] });
    const options = here.vc.get(here.clone, 'config.extraConfig') as { key: string; value: string }[];
    expect(options.filter((option) => option.key !== 'nvram')).toEqual([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]);
  });

  it('refuses a change that was made of an older version', async () => {
    const here = await lab();
    const changeVersion = here.vc.get(here.clone, 'config.changeVersion');
    expect((await change(here, { changeVersion, annotation: 'one' })).state).toBe('success');
    expect((await change(here, { changeVersion, annotation: 'two' })).fault).toBe('ConcurrentAccess');
    expect(here.vc.get(here.clone, 'config.annotation')).toBe('one');
  });

  it('changes processors and memory of a VM that is off, not of one that runs', async () => {
    const here = await lab();
    expect((await change(here, { numCPUs: 2, memoryMB: 1024 })).state).toBe('success');
    await here.vc.must(here.clone, 'PowerOnVM_Task');
    expect((await change(here, { memoryMB: 2048 })).fault).toBe('InvalidPowerState');
    expect((await change(here, { annotation: 'running' })).state).toBe('success');
    expect(here.vc.get(here.clone, 'summary.config')).toMatchObject({
      memorySizeMB: 1024,
      numCpu: 2,
      annotation: 'running',
    });
  });

  it('adds, expands and removes a disk, with the space that takes', async () => {
    const here = await lab();
    const before = here.vc.freeBytes('ds-1');
    const backing = {
      $type: 'VirtualDiskFlatVer2BackingInfo',
      fileName: '',
      diskMode: 'persistent',
      thinProvisioned: false,
    };
    const device = {
      $type: 'VirtualDisk',
      key: -1,
      controllerKey: 1000,
      unitNumber: 2,
      capacityInKB: 1024 ** 2,
      backing,
    };
    await change(here, { deviceChange: [{ operation: 'add', fileOperation: 'create', device }] });
    const added = here.vc.vm(here.clone).disks.at(-1);
    expect(added).toMatchObject({ key: 2002, label: 'Hard disk 3', capacityBytes: GB });
    expect(before - here.vc.freeBytes('ds-1')).toBe(GB + 512);
    const grown = {
      ...(here.vc.get(here.clone, 'config.hardware.device[2002]') as object),
      capacityInKB: 2 * 1024 ** 2,
      capacityInBytes: 2 * GB,
    };
    await change(here, { deviceChange: [{ operation: 'edit', device: grown }] });
    expect(before - here.vc.freeBytes('ds-1')).toBe(2 * GB + 512);
    await change(here, { deviceChange: [{ operation: 'remove', fileOperation: 'destroy', device: grown }] });
    expect(here.vc.freeBytes('ds-1')).toBe(before);
    expect(here.vc.vm(here.clone).disks).toHaveLength(2);
  });

  it('does not expand a disk that has a parent', async () => {
    const here = await lab();
    const device = {
      ...(here.vc.get(here.clone, 'config.hardware.device[2000]') as object),
      capacityInKB: 30 * 1024 ** 2,
      capacityInBytes: 30 * GB,
    };
    expect(await change(here, { deviceChange: [{ operation: 'edit', device }] })).toMatchObject({
      fault: 'InvalidDeviceOperation',
      faultFields: { deviceIndex: 0 },
    });
  });

  it('attaches the disk of another VM, which then stays when that VM goes', async () => {
    const here = await lab();
    const { vc, parent, clone } = here;
    const other = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: 'other' }));
    const file = vc.vm(other).disks[0]?.chain[0]?.file;
    await change(here, {
      deviceChange: [
        {
          operation: 'add',
          device: { $type: 'VirtualDisk', key: -1, backing: { fileName: file, diskMode: 'persistent' } },
        },
      ],
    });
    await vc.must(other, 'Destroy_Task');
    expect(vc.vm(clone).disks.at(-1)?.chain[0]).toMatchObject({ file, missing: false });
  });

  it('adds and removes network cards, each with an address of its own', async () => {
    const here = await lab();
    const backing = { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: 'net-2' };
    await change(here, {
      deviceChange: [
        { operation: 'add', device: { $type: 'VirtualVmxnet3', key: -5, backing, addressType: 'generated' } },
      ],
    });
    const macs = here.vc.vm(here.clone).macAddresses;
    expect(new Set(macs).size).toBe(2);
    expect(here.vc.get(here.clone, 'network')).toEqual([
      here.vc.named('Network', 'net-1'),
      here.vc.named('Network', 'net-2'),
    ]);
    await change(here, { deviceChange: [{ operation: 'remove', device: { $type: 'VirtualE1000', key: 4000 } }] });
    expect(here.vc.vm(here.clone).macAddresses).toEqual([macs[1]]);
    expect(here.vc.get(here.vc.named('Network', 'net-1'), 'vm')).not.toContainEqual(here.clone);
  });

  it.each([
    [{ operation: 'remove', device: { $type: 'VirtualDisk', key: 9 } }, 'InvalidDeviceSpec'],
    [
      { operation: 'add', device: { $type: 'VirtualE1000', key: -1, backing: { deviceName: 'nowhere' } } },
      'InvalidDeviceBacking',
    ],
    [
      { operation: 'add', device: { $type: 'VirtualDisk', key: -1, backing: { fileName: '[ds-1] no/no.vmdk' } } },
      'FileNotFound',
    ],
    [
      {
        operation: 'add',
        fileOperation: 'create',
        device: {
          $type: 'VirtualDisk',
          key: -1,
          capacityInKB: 900 * 1024 ** 2,
          backing: { fileName: '', thinProvisioned: false },
        },
      },
      'NoDiskSpace',
    ],
  ])('changes nothing when one device is wrong: %j', async (wrong, fault) => {
    const here = await lab();
    const before = here.vc.describe();
    const good = {
      operation: 'add',
      fileOperation: 'create',
      device: { $type: 'VirtualDisk', key: -1, capacityInKB: 1024, backing: { fileName: '' } },
    };
    expect((await change(here, { annotation: 'no', deviceChange: [good, wrong] })).fault).toBe(fault);
    expect(here.vc.describe()).toEqual(before);
    expect(here.vc.get(here.clone, 'config.annotation')).toBe('the parent');
  });

  it('renames, unless the name is taken', async () => {
    const here = await lab();
    await here.vc.must(here.parent, 'CloneVM_Task', linkedClone(here.vc, here.parent, { name: 'taken' }));
    expect((await change(here, { name: 'Taken' })).fault).toBe('DuplicateName');
    expect((await change(here, { name: 'CLONE' })).state).toBe('success');
    expect([here.vc.get(here.clone, 'name'), here.vc.get(here.clone, 'config.name')]).toEqual(['CLONE', 'CLONE']);
  });

  it('gives another instanceUuid than the wanted one when a VM has it', async () => {
    const here = await lab();
    const taken = here.vc.vm(here.parent).instanceUuid;
    await change(here, { instanceUuid: taken });
    expect(here.vc.vm(here.clone).instanceUuid).not.toBe(taken);
    await change(here, { instanceUuid: '99999999-0000-0000-0000-000000000000' });
    expect(here.vc.vm(here.clone).instanceUuid).toBe('99999999-0000-0000-0000-000000000000');
  });
});

describe('templates', () => {
  it('leave and enter a pool, and take neither snapshots nor hardware', async () => {
    const { vc, clone } = await lab();
    const pool = vc.get(clone, 'resourcePool') as MoRef;
    vc.call(clone, 'MarkAsTemplate');
    expect([
      vc.get(clone, 'resourcePool'),
      vc.get(clone, 'config.template'),
      vc.get(clone, 'summary.config.template'),
    ]).toEqual([undefined, true, true]);
    expect(vc.get(pool, 'vm')).not.toContainEqual(clone);
    expect(
      faultOf(() => vc.call(clone, 'CreateSnapshot_Task', { name: 's', memory: false, quiesce: false })).fault,
    ).toBe('NotSupported');
    expect(faultOf(() => vc.call(clone, 'ReconfigVM_Task', { spec: { memoryMB: 1024 } })).fault).toBe('NotSupported');
    expect(
      faultOf(() =>
        vc.call(clone, 'MarkAsVirtualMachine', {
          pool: vc.get(vc.named('ClusterComputeResource', 'C2'), 'resourcePool') as MoRef,
        }),
      ).fault,
    ).toBe('InvalidArgument');
    vc.call(clone, 'MarkAsVirtualMachine', { pool });
    expect(vc.get(pool, 'vm')).toContainEqual(clone);
  });

  it('are not made of a VM that runs', async () => {
    const { vc, clone } = await lab();
    await vc.must(clone, 'PowerOnVM_Task');
    expect(faultOf(() => vc.call(clone, 'MarkAsTemplate')).fault).toBe('InvalidPowerState');
  });
});

describe('folders', () => {
  it('are made, filled, and destroyed with what is in them', async () => {
    const { vc, parent, clone } = await lab();
    const labs = vc.named('Folder', 'labs');
    const inner = vc.call(labs, 'CreateFolder', { name: 'inner' }) as MoRef;
    expect(faultOf(() => vc.call(labs, 'CreateFolder', { name: 'INNER' })).fault).toBe('DuplicateName');
    await vc.must(inner, 'MoveIntoFolder_Task', { list: [clone] });
    expect(vc.vm(clone).folder).toBe('/DC/vm/labs/inner');
    expect((await vc.run(inner, 'MoveIntoFolder_Task', { list: [labs] })).fault).toBe('InvalidFolder');
    await vc.must(clone, 'PowerOnVM_Task');
    expect((await vc.run(labs, 'Destroy_Task')).fault).toBe('InvalidPowerState');
    await vc.must(clone, 'PowerOffVM_Task');
    await vc.must(labs, 'Destroy_Task');
    for (const gone of [labs, inner, clone]) expect(faultOf(() => vc.object(gone)).fault).toBe('ManagedObjectNotFound');
    expect(vc.vm(parent).name).toBe('parent');
  });

  it('of a datacenter are not destroyed', async () => {
    const { vc } = await lab();
    expect(faultOf(() => vc.call(vc.named('Folder', 'vm'), 'Destroy_Task')).fault).toBe('NotSupported');
  });
});
