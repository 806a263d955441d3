// govc sets up hosts: networks for classes, services, time, autostart, storage.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();
const ON = ['-host', 'esx-1'];

describe('govc host.portgroup.* and host.vswitch.*', () => {
  it(
    'makes a network for a class, which machines use and which goes with its last port group',
    async () => {
      const { govc } = lab;
      for (const host of ['esx-1', 'esx-2'])
        await govc.ok('host.portgroup.add', '-host', host, '-vswitch', 'vSwitch0', '-vlan', '42', 'class-a');
      expect(await govc.refused('host.portgroup.add', ...ON, '-vswitch', 'vSwitch0', 'class-a')).toContain(
        'already exists',
      );
      expect(await govc.refused('host.portgroup.add', ...ON, '-vswitch', 'none', 'x')).toContain('could not be found');
      expect(await govc.ok('host.portgroup.info', ...ON)).toMatch(
        /Name: +class-a\nVirtual switch: +vSwitch0\nVLAN ID: +42/,
      );
      expect(await govc.lines('ls', '/DC0/network')).toEqual(['/DC0/network/VM Network', '/DC0/network/class-a']);
      await lab.clone('pupil');
      await govc.ok('vm.network.change', '-vm', 'pupil', '-net', 'class-a', 'ethernet-0');
      const host = lab.vm('pupil').host;
      const other = host === 'esx-1' ? 'esx-2' : 'esx-1';
      expect(await govc.refused('host.portgroup.remove', '-host', host, 'class-a')).toContain('in use');
      await govc.ok('host.portgroup.remove', '-host', other, 'class-a');
      await govc.ok('vm.destroy', 'pupil');
      await govc.ok('host.portgroup.remove', '-host', host, 'class-a');
      expect(await govc.lines('ls', '/DC0/network')).toEqual(['/DC0/network/VM Network']);
    },
    PATIENCE_MS,
  );

  it(
    'makes a switch and takes it away with its port groups, but not the one that the host is managed over',
    async () => {
      const { govc } = lab;
      await govc.ok('host.vswitch.add', ...ON, '-nic', 'vmnic1', 'vSwitch1');
      expect(await govc.refused('host.vswitch.add', ...ON, 'vSwitch1')).toContain('already exists');
      await govc.ok('host.portgroup.add', ...ON, '-vswitch', 'vSwitch1', 'inner');
      expect(await govc.ok('host.vswitch.info', ...ON)).toMatch(/Name: +vSwitch1\nPortgroup: +inner\nPnic: +vmnic1/);
      await govc.ok('host.vswitch.remove', ...ON, 'vSwitch1');
      expect(await govc.ok('host.portgroup.info', ...ON)).not.toContain('inner');
      expect(await govc.lines('ls', '/DC0/network')).toEqual(['/DC0/network/VM Network']);
      expect(await govc.refused('host.vswitch.remove', ...ON, 'vSwitch0')).toContain('in use');
      expect(await govc.ok('host.vnic.info', ...ON)).toMatch(
        /Device: +vmk0\nNetwork label: +Management Network\nSwitch: +vSwitch0/,
      );
    },
    PATIENCE_MS,
  );
});

describe('govc host.service.*, host.date.*, host.autostart.* and host.storage.*', () => {
  it(
    'starts and stops services',
    async () => {
      const { govc } = lab;
      expect(await govc.ok('host.service.ls', ...ON)).toMatch(/^TSM-SSH +off +Stopped +SSH$/m);
      await govc.ok('host.service', ...ON, 'start', 'TSM-SSH');
      await govc.ok('host.service', ...ON, 'enable', 'TSM-SSH');
      expect(await govc.ok('host.service.ls', ...ON)).toMatch(/^TSM-SSH +on +Running +SSH$/m);
      expect(await govc.refused('host.service', ...ON, 'start', 'TSM-SSH')).toContain('current state');
      expect(await govc.refused('host.service', ...ON, 'start', 'none')).toContain('could not be found');
      await govc.ok('host.service', ...ON, 'stop', 'TSM-SSH');
      expect(await govc.ok('host.service', ...ON, 'status', 'TSM-SSH')).toContain('Stopped');
    },
    PATIENCE_MS,
  );

  it(
    'sets time servers and which machines start with the host',
    async () => {
      const { govc } = lab;
      await govc.ok('host.date.change', ...ON, '-server', 'ntp.lab.local');
      expect(await govc.ok('host.date.info', ...ON)).toMatch(/NTP servers: +ntp\.lab\.local/);
      await lab.clone('early');
      const { host } = lab.vm('early');
      await govc.ok('host.autostart.configure', '-host', host, '-enabled');
      await govc.ok('host.autostart.add', '-host', host, 'early');
      expect(await govc.ok('host.autostart.info', '-host', host)).toMatch(/^\/DC0\/vm\/Labs\/early +powerOn/m);
      await govc.ok('host.autostart.remove', '-host', host, 'early');
      expect(await govc.ok('host.autostart.info', '-host', host)).not.toContain('early');
    },
    PATIENCE_MS,
  );

  it('rescans storage, and tells all of a host', async () => {
    await lab.govc.ok('host.storage.info', ...ON, '-rescan', '-rescan-vmfs', '-refresh');
    expect(await lab.govc.ok('host.storage.info', ...ON, '-t', 'hba')).toMatch(/^vmhba0 /m);
    const { hostSystems } = await lab.govc.json<{ hostSystems: { config: { product: object; network: object } }[] }>(
      'host.info',
      ...ON,
    );
    expect(hostSystems[0]?.config).toMatchObject({
      product: { productLineId: 'embeddedEsx' },
      network: { vswitch: [{ name: 'vSwitch0' }] },
    });
  });
});
