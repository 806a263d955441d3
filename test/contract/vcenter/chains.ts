// Linked clones and their chains: what createNewChildDiskBacking makes, and what destroying any of them leaves.
import { expect } from '@jest/globals';
import { api, guide, issue } from './support/sources.ts';
import { common, deviates, diskRoom } from './support/expectation.ts';
import { CHILD, chain, clone, cloneArgs, disk, family, layout, linked, machine, snapshot } from './support/machines.ts';
import { el, ref } from './support/wire.ts';

const MOVE = api('VirtualMachineRelocateDiskMoveOptions.createNewChildDiskBacking');
const FULL = 'CloneVM_Task ignores snapshot and diskMoveType: every disk is a flat copy';
const SHARED = guide('Linked Virtual Machines: creating a linked virtual machine from a snapshot');

const folderOf = (path: string): string => path.slice(path.indexOf(']') + 2, path.lastIndexOf('/'));

export const chainRoom = diskRoom(
  'linked clones and chains',
  common('a full clone has a disk without a parent', async (target) => {
    expect(await chain(target, await machine(target))).toHaveLength(1);
  }),
  common('a full clone has files of its own, in a folder of its name', async (target) => {
    const name = target.name('full');
    const [file] = await chain(target, await machine(target, { name }));
    expect(file).toMatch(new RegExp(`^\\[LocalDS_0\\] ${name}/`));
  }),
  common('a full clone is as large as its source', async (target) => {
    const source = await target.path('/DC0/vm/DC0_C0_RP0_VM0');
    const made = await disk(target, await machine(target));
    expect(made.at('capacityInKB')).toBe((await disk(target, source)).at('capacityInKB'));
  }),
  deviates('a linked clone’s disk has a parent', FULL, MOVE, async (target) => {
    expect((await chain(target, (await family(target)).child)).length).toBeGreaterThan(1);
  }),
  deviates('its parent is the file that the snapshot froze', FULL, MOVE, async (target) => {
    const { child, snapshot: from } = await family(target);
    const [, inherited] = await chain(target, child);
    expect(inherited).toBe((await disk(target, from)).at('backing', 'fileName'));
  }),
  deviates('its own file lies in its own folder', FULL, MOVE, async (target) => {
    const { child, parent } = await family(target);
    const [own, inherited] = await chain(target, child);
    expect(folderOf(own ?? '')).toBe(await target.text(child, 'name'));
    expect(folderOf(inherited ?? '')).toBe(await target.text(parent, 'name'));
  }),
  deviates('the chain ends in a base without a parent', FULL, MOVE, async (target) => {
    const { child, parent } = await family(target);
    expect((await chain(target, child)).at(-1)).toBe((await chain(target, parent)).at(-1));
    expect(await chain(target, child)).toHaveLength(2);
  }),
  deviates('a delta says its format', FULL, api('VirtualDiskFlatVer2BackingInfo.deltaDiskFormat'), async (target) => {
    const { child } = await family(target);
    expect((await disk(target, child)).at('backing', 'deltaDiskFormat') ?? '').toMatch(/Format$/);
  }),
  common('a base has no delta format', async (target) => {
    expect((await disk(target, await machine(target))).get('backing', 'deltaDiskFormat')).toBeUndefined();
  }),
  common('a linked clone has no snapshot', async (target) => {
    expect(await target.value((await family(target)).child, 'snapshot')).toBeUndefined();
  }),
  common('a linked clone has its parent’s capacity', async (target) => {
    const { child, parent } = await family(target);
    expect((await disk(target, child)).at('capacityInKB')).toBe((await disk(target, parent)).at('capacityInKB'));
  }),
  deviates(
    'layoutEx shows the chain, the base first',
    FULL,
    api('VirtualMachineFileLayoutExDiskLayout.chain: the disk-unit chain that makes up this virtual disk'),
    async (target) => {
      const { child } = await family(target);
      const shown = (await layout(target, child)).get('disk')?.all('chain') ?? [];
      expect(shown).toHaveLength(2);
    },
  ),
  deviates(
    'layoutEx counts what is shared as not unique',
    FULL,
    api('VirtualMachineFileLayoutExFileInfo.uniqueSize: file blocks that were allocated only in context of this file'),
    async (target) => {
      const { child } = await family(target);
      const files = (await layout(target, child)).all('file').filter((file) => file.at('type') === 'diskExtent');
      expect(
        files.map((file) => file.number('uniqueSize') === file.number('size') || file.number('uniqueSize') === 0),
      ).not.toContain(false);
      expect(files.some((file) => file.number('size') > 0 && file.number('uniqueSize') === 0)).toBe(true);
    },
  ),
  deviates(
    'without a snapshot createNewChildDiskBacking is InvalidArgument',
    FULL,
    issue('vmware/pyvmomi#362: createNewChildDiskBacking without a snapshot is InvalidArgument spec.snapshot'),
    async (target) => {
      const args = await cloneArgs(target, { location: el('diskMoveType', CHILD) });
      const failure = await target.failure('CloneVM_Task', await target.path('/DC0/vm/DC0_C0_RP0_VM0'), args);
      expect([failure?.xsiType, failure?.at('invalidProperty')]).toEqual(['InvalidArgument', 'spec.snapshot']);
    },
  ),
  deviates('a move type that isn’t one is InvalidArgument', FULL, MOVE, async (target) => {
    const args = await cloneArgs(target, { location: el('diskMoveType', 'teleport') });
    expect(await target.fault('CloneVM_Task', await target.path('/DC0/vm/DC0_C0_RP0_VM0'), args)).toBe(
      'InvalidArgument',
    );
  }),
  deviates(
    'a snapshot that was removed is ManagedObjectNotFound',
    FULL,
    api('ManagedObjectNotFound: a request refers to a managed object that no longer exists or has never existed'),
    async (target) => {
      const { parent, snapshot: from } = await family(target);
      await target.done('RemoveSnapshot_Task', from, el('removeChildren', false));
      const args = await cloneArgs(target, { location: el('diskMoveType', CHILD), snapshot: from });
      expect(await target.fault('CloneVM_Task', parent, args)).toBe('ManagedObjectNotFound');
    },
  ),
  deviates(
    'a locator without a move type makes a full copy, whatever the spec says',
    FULL,
    issue(
      'kubernetes-sigs/cluster-api-provider-vsphere#1611: a disk locator without the diskMoveType gives a full clone',
    ),
    async (target) => {
      const parent = await machine(target);
      const from = await snapshot(target, parent);
      const key = (await disk(target, parent)).at('key');
      const datastore = ref('datastore', await target.path('/DC0/datastore/LocalDS_0'));
      const locator = (type?: string): string =>
        el('diskMoveType', CHILD) + el('disk', el('diskId', key) + datastore + el('diskMoveType', type));
      const copy = await clone(target, parent, { snapshot: from, location: locator() });
      const child = await clone(target, parent, { snapshot: from, location: locator(CHILD) });
      expect([(await chain(target, copy)).length, (await chain(target, child)).length]).toEqual([1, 2]);
    },
  ),
  deviates(
    'a clone of a snapshot has the disks of that time, not later ones',
    FULL,
    api(
      'VirtualMachineCloneSpec.snapshot: the same configuration as the virtual machine at the time the snapshot was taken',
    ),
    async (target) => {
      const parent = await machine(target);
      const from = await snapshot(target, parent);
      await snapshot(target, parent, 'later');
      const [, inherited] = await chain(target, await linked(target, parent, from));
      expect(inherited).toBe((await disk(target, from)).at('backing', 'fileName'));
    },
  ),
  deviates('a clone of a clone stands on three files', FULL, SHARED, async (target) => {
    const { child } = await family(target);
    const grandchild = await linked(target, child, await snapshot(target, child));
    expect(await chain(target, grandchild)).toHaveLength(3);
  }),
  deviates('siblings share the base and nothing else', FULL, SHARED, async (target) => {
    const { child, parent, snapshot: from } = await family(target);
    const other = await linked(target, parent, from);
    const [one, two] = [await chain(target, child), await chain(target, other)];
    expect([one.slice(1), one[0] === two[0]]).toEqual([two.slice(1), false]);
    expect(one).toHaveLength(2);
  }),
  common('the source keeps its chain', async (target) => {
    const parent = await machine(target);
    const from = await snapshot(target, parent);
    const before = await chain(target, parent);
    await linked(target, parent, from);
    expect(await chain(target, parent)).toEqual(before);
  }),
);
