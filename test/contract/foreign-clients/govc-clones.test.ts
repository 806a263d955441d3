// govc clones: linked and full, from a snapshot, the current state and a template; what it prints of disks, space and
// guests is what the model says; promotion, templates and destruction.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();

interface DiskInfo {
  readonly devices: readonly {
    readonly name: string;
    readonly capacityInBytes: number;
    readonly backing: {
      readonly fileName: string;
      readonly uuid: string;
      readonly parent?: { readonly fileName: string };
    };
  }[];
}

function chain(name: string): readonly string[] | undefined {
  return lab.vm(name).disks[0]?.chain.map(({ file }) => file);
}

async function diskOf(name: string): Promise<DiskInfo['devices'][number]> {
  const { devices } = await lab.govc.json<DiskInfo>('device.info', '-vm', name, 'disk-*');
  const [disk, ...others] = devices;
  if (disk === undefined || others.length > 0) throw new Error(`${name} has ${devices.length} disks`);
  return disk;
}

describe('govc vm.clone', () => {
  it(
    'makes a linked clone of a snapshot and shows its parent disk',
    async () => {
      await lab.clone('linked-1');
      const disk = await diskOf('linked-1');
      expect([disk.backing.fileName, disk.backing.parent?.fileName]).toEqual(chain('linked-1'));
      expect(disk.backing.parent?.fileName).toBe('[shared-1] base/base.vmdk');
      expect(await lab.govc.ok('device.info', '-vm', 'linked-1', 'disk-*')).toContain(
        'Parent:       [shared-1] base/base.vmdk',
      );
      const info = await lab.govc.ok('vm.info', '-r', 'linked-1');
      expect(info).toMatch(
        /Storage uncommitted: +20\.0GB\n +Storage committed: +4\.0GB\n +Storage unshared: +12\.\dKB/,
      );
      expect(lab.vm('linked-1')).toMatchObject({ folder: '/DC0/vm/Labs', power: 'poweredOff' });
    },
    PATIENCE_MS,
  );

  it(
    'shares nothing with -link alone: govc then asks for moveAllDiskBackingsAndAllowSharing, not for a new child',
    async () => {
      await lab.govc.ok('vm.clone', '-vm', 'base', '-link', '-folder', 'Labs', '-on=false', 'linked-2');
      expect((await diskOf('linked-2')).backing.parent).toBeUndefined();
      expect(chain('linked-2')).toEqual(['[shared-1] linked-2/linked-2.vmdk']);
    },
    PATIENCE_MS,
  );

  it(
    'makes a full clone on another datastore that shares nothing',
    async () => {
      await lab.govc.ok('vm.clone', '-vm', 'base', '-ds', 'shared-2', '-folder', 'Labs', '-on=false', 'full-1');
      const disk = await diskOf('full-1');
      expect(disk.backing).toMatchObject({ fileName: '[shared-2] full-1/full-1.vmdk' });
      expect(disk.backing.parent).toBeUndefined();
      expect(chain('full-1')).toEqual(['[shared-2] full-1/full-1.vmdk']);
      expect(lab.vm('full-1').unsharedBytes).toBeGreaterThanOrEqual(4 * 1024 ** 3);
    },
    PATIENCE_MS,
  );

  it(
    'deploys a template into a pool, with other hardware and notes, and switches it on',
    async () => {
      const hardware = ['-c', '2', '-m', '1024', '-annotation', 'from gold'];
      await lab.govc.ok('vm.clone', '-vm', 'gold', '-folder', 'Labs', '-pool', 'Classes', ...hardware, 'deployed');
      expect(lab.vm('deployed')).toMatchObject({ power: 'poweredOn', template: false });
      expect(await lab.govc.lines('collect', '-s', '/DC0/vm/Labs/deployed', 'config.annotation')).toEqual([
        'from gold',
      ]);
      expect(await lab.govc.ok('vm.info', 'deployed')).toMatch(/Memory: +1024MB\n +CPU: +2 vCPU/);
      const address = lab.vm('deployed').ipAddress;
      expect(await lab.govc.lines('vm.ip', '-wait', '30s', 'deployed')).toEqual([address]);
      expect(await lab.govc.lines('vm.ip', '-a', '-v4', '-wait', '30s', 'deployed')).toEqual([address]);
      expect(await lab.govc.lines('vm.ip', '-n', 'ethernet-0', '-wait', '30s', 'deployed')).toEqual([address]);
      const byAddress = await lab.govc.ok('vm.info', '-vm.ip', String(address));
      expect(byAddress).toContain('/DC0/vm/Labs/deployed');
    },
    PATIENCE_MS,
  );

  it(
    'customizes in the same call and waits for the address',
    async () => {
      const args = ['-vm', 'base', '-link', '-snapshot', 'release', '-host', 'esx-2', '-folder', 'Labs'];
      await lab.govc.ok('vm.clone', ...args, '-customization', 'linux-class', '-waitip', 'customized');
      expect(await lab.govc.ok('vm.info', 'customized')).toMatch(/Host: +esx-2/);
      const [address] = await lab.govc.lines('vm.ip', '-wait', '30s', 'customized');
      expect(lab.vm('customized')).toMatchObject({ hostName: 'customized', ipAddress: address });
      expect(lab.vm('customized').customization).toBe('TOOLSDEPLOYPKG_SUCCEEDED');
    },
    PATIENCE_MS,
  );

  it('is refused for a snapshot, a folder and a source that are not there', async () => {
    const clone = ['vm.clone', '-on=false', '-link'];
    expect(await lab.govc.refused(...clone, '-vm', 'base', '-snapshot', 'none', 'x')).toBe('snapshot "none" not found');
    expect(await lab.govc.refused(...clone, '-vm', 'base', '-folder', 'None', 'x')).toContain("'None' not found");
    expect(await lab.govc.refused(...clone, '-vm', 'none', 'x')).toBe("vm 'none' not found");
    expect(lab.truth.vms.some(({ name }) => name === 'x')).toBe(false);
  });
});

describe('govc vm.customize', () => {
  it(
    'customizes at the next power-on, with a fixed address and a name of its own',
    async () => {
      await lab.clone('seat-1');
      const address = ['-ip', '10.20.9.9', '-netmask', '255.255.0.0', '-gateway', '10.20.0.1'];
      const args = ['-vm', 'seat-1', '-name', 'front-desk', '-domain', 'lab.local', ...address, 'linux-class'];
      await lab.govc.ok('vm.customize', ...args);
      expect(await lab.govc.refused('vm.customize', '-vm', 'seat-1', 'linux-class')).toContain('already pending');
      await lab.govc.ok('vm.power', '-on', 'seat-1');
      expect(await lab.govc.lines('vm.ip', '-wait', '30s', 'seat-1')).toEqual(['10.20.9.9']);
      expect(lab.vm('seat-1')).toMatchObject({
        hostName: expect.stringMatching(/^front-desk/),
        ipAddress: '10.20.9.9',
      });
    },
    PATIENCE_MS,
  );
});

describe('govc vm.disk.promote', () => {
  it(
    'gives a linked clone its own copy',
    async () => {
      await lab.clone('keeper');
      const before = await diskOf('keeper');
      await lab.govc.ok('vm.disk.promote', '-vm', 'keeper', before.name);
      const after = await diskOf('keeper');
      expect([before.backing.parent?.fileName, after.backing.parent]).toEqual(['[shared-1] base/base.vmdk', undefined]);
      expect(chain('keeper')).toEqual([after.backing.fileName]);
      expect(lab.vm('keeper').unsharedBytes).toBeGreaterThanOrEqual(4 * 1024 ** 3);
    },
    PATIENCE_MS,
  );
});

describe('govc vm.markastemplate, vm.markasvm and vm.destroy', () => {
  it(
    'makes a template of a clone and a machine of it again, and destroys it with its files only',
    async () => {
      await lab.clone('prototype');
      await lab.govc.ok('vm.markastemplate', 'prototype');
      expect(lab.vm('prototype')).toMatchObject({ template: true, resourcePool: null });
      expect(await lab.govc.refused('vm.power', '-on', 'prototype')).toContain('not supported');
      await lab.govc.ok('vm.markasvm', '-pool', 'Classes', 'prototype');
      expect(lab.vm('prototype').template).toBe(false);
      const [pool] = await lab.govc.lines('find', '-i', '/', '-type', 'p', '-name', 'Classes');
      expect(`ResourcePool:${lab.vm('prototype').resourcePool}`).toBe(pool);
      await lab.govc.ok('vm.destroy', 'prototype');
      expect(lab.files().filter((file) => file.includes('prototype'))).toEqual([]);
      expect(lab.files()).toContain('[shared-1] base/base.vmdk');
      expect(await lab.govc.refused('vm.destroy', 'prototype')).toBe("vm 'prototype' not found");
    },
    PATIENCE_MS,
  );
});
