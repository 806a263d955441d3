// govc works on the files of a datastore and on what a machine's power leaves there.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();

function paths(): readonly string[] {
  return lab.truth.datastores.flatMap((datastore) => datastore.files.map(({ file }) => file));
}

describe('govc datastore.*', () => {
  it(
    'makes folders, copies into them, and removes them with what is in them',
    async () => {
      await lab.govc.ok('datastore.mkdir', '-p', 'kept/old');
      expect(await lab.govc.lines('datastore.ls', 'kept')).toEqual(['old']);
      await lab.govc.ok('datastore.cp', 'base/base.nvram', 'kept/old/base.nvram');
      expect(await lab.govc.lines('datastore.ls', 'kept/old')).toEqual(['base.nvram']);
      await lab.govc.ok('datastore.mv', 'kept/old/base.nvram', 'kept/moved.nvram');
      expect(paths()).toContain('[shared-1] kept/moved.nvram');
      expect(paths()).not.toContain('[shared-1] kept/old/base.nvram');
      await lab.govc.ok('datastore.rm', 'kept');
      expect(paths().filter((path) => path.includes('kept'))).toEqual([]);
      expect(await lab.govc.lines('datastore.ls')).not.toContain('kept');
    },
    PATIENCE_MS,
  );

  it('does not remove the files of a machine in the inventory', async () => {
    const before = lab.truth;
    expect(await lab.govc.refused('datastore.rm', 'base')).toContain('locked');
    expect(lab.truth).toEqual(before);
  });
});

describe('govc vm.power', () => {
  it(
    'leaves a file of the memory while a machine is suspended, and connects its card while it runs',
    async () => {
      await lab.govc.ok('vm.clone', '-link', '-snapshot', 'release', '-vm', 'base', '-on=false', 'sleeper');
      const isConnected = async (): Promise<string> => lab.govc.ok('device.info', '-vm', 'sleeper', 'ethernet-0');
      await lab.govc.ok('vm.power', '-on', 'sleeper');
      expect(paths()).toContain('[shared-1] sleeper/sleeper.vswp');
      expect(await isConnected()).toMatch(/Status: +ok/);
      await lab.govc.ok('vm.power', '-suspend', 'sleeper');
      expect(paths()).toContain('[shared-1] sleeper/sleeper.vmss');
      expect(paths()).not.toContain('[shared-1] sleeper/sleeper.vswp');
      await lab.govc.ok('vm.power', '-on', 'sleeper');
      expect(paths()).not.toContain('[shared-1] sleeper/sleeper.vmss');
    },
    PATIENCE_MS,
  );
});
