// govc on devices besides disks: keys as vCenter numbers them, discs that are put in and taken out, the boot order; and what a
// person does at the console.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();

interface Listed {
  readonly devices: readonly {
    readonly name: string;
    readonly key: number;
    readonly controllerKey?: number;
    readonly unitNumber?: number;
    readonly device?: readonly number[];
    readonly backing?: { readonly fileName?: string };
  }[];
}

async function devicesOf(name: string, ...names: readonly string[]): Promise<Listed['devices']> {
  return (await lab.govc.json<Listed>('device.info', '-vm', name, ...names)).devices;
}

describe('govc device.*', () => {
  it(
    'numbers each kind of device in its own range, and controllers list what is on them',
    async () => {
      const { govc } = lab;
      await lab.clone('ranges');
      const on = ['-vm', 'ranges'];
      const add = async (kind: string, ...flags: string[]): Promise<string> =>
        (await govc.ok(`device.${kind}.add`, ...on, ...flags)).trim();
      expect([
        await add('cdrom'),
        await add('cdrom'),
        await add('cdrom'),
        await add('floppy'),
        await add('serial'),
      ]).toEqual(['cdrom-3000', 'cdrom-3001', 'cdrom-3002', 'floppy-8000', 'serialport-9000']);
      expect([await add('usb'), await add('usb', '-type', 'xhci'), await add('sata'), await add('clock')]).toEqual([
        'usb-7000',
        'usbxhci-14000',
        'ahci-15000',
        'clock-19000',
      ]);
      const [ide0, ide1, sio] = await devicesOf('ranges', 'ide-200', 'ide-201', 'sio-400');
      expect([ide0?.device, ide1?.device, sio?.device]).toEqual([[3000, 3001], [3002], [8000, 9000]]);
      const [second] = await devicesOf('ranges', 'cdrom-3001');
      expect([second?.controllerKey, second?.unitNumber]).toEqual([200, 1]);
      await govc.ok('device.remove', ...on, 'cdrom-3000');
      expect(await add('cdrom')).toBe('cdrom-3000');
    },
    PATIENCE_MS,
  );

  it(
    'puts a disc in and takes it out, connects a serial port',
    async () => {
      const { govc } = lab;
      await lab.clone('discs');
      const on = ['-vm', 'discs'];
      await govc.ok('device.cdrom.add', ...on);
      await govc.ok('device.cdrom.insert', ...on, '-device', 'cdrom-3000', 'iso/tools.iso');
      expect((await devicesOf('discs', 'cdrom-3000'))[0]?.backing?.fileName).toBe('[shared-1] iso/tools.iso');
      await govc.ok('device.cdrom.eject', ...on, '-device', 'cdrom-3000');
      expect((await devicesOf('discs', 'cdrom-3000'))[0]?.backing?.fileName ?? '').toBe('');
      await govc.ok('device.serial.add', ...on);
      await govc.ok('device.serial.connect', ...on, '-device', 'serialport-9000', 'telnet://:33233');
      await govc.ok('device.disconnect', ...on, 'ethernet-0');
      expect(await govc.ok('device.info', ...on, 'ethernet-0')).toMatch(/Connected: +false/);
    },
    PATIENCE_MS,
  );

  it(
    'sets and clears the boot order',
    async () => {
      const { govc } = lab;
      await lab.clone('boots');
      const on = ['-vm', 'boots'];
      await govc.ok('device.cdrom.add', ...on);
      await govc.ok('device.boot', ...on, '-delay', '1000', '-order', 'cdrom,ethernet,disk');
      const listed = (await govc.lines('device.ls', ...on, '-boot')).map((line) => line.split(/\s/)[0]);
      expect(listed).toEqual(['cdrom-3000', 'ethernet-0', 'disk-1000-0']);
      expect(await govc.lines('collect', '-s', '/DC0/vm/Labs/boots', 'config.bootOptions.bootDelay')).toEqual(['1000']);
      await govc.ok('device.boot', ...on, '-order', '-');
      expect(await govc.lines('device.ls', ...on, '-boot')).toEqual([]);
    },
    PATIENCE_MS,
  );
});

describe('govc vm.network.change', () => {
  it(
    'gives a card another address and another network',
    async () => {
      const { govc } = lab;
      await lab.clone('cards');
      const change = ['vm.network.change', '-vm', 'cards', '-net', 'VM Network'];
      await govc.ok(...change, '-net.address', '00:00:0f:12:34:56', 'ethernet-0');
      expect(lab.vm('cards').macAddresses).toEqual(['00:00:0f:12:34:56']);
      for (const host of ['esx-1', 'esx-2'])
        await govc.ok('host.portgroup.add', '-host', host, '-vswitch', 'vSwitch0', 'apart');
      await govc.ok('vm.network.change', '-vm', 'cards', '-net', 'apart', 'ethernet-0');
      expect(await govc.ok('device.info', '-vm', 'cards', 'ethernet-0')).toMatch(/Summary: +apart/);
    },
    PATIENCE_MS,
  );
});

describe('govc vm.keystrokes, vm.guest.tools and vm.console', () => {
  it(
    'types into a machine that runs and mounts the disc of Tools where there is a drive',
    async () => {
      const { govc } = lab;
      await lab.clone('typed');
      expect(await govc.refused('vm.keystrokes', '-vm', 'typed', '-s', 'root')).toContain('powered off');
      await govc.ok('vm.power', '-on', 'typed');
      await govc.ok('vm.keystrokes', '-vm', 'typed', '-s', 'root');
      expect(await govc.refused('vm.guest.tools', '-mount', 'typed')).toContain('no CD/DVD drive');
      await govc.ok('device.cdrom.add', '-vm', 'typed');
      await govc.ok('vm.guest.tools', '-mount', 'typed');
      const mounted = ['collect', '-s', '/DC0/vm/Labs/typed', 'runtime.toolsInstallerMounted'];
      expect(await govc.lines(...mounted)).toEqual(['true']);
      await govc.ok('vm.guest.tools', '-unmount', 'typed');
      expect(await govc.lines(...mounted)).toEqual(['false']);
      expect(await govc.refused('vm.guest.tools', '-upgrade', 'typed')).toContain('already up to date');
      expect(await govc.ok('vm.console', 'typed')).toMatch(/^vmrc:\/\/clone:cst-/);
    },
    PATIENCE_MS,
  );
});

describe('govc vm.option.*, vm.target.* and vm.upgrade', () => {
  it(
    'says what a cluster can run, and upgrades a machine to it',
    async () => {
      const { govc } = lab;
      await lab.clone('older');
      expect(await govc.ok('vm.option.ls', '-cluster', 'Lab')).toMatch(/^vmx-21 +ESXi 8\.0 U2 virtual machine$/m);
      expect(await govc.ok('vm.option.info', '-host', 'esx-1', 'ubuntu64Guest')).toContain('Ubuntu Linux (64-bit)');
      expect(await govc.ok('vm.target.info', '-cluster', 'Lab')).toMatch(/Datastore: +shared-1/);
      expect(await govc.ok('vm.target.cap.ls', '-host', 'esx-1')).toMatch(/VmotionSupported: +true/);
      await govc.ok('vm.upgrade', '-vm', 'older', '-version', '21');
      expect(await govc.lines('collect', '-s', '/DC0/vm/Labs/older', 'config.version')).toEqual(['vmx-21']);
      expect(await govc.ok('vm.upgrade', '-vm', 'older', '-version', '21')).toContain('already');
      expect(await govc.refused('vm.upgrade', '-vm', 'older', '-version', '5')).toContain('not correct: version');
    },
    PATIENCE_MS,
  );
});
