// govc works on virtual disks without a machine: datastore.disk.*, and copying, moving and removing a .vmdk.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();
const GIGABYTE = 1024 ** 3;

function bytesOf(path: string): number | undefined {
  return lab.truth.datastores.flatMap(({ files }) => files).find(({ file }) => file === `[shared-1] ${path}`)?.bytes;
}
function used(): number {
  const shared = lab.truth.datastores.find(({ name }) => name === 'shared-1');
  return (shared?.capacityBytes ?? 0) - (shared?.freeBytes ?? 0);
}

describe('govc datastore.disk.*', () => {
  it(
    'makes a disk, enlarges it, gives it all its blocks, and attaches it',
    async () => {
      const { govc } = lab;
      expect(await govc.refused('datastore.disk.create', '-size', '1G', 'disks/one.vmdk')).toContain('was not found');
      await govc.ok('datastore.mkdir', 'disks');
      const before = used();
      await govc.ok('datastore.disk.create', '-size', '1G', 'disks/one.vmdk');
      expect(await govc.refused('datastore.disk.create', '-size', '1G', 'disks/one.vmdk')).toContain('already exists');
      await govc.ok('datastore.disk.extend', '-size', '2G', 'disks/one.vmdk');
      expect(used() - before).toBeLessThan(GIGABYTE / 1000);
      await govc.ok('datastore.disk.inflate', 'disks/one.vmdk');
      expect(used() - before).toBeGreaterThanOrEqual(2 * GIGABYTE);
      await govc.ok('datastore.disk.shrink', 'disks/one.vmdk');
      await lab.clone('taker');
      await govc.ok('vm.disk.attach', '-vm', 'taker', '-disk', 'disks/one.vmdk', '-link=false');
      expect(lab.vm('taker').disks[1]).toMatchObject({ capacityBytes: 2 * GIGABYTE });
      expect(await govc.refused('datastore.rm', 'disks/one.vmdk')).toContain('locked');
      expect(await govc.refused('datastore.disk.extend', '-size', '3G', 'disks/one.vmdk')).toContain('locked');
    },
    PATIENCE_MS,
  );
});

describe('govc datastore.cp, mv and rm of a disk', () => {
  it(
    'copies a linked clone’s disk as one file with everything in it',
    async () => {
      const { govc } = lab;
      await lab.clone('source');
      await govc.ok('datastore.mkdir', 'copies');
      await govc.ok('datastore.cp', 'source/source.vmdk', 'copies/flat.vmdk');
      expect(bytesOf('copies/flat.vmdk')).toBeGreaterThanOrEqual(4 * GIGABYTE);
      await govc.ok('datastore.mv', 'copies/flat.vmdk', 'copies/moved.vmdk');
      expect([bytesOf('copies/flat.vmdk'), bytesOf('copies/moved.vmdk')]).toEqual([undefined, expect.any(Number)]);
      expect(await govc.refused('datastore.mv', 'base/base.vmdk', 'copies/base.vmdk')).toContain('locked');
      expect(await govc.refused('datastore.rm', 'base/base.vmdk')).toContain('locked');
      await govc.ok('datastore.rm', 'copies/moved.vmdk');
      expect(bytesOf('copies/moved.vmdk')).toBeUndefined();
      expect(lab.vm('source').disks[0]?.chain.map(({ file }) => file)).toContain('[shared-1] base/base.vmdk');
    },
    PATIENCE_MS,
  );
});
