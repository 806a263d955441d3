// Virtual disks without a machine: VirtualDiskManager on files of a datastore.
import { expect } from '@jest/globals';
import { api, types } from './support/sources.ts';
import { common, diskRoom, vcenterOnly } from './support/expectation.ts';
import { filesIn, freeSpace, linked, machine, snapshot } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const GIGABYTE = 1024 ** 3;
const manager = (target: Target) => target.manager('virtualDiskManager');
const SPEC = el(
  'spec',
  '<diskType>thin</diskType><adapterType>lsiLogic</adapterType><capacityKb>1048576</capacityKb>',
  'FileBackedVirtualDiskSpec',
);

async function folder(target: Target): Promise<string> {
  const name = target.name('disks');
  const datacenter = ref('datacenter', await target.path('/DC0'));
  await target.must('MakeDirectory', target.manager('fileManager'), el('name', `[LocalDS_0] ${name}`) + datacenter);
  return name;
}
const at = async (target: Target, path: string): Promise<string> =>
  el('name', `[LocalDS_0] ${path}`) + ref('datacenter', await target.path('/DC0'));

async function diskIn(target: Target): Promise<{ readonly within: string; readonly path: string }> {
  const within = await folder(target);
  const path = `${within}/one.vmdk`;
  await target.done('CreateVirtualDisk_Task', manager(target), (await at(target, path)) + SPEC);
  return { within, path };
}
async function twoPaths(target: Target, from: string, to: string, more = ''): Promise<string> {
  const datacenter = await target.path('/DC0');
  return (
    el('sourceName', `[LocalDS_0] ${from}`) +
    ref('sourceDatacenter', datacenter) +
    el('destName', `[LocalDS_0] ${to}`) +
    ref('destDatacenter', datacenter) +
    more
  );
}

export const virtualDiskRoom = diskRoom(
  'virtual disks without a machine',
  common('a disk that is made is a file', async (target) => {
    const { within } = await diskIn(target);
    expect(await filesIn(target, within)).toContain('one.vmdk');
  }),
  common('a disk that is there isn’t made again: FileAlreadyExists', async (target) => {
    const { path } = await diskIn(target);
    const args = (await at(target, path)) + SPEC;
    expect(await target.fault('CreateVirtualDisk_Task', manager(target), args)).toBe('FileAlreadyExists');
  }),
  common('a disk that is deleted is gone', async (target) => {
    const { within, path } = await diskIn(target);
    await target.done('DeleteVirtualDisk_Task', manager(target), await at(target, path));
    expect(await filesIn(target, within)).not.toContain('one.vmdk');
  }),
  common('a disk that isn’t there can’t be deleted: FileNotFound', async (target) => {
    const within = await folder(target);
    expect(await target.fault('DeleteVirtualDisk_Task', manager(target), await at(target, `${within}/none.vmdk`))).toBe(
      'FileNotFound',
    );
  }),
  common('a disk is moved', async (target) => {
    const { within, path } = await diskIn(target);
    await target.done('MoveVirtualDisk_Task', manager(target), await twoPaths(target, path, `${within}/two.vmdk`));
    const files = await filesIn(target, within);
    expect([files.includes('one.vmdk'), files.includes('two.vmdk')]).toEqual([false, true]);
  }),
  common('a disk is copied', async (target) => {
    const { within, path } = await diskIn(target);
    await target.done('CopyVirtualDisk_Task', manager(target), await twoPaths(target, path, `${within}/two.vmdk`));
    expect(await filesIn(target, within)).toEqual(expect.arrayContaining(['one.vmdk', 'two.vmdk']));
  }),
  common('a disk has a uuid', async (target) => {
    const { path } = await diskIn(target);
    expect((await target.one('QueryVirtualDiskUuid', manager(target), await at(target, path))).text).toMatch(/\S/);
  }),
  vcenterOnly(
    'a thin disk takes no room, an inflated one its capacity',
    api(
      'VirtualDiskManager.InflateVirtualDisk_Task: inflates a sparse or thin-provisioned virtual disk up to the full size',
    ),
    async (target) => {
      const before = await freeSpace(target);
      const { path } = await diskIn(target);
      const thin = before - (await freeSpace(target));
      await target.done('InflateVirtualDisk_Task', manager(target), await at(target, path));
      expect([thin < GIGABYTE / 1000, before - (await freeSpace(target)) >= GIGABYTE]).toEqual([true, true]);
    },
  ),
  vcenterOnly(
    'a disk isn’t made smaller',
    api('VirtualDiskManager.ExtendVirtualDisk_Task: InvalidArgument if the new capacity is smaller'),
    async (target) => {
      const { path } = await diskIn(target);
      const args = (await at(target, path)) + el('newCapacityKb', 1024);
      expect(await target.fault('ExtendVirtualDisk_Task', manager(target), args)).toBe('InvalidArgument');
    },
  ),
  vcenterOnly(
    'a disk that a machine needs, or a clone of it, isn’t deleted',
    types('VirtualDiskManager.DeleteVirtualDisk_Task: FileFault'),
    async (target) => {
      const parent = await machine(target);
      const name = await target.text(parent, 'name');
      await linked(target, parent, await snapshot(target, parent));
      const args = await at(target, `${name}/${name}.vmdk`);
      expect(await target.fault('DeleteVirtualDisk_Task', manager(target), args)).toBe('FileLocked');
    },
  ),
  vcenterOnly(
    'a copy of a delta is a disk without a parent, with all that is in the chain',
    api('VirtualDiskManager.CopyVirtualDisk_Task: copy a virtual disk, performing conversions as specified'),
    async (target) => {
      const parent = await machine(target);
      const child = await linked(target, parent, await snapshot(target, parent));
      const name = await target.text(child, 'name');
      const within = await folder(target);
      const before = await freeSpace(target);
      await target.done(
        'CopyVirtualDisk_Task',
        manager(target),
        await twoPaths(target, `${name}/${name}.vmdk`, `${within}/copy.vmdk`),
      );
      expect(before - (await freeSpace(target))).toBeGreaterThanOrEqual(3 * GIGABYTE);
    },
  ),
);
