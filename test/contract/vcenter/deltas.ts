// What snapshots do to disks: deltas, merges, and what linked clones of them keep.
import { expect } from '@jest/globals';
import { api, guide, issue, types } from './support/sources.ts';
import { common, deviates, diskRoom, vcenterOnly } from './support/expectation.ts';
import { chain, disk, disks, family, filesIn, layout, machine, snapshot } from './support/machines.ts';
import type { Element, Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { el } from './support/wire.ts';

const NO_DELTA = 'a snapshot leaves the disks as they are: no delta';
const DELTA = guide('Snapshots: disk changes go to a delta file from then on');

async function roots(target: Target, vm: Ref): Promise<readonly Element[]> {
  return (await target.value(vm, 'snapshot.rootSnapshotList'))?.children ?? [];
}
async function nested(target: Target): Promise<{ vm: Ref; one: Ref; two: Ref; three: Ref }> {
  const vm = await machine(target);
  const [one, two, three] = [
    await snapshot(target, vm, 'one'),
    await snapshot(target, vm, 'two'),
    await snapshot(target, vm, 'three'),
  ];
  return { vm, one, two, three };
}
const remove = (target: Target, of: Ref, children: boolean) =>
  target.done('RemoveSnapshot_Task', of, el('removeChildren', children));

export const deltaRoom = diskRoom(
  'snapshots and their files',
  deviates('the disk writes to a delta afterwards', NO_DELTA, DELTA, async (target) => {
    const vm = await machine(target);
    const before = await chain(target, vm);
    await snapshot(target, vm);
    const after = await chain(target, vm);
    expect([after.slice(1), after[0] === before[0]]).toEqual([before, false]);
  }),
  deviates('a delta is called name-000001.vmdk', NO_DELTA, DELTA, async (target) => {
    const vm = await machine(target);
    await snapshot(target, vm);
    expect((await chain(target, vm))[0]).toMatch(/-000001\.vmdk$/);
  }),
  deviates('each snapshot makes the chain longer', NO_DELTA, DELTA, async (target) => {
    expect(await chain(target, (await nested(target)).vm)).toHaveLength(4);
  }),
  deviates('removing one merges its delta', NO_DELTA, DELTA, async (target) => {
    const { vm, two } = await nested(target);
    const before = (await chain(target, vm)).length;
    await remove(target, two, false);
    expect((await chain(target, vm)).length).toBe(before - 1);
  }),
  deviates('removing all brings the base back', NO_DELTA, DELTA, async (target) => {
    const { vm } = await nested(target);
    const base = (await chain(target, vm)).slice(-1);
    const length = (await chain(target, vm)).length;
    await target.done('RemoveAllSnapshots_Task', vm);
    expect([await chain(target, vm), length]).toEqual([base, 4]);
  }),
  deviates(
    'layoutEx knows a snapshot’s disks',
    NO_DELTA,
    api('VirtualMachineFileLayoutExSnapshotLayout.disk: layout of each virtual disk when the snapshot was taken'),
    async (target) => {
      const vm = await machine(target);
      const made = await snapshot(target, vm);
      const shown = await layout(target, vm);
      expect(shown.get('snapshot')?.at('key')).toBe(made.value);
      expect([shown.get('disk')?.all('chain').length, shown.get('snapshot', 'disk')?.all('chain').length]).toEqual([
        2, 1,
      ]);
    },
  ),
  common('a snapshot has a .vmsn file', async (target) => {
    const name = target.name('files');
    await snapshot(target, await machine(target, { name }));
    expect((await filesIn(target, name)).some((file) => file.endsWith('.vmsn'))).toBe(true);
  }),
  deviates(
    'a snapshot under a linked clone can be removed; the clone keeps its base',
    'there is no chain to keep',
    guide('Linked Virtual Machines: Removing Snapshots'),
    async (target) => {
      const { child, snapshot: from } = await family(target);
      const before = await chain(target, child);
      await remove(target, from, false);
      expect(await chain(target, child)).toEqual(before);
      expect(before).toHaveLength(2);
      expect(await target.fault('PowerOnVM_Task', child)).toBeUndefined();
    },
  ),
  deviates(
    '…and its parent then needs consolidation',
    'consolidationNeeded is never set',
    api(
      'VirtualMachineRuntimeInfo.consolidationNeeded: a snapshot is deleted but its disk is not committed back to the base disk',
    ),
    async (target) => {
      const { parent, snapshot: from } = await family(target);
      await remove(target, from, false);
      expect(await target.text(parent, 'runtime.consolidationNeeded')).toBe('true');
    },
  ),
  deviates(
    'RenameSnapshot changes name and description',
    'MethodNotFound',
    types('VirtualMachineSnapshot.RenameSnapshot'),
    async (target) => {
      const vm = await machine(target);
      await target.must('RenameSnapshot', await snapshot(target, vm), el('name', 'new') + el('description', 'other'));
      const [node] = await roots(target, vm);
      expect([node?.at('name'), node?.at('description')]).toEqual(['new', 'other']);
    },
  ),
  deviates(
    'a template takes none',
    'it takes one',
    issue('jetbrains-infra/packer-builder-vsphere#17: templates immutable'),
    async (target) => {
      const vm = await machine(target, { template: true });
      expect(
        await target.fault('CreateSnapshot_Task', vm, el('name', 's') + el('memory', false) + el('quiesce', false)),
      ).toBe('NotSupported');
    },
  ),
  vcenterOnly(
    'RevertToCurrentSnapshot without one is NotFound',
    types('RevertToCurrentSnapshot_Task: NotFound'),
    async (target) => {
      expect(await target.fault('RevertToCurrentSnapshot_Task', await machine(target))).toBe('NotFound');
    },
  ),
  vcenterOnly(
    'an independent disk is left alone',
    api('VirtualDiskMode.independent_persistent: not affected by snapshots'),
    async (target) => {
      const vm = await target.path('/DC0/vm/Independent');
      const made = await snapshot(target, vm);
      const parents = (await disks(target, vm)).map((each) => each.get('backing', 'parent') !== undefined);
      expect([parents, (await disks(target, made)).length]).toEqual([[true, false], 1]);
      await remove(target, made, false);
    },
  ),
  vcenterOnly(
    'a disk that is a LUN in physical mode prevents snapshots',
    api('SnapshotIncompatibleDeviceInVm: for instance if a virtual machine uses a raw disk or a shared bus controller'),
    async (target) => {
      const args = el('name', 's') + el('memory', false) + el('quiesce', false);
      expect(await target.fault('CreateSnapshot_Task', await target.path('/DC0/vm/Raw'), args)).toBe(
        'SnapshotIncompatibleDeviceInVm',
      );
    },
  ),
  common('a new snapshot keeps the capacity', async (target) => {
    const vm = await machine(target);
    const capacity = (await disk(target, vm)).at('capacityInKB');
    await snapshot(target, vm);
    expect((await disk(target, vm)).at('capacityInKB')).toBe(capacity);
  }),
);
