// govc runs machines: snapshots, power, settings, devices, files, hosts and datastores they move to.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();

describe('govc snapshot.*', () => {
  it(
    'builds a tree, goes back in it, takes parts of it away',
    async () => {
      const { govc } = lab;
      await lab.clone('branches');
      const on = ['-vm', 'branches'];
      await govc.ok('snapshot.create', ...on, '-m=false', '-q=false', '-d', 'before the class', 'one');
      await govc.ok('snapshot.create', ...on, 'two');
      expect(await govc.lines('snapshot.tree', ...on)).toEqual(['one', '  two', '  .']);
      await govc.ok('snapshot.revert', ...on, 'one');
      await govc.ok('snapshot.create', ...on, 'three');
      expect(await govc.lines('snapshot.tree', ...on, '-f')).toEqual(['one', '  one/two', '  one/three', '  .']);
      expect(await govc.ok('snapshot.tree', ...on, '-d', '-i')).toMatch(/^\[snapshot-\d+\] +one - before the class$/m);
      await govc.ok('snapshot.revert', ...on);
      expect(await govc.refused('snapshot.remove', ...on, 'none')).toBe('snapshot "none" not found');
      await govc.ok('snapshot.remove', ...on, 'one/two');
      expect(await govc.lines('snapshot.tree', ...on)).toEqual(['one', '  three', '  .']);
      await govc.ok('snapshot.remove', ...on, '-r', 'one');
      expect(await govc.lines('snapshot.tree', ...on)).toEqual([]);
      expect(lab.truth.snapshots.filter(({ vm }) => vm === lab.vm('branches').moRef)).toEqual([]);
      expect(lab.vm('branches').disks[0]?.chain.map(({ file }) => file)).toContain('[shared-1] base/base.vmdk');
    },
    PATIENCE_MS,
  );
});

describe('govc vm.power', () => {
  it(
    'switches on, suspends, resets, shuts down; says what is wrong with a second power-on',
    async () => {
      const { govc } = lab;
      await lab.clone('switch');
      const power = async (...flags: string[]): Promise<string> => {
        await govc.ok('vm.power', ...flags, 'switch');
        return lab.vm('switch').power;
      };
      expect(await power('-on')).toBe('poweredOn');
      expect(await govc.refused('vm.power', '-on', 'switch')).toContain('current state');
      expect(await power('-suspend')).toBe('suspended');
      expect(await power('-on')).toBe('poweredOn');
      expect(await power('-reset')).toBe('poweredOn');
      await govc.ok('vm.power', '-r', '-wait=false', 'switch');
      await govc.ok('vm.ip', '-wait', '30s', 'switch');
      expect(await power('-s')).toBe('poweredOff');
      expect(await power('-on')).toBe('poweredOn');
      expect(await power('-off', '-force')).toBe('poweredOff');
    },
    PATIENCE_MS,
  );

  it(
    'switches several on in one call (-M)',
    async () => {
      await lab.clone('many-1');
      await lab.clone('many-2');
      await lab.govc.ok('vm.power', '-on', '-M', 'many-1', 'many-2');
      expect([lab.vm('many-1').power, lab.vm('many-2').power]).toEqual(['poweredOn', 'poweredOn']);
    },
    PATIENCE_MS,
  );
});

describe('govc vm.change', () => {
  it(
    'changes processors, memory, notes, name and extra settings, and takes a setting away',
    async () => {
      const { govc } = lab;
      await lab.clone('changing');
      const settings = ['-e', 'guestinfo.seat=12', '-e', 'guestinfo.room=B'];
      await govc.ok('vm.change', '-vm', 'changing', '-c', '4', '-m', '2048', '-annotation', 'a note', ...settings);
      const info = await govc.ok('vm.info', '-e', 'changing');
      expect(info).toMatch(/Memory: +2048MB\n +CPU: +4 vCPU\(s\)/);
      expect(info).toMatch(/guestinfo\.seat: +12/);
      await govc.ok('vm.change', '-vm', 'changing', '-e', 'guestinfo.seat=', '-name', 'changed');
      const after = await govc.ok('vm.info', '-e', 'changed');
      expect([after.includes('guestinfo.seat'), after.includes('guestinfo.room')]).toEqual([false, true]);
      const advanced = ['-nested-hv-enabled', '-cpu-hot-add-enabled', '-memory-hot-add-enabled', '-g', 'otherGuest64'];
      await govc.ok('vm.change', '-vm', 'changed', ...advanced);
      const properties = ['config.nestedHVEnabled', 'config.cpuHotAddEnabled', 'config.guestId', 'config.annotation'];
      const read = await govc.lines('collect', '-s', '/DC0/vm/Labs/changed', ...properties);
      expect(read.toSorted()).toEqual(['a note', 'otherGuest64', 'true', 'true']);
    },
    PATIENCE_MS,
  );
});

describe('govc device.*, vm.disk.* and vm.network.*', () => {
  it(
    'lists the hardware and changes it',
    async () => {
      const { govc } = lab;
      await lab.clone('hardware');
      const on = ['-vm', 'hardware'];
      expect(await govc.lines('device.ls', ...on)).toEqual(
        expect.arrayContaining([
          'lsilogic-1000  VirtualLsiLogicController  LSI Logic',
          'disk-1000-0    VirtualDisk                20,971,520 KB',
          'ethernet-0     VirtualE1000               VM Network',
        ]),
      );
      await govc.ok('vm.disk.create', ...on, '-name', 'hardware/data', '-size', '1G');
      await govc.ok('vm.disk.change', ...on, '-disk.label', 'Hard disk 2', '-size', '2G');
      expect(lab.vm('hardware').disks.map(({ capacityBytes }) => capacityBytes / 1024 ** 3)).toEqual([20, 2]);
      await govc.ok('vm.network.add', ...on, '-net', 'VM Network');
      expect(new Set(lab.vm('hardware').macAddresses).size).toBe(2);
      await govc.ok('device.remove', ...on, 'ethernet-1', 'disk-1000-1');
      expect([lab.vm('hardware').macAddresses.length, lab.vm('hardware').disks.length]).toEqual([1, 1]);
      expect(lab.files()).not.toContain('[shared-1] hardware/data.vmdk');
    },
    PATIENCE_MS,
  );

  it(
    'adds the devices that machines have besides disks and cards, each with a label',
    async () => {
      const { govc } = lab;
      await lab.clone('devices');
      const on = ['-vm', 'devices'];
      const cdrom = (await govc.ok('device.cdrom.add', ...on)).trim();
      const scsi = (await govc.ok('device.scsi.add', ...on, '-type', 'pvscsi')).trim();
      const floppy = (await govc.ok('device.floppy.add', ...on)).trim();
      const serial = (await govc.ok('device.serial.add', ...on)).trim();
      const listed = await govc.ok('device.ls', ...on);
      for (const name of [cdrom, scsi, floppy, serial]) expect(listed).toContain(name);
      const { devices } = await govc.json<{ devices: { name: string; deviceInfo: { label: string } }[] }>(
        'device.info',
        ...on,
      );
      const labels = Object.fromEntries(devices.map(({ name, deviceInfo }) => [name, deviceInfo.label]));
      expect([labels[cdrom], labels[scsi], labels[floppy], labels[serial]]).toEqual([
        'CD/DVD drive 1',
        'SCSI controller 1',
        'Floppy drive 1',
        'Serial port 1',
      ]);
    },
    PATIENCE_MS,
  );
});

describe('govc vm.create', () => {
  it(
    'makes a machine with a disk and a card of its own',
    async () => {
      const hardware = ['-c', '2', '-m', '512', '-g', 'otherGuest64', '-disk', '2GB', '-net', 'VM Network'];
      await lab.govc.ok('vm.create', '-on=false', '-pool', 'Classes', '-folder', 'Labs', ...hardware, 'made');
      expect(lab.vm('made')).toMatchObject({ folder: '/DC0/vm/Labs', power: 'poweredOff', template: false });
      expect(lab.vm('made').disks.map(({ capacityBytes }) => capacityBytes)).toEqual([2 * 1024 ** 3]);
      expect(lab.vm('made').macAddresses).toHaveLength(1);
      expect(await lab.govc.ok('vm.info', 'made')).toMatch(/Memory: +512MB\n +CPU: +2 vCPU/);
      await lab.govc.ok('vm.destroy', 'made');
      expect(lab.files().filter((file) => file.includes('made'))).toEqual([]);
    },
    PATIENCE_MS,
  );
});

describe('govc vm.unregister and vm.register', () => {
  it(
    'forgets a machine, keeps its files, and finds it again with its linked disk',
    async () => {
      const { instanceUuid, disks } = await lab.clone('forgotten');
      await lab.govc.ok('vm.unregister', 'forgotten');
      expect(await lab.govc.ok('vm.info', 'forgotten')).toBe('');
      expect(lab.files()).toContain('[shared-1] forgotten/forgotten.vmx');
      const place = ['-folder', '/DC0/vm/Labs', '-host', 'esx-2', '-pool', 'Classes'];
      await lab.govc.ok('vm.register', ...place, 'forgotten/forgotten.vmx');
      expect(lab.vm('forgotten')).toMatchObject({ instanceUuid, folder: '/DC0/vm/Labs', host: 'esx-2' });
      expect(lab.vm('forgotten').disks[0]?.chain).toEqual(disks[0]?.chain);
      expect(await lab.govc.refused('vm.register', ...place, 'none/none.vmx')).toContain(
        '[shared-1] none/none.vmx was not found',
      );
    },
    PATIENCE_MS,
  );
});

describe('govc vm.migrate', () => {
  it(
    'moves a machine to another host, and its disks, flattened, to another datastore',
    async () => {
      await lab.clone('nomad');
      await lab.govc.ok('vm.migrate', '-host', 'esx-2', 'nomad');
      expect(lab.vm('nomad')).toMatchObject({ host: 'esx-2' });
      expect(lab.vm('nomad').disks[0]?.chain.length).toBe(2);
      await lab.govc.ok('vm.migrate', '-ds', 'shared-2', 'nomad');
      expect(lab.vm('nomad').disks[0]?.chain.map(({ file }) => file)).toEqual(['[shared-2] nomad/nomad.vmdk']);
    },
    PATIENCE_MS,
  );
});
