// Linked clones and their ends: what destroying one of a family leaves to the others, and what isn’t possible on a chain.
import { expect } from '@jest/globals';
import { api, issue } from './support/sources.ts';
import { common, deviates, diskRoom, vcenterOnly } from './support/expectation.ts';
import { ALL_FILES, CHILD, chain, clone, cloneArgs, disk, disks, family, filesIn, linked } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const MOVE = api('VirtualMachineRelocateDiskMoveOptions.createNewChildDiskBacking');
const FULL = 'CloneVM_Task ignores snapshot and diskMoveType: every disk is a flat copy';
const DESTROY = issue('vmware/vic#1383, nsidc/vagrant-vsphere#211');

const folderOf = (path: string): string => path.slice(path.indexOf(']') + 2, path.lastIndexOf('/'));
const twoDisks = async (target: Target) => {
  const parent = await target.path('/DC0/vm/Two Disks');
  const from = (await target.value(parent, 'snapshot.currentSnapshot'))?.ref;
  if (from === undefined) throw new Error('no snapshot');
  return { parent, from };
};

export const chainEndRoom = diskRoom(
  'ends of chains',
  deviates('destroying the parent keeps the base that a child stands on', FULL, DESTROY, async (target) => {
    const { child, parent } = await family(target);
    const base = (await chain(target, child)).at(-1) ?? '';
    const folder = folderOf(base);
    expect(await chain(target, child)).toHaveLength(2);
    await target.done('Destroy_Task', parent);
    expect(await filesIn(target, folder)).toContain(base.slice(base.lastIndexOf('/') + 1));
    expect(await target.fault('PowerOnVM_Task', child)).toBeUndefined();
  }),
  deviates('destroying the last child of a parent that is gone takes the base', FULL, DESTROY, async (target) => {
    const { child, parent } = await family(target);
    const folder = folderOf((await chain(target, child)).at(-1) ?? '');
    expect(await chain(target, child)).toHaveLength(2);
    await target.done('Destroy_Task', parent);
    const left = (await filesIn(target, folder)).length;
    await target.done('Destroy_Task', child);
    expect(left).toBeGreaterThan(0);
    expect(
      await target.fault(
        'SearchDatastore_Task',
        await browser(target),
        el('datastorePath', `[LocalDS_0] ${folder}`) + ALL_FILES,
      ),
    ).toBe('FileNotFound');
  }),
  deviates('unregistering the parent and destroying the child takes the base', FULL, DESTROY, async (target) => {
    const { child, parent } = await family(target);
    const base = (await chain(target, child)).at(-1) ?? '';
    await target.must('UnregisterVM', parent);
    await target.done('Destroy_Task', child);
    expect(await filesIn(target, folderOf(base))).not.toContain(base.slice(base.lastIndexOf('/') + 1));
  }),
  common('destroying a child leaves its parent as it was', async (target) => {
    const { child, parent } = await family(target);
    const before = await chain(target, parent);
    await target.done('Destroy_Task', child);
    expect(await chain(target, parent)).toEqual(before);
    expect(await target.fault('PowerOnVM_Task', parent)).toBeUndefined();
  }),
  deviates(
    'a child’s disk can’t be expanded',
    FULL,
    issue('kubernetes-sigs/cluster-api-provider-vsphere#1189: Disks with parents cannot be expanded'),
    async (target) => {
      const { child } = await family(target);
      const own = await disk(target, child);
      const device = `<device xsi:type="VirtualDisk">${el('key', own.at('key'))}<backing xsi:type="VirtualDiskFlatVer2BackingInfo">${el('fileName', own.at('backing', 'fileName'))}${el('diskMode', 'persistent')}</backing>${el('controllerKey', own.at('controllerKey'))}${el('unitNumber', own.at('unitNumber'))}${el('capacityInKB', 20 * 1024 ** 2)}</device>`;
      expect(
        await target.fault(
          'ReconfigVM_Task',
          child,
          el('spec', `<deviceChange><operation>edit</operation>${device}</deviceChange>`),
        ),
      ).toBe('InvalidDeviceOperation');
    },
  ),
  vcenterOnly('every disk of a linked clone is linked', MOVE, async (target) => {
    const { parent, from } = await twoDisks(target);
    const made = await disks(target, await linked(target, parent, from));
    expect(made.map((each) => each.get('backing', 'parent') !== undefined)).toEqual([true, true]);
  }),
  vcenterOnly(
    'a locator decides for its own disk only',
    issue(
      'kubernetes-sigs/cluster-api-provider-vsphere#1611: a disk locator without the diskMoveType gives a full clone',
    ),
    async (target) => {
      const { parent, from } = await twoDisks(target);
      const [first] = await disks(target, parent);
      const datastore = ref('datastore', await target.path('/DC0/datastore/LocalDS_0'));
      const location = el('diskMoveType', CHILD) + el('disk', el('diskId', first?.at('key')) + datastore);
      const made = await disks(target, await clone(target, parent, { snapshot: from, location }));
      expect(made.map((each) => each.get('backing', 'parent') !== undefined)).toEqual([false, true]);
    },
  ),
  vcenterOnly(
    'a child may lie on another datastore than its base',
    api('VirtualMachineRelocateSpec.datastore: if not specified, the current datastore is used'),
    async (target) => {
      const { parent, from } = await twoDisks(target);
      const location = ref('datastore', await target.path('/DC0/datastore/Second')) + el('diskMoveType', CHILD);
      const files = await chain(target, await clone(target, parent, { snapshot: from, location }));
      expect(files.map((file) => file.slice(0, file.indexOf(']') + 1))).toEqual(['[Second]', '[LocalDS_0]']);
    },
  ),
  vcenterOnly(
    'a snapshot of another machine is none',
    api('ManagedObjectNotFound: a request refers to a managed object that no longer exists or has never existed'),
    async (target) => {
      const { from } = await twoDisks(target);
      const args = await cloneArgs(target, { location: el('diskMoveType', CHILD), snapshot: from });
      expect(await target.fault('CloneVM_Task', await target.path('/DC0/vm/DC0_C0_RP0_VM0'), args)).toBe(
        'ManagedObjectNotFound',
      );
    },
  ),
);

async function browser(target: Target) {
  const found = await target.value(await target.path('/DC0/datastore/LocalDS_0'), 'browser');
  if (found === undefined) throw new Error('no browser');
  return found.ref;
}
