// Relocate and promote: where chains end.
import { expect } from '@jest/globals';
import { api } from './support/sources.ts';
import { common, deviates, diskRoom, vcenterOnly } from './support/expectation.ts';
import { chain, disk, family, linked, machine, snapshot, usage } from './support/machines.ts';
import type { Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const CLUSTER = '/DC0/host/DC0_C0';
const NO_CHAIN = 'CloneVM_Task makes no chain to promote';
const PROMOTE = api(
  'VirtualMachine.PromoteDisks_Task: without disks, all delta disk backings; unlink copies what is shared',
);
const RELOCATE = api('VirtualMachineRelocateSpec.diskMoveType: unset is moveAllDiskBackingsAndDisallowSharing');

async function to(target: Target, datastore: string, moveType?: string): Promise<string> {
  const place = ref('datastore', await target.path(`/DC0/datastore/${datastore}`));
  return el('spec', place + el('diskMoveType', moveType));
}
/** A host that the machine isn't on: vcsim places its machines at random. */
async function otherHost(target: Target, vm: Ref): Promise<Ref> {
  const current = await target.text(vm, 'runtime.host');
  const [one, two] = [await target.path(`${CLUSTER}/DC0_C0_H1`), await target.path(`${CLUSTER}/DC0_C0_H2`)];
  return one.value === current ? two : one;
}
const promote = (target: Target, vm: Ref, unlink = true) => target.done('PromoteDisks_Task', vm, el('unlink', unlink));

export const movingRoom = diskRoom(
  'relocate and promote',
  common('promoting a machine that shares nothing succeeds', async (target) => {
    const vm = await machine(target);
    const before = await chain(target, vm);
    await promote(target, vm);
    expect(await chain(target, vm)).toEqual(before);
  }),
  deviates('promoting without a list promotes every disk', NO_CHAIN, PROMOTE, async (target) => {
    const { child } = await family(target);
    const before = await chain(target, child);
    await promote(target, child);
    expect([before.length, (await chain(target, child)).length]).toEqual([2, 1]);
  }),
  deviates('a promoted machine shares nothing', NO_CHAIN, PROMOTE, async (target) => {
    const { child } = await family(target);
    const before = await usage(target, child);
    await promote(target, child);
    const after = await usage(target, child);
    expect([before.unshared < before.committed, after.unshared === after.committed]).toEqual([true, true]);
  }),
  deviates('promoting one child leaves the other linked', NO_CHAIN, PROMOTE, async (target) => {
    const { child, parent, snapshot: from } = await family(target);
    const other = await linked(target, parent, from);
    await promote(target, child);
    expect((await chain(target, other)).length).toBe(2);
  }),
  deviates('a promoted machine outlives base and parent', NO_CHAIN, PROMOTE, async (target) => {
    const { child, parent } = await family(target);
    expect((await chain(target, child)).length).toBe(2);
    await promote(target, child);
    await target.done('Destroy_Task', parent);
    expect(await target.fault('PowerOnVM_Task', child)).toBeUndefined();
  }),
  deviates('the base is the parent’s own again', NO_CHAIN, PROMOTE, async (target) => {
    const { child, parent } = await family(target);
    const before = await usage(target, parent);
    await promote(target, child);
    const after = await usage(target, parent);
    expect([before.unshared < before.committed, after.unshared === after.committed]).toEqual([true, true]);
  }),
  deviates('without unlink what is shared stays so', NO_CHAIN, PROMOTE, async (target) => {
    const { child } = await family(target);
    await promote(target, child, false);
    expect(await chain(target, child)).toHaveLength(2);
  }),
  vcenterOnly('only the disks of the list are promoted', PROMOTE, async (target) => {
    const parent = await target.path('/DC0/vm/Two Disks');
    const from = (await target.value(parent, 'snapshot.currentSnapshot'))?.ref;
    if (from === undefined) throw new Error('no snapshot');
    const child = await linked(target, parent, from);
    const own = await disk(target, child);
    const device = `<disks>${el('key', own.at('key'))}<backing xsi:type="VirtualDiskFlatVer2BackingInfo">${el('fileName', own.at('backing', 'fileName'))}${el('diskMode', 'persistent')}</backing>${el('capacityInKB', own.at('capacityInKB'))}</disks>`;
    await target.done('PromoteDisks_Task', child, el('unlink', true) + device);
    const all =
      (await target.value(child, 'config.hardware.device'))?.children.filter(
        (each) => each.xsiType === 'VirtualDisk',
      ) ?? [];
    expect(all.map((each) => each.get('backing', 'parent') !== undefined)).toEqual([false, true]);
  }),
  vcenterOnly('a promoted machine keeps its snapshot, and its disk stands on it', PROMOTE, async (target) => {
    const { child } = await family(target);
    const kept = await snapshot(target, child);
    const [leaf] = await chain(target, child);
    await promote(target, child);
    const after = await chain(target, child);
    expect(after.slice(0, 2)).toEqual([leaf, (await disk(target, kept)).at('backing', 'fileName')]);
  }),
  vcenterOnly('a shared backing that a snapshot of the machine points at is left', PROMOTE, async (target) => {
    const { parent, child } = await family(target);
    const before = [await chain(target, parent), await chain(target, child)];
    await promote(target, parent);
    expect([await chain(target, parent), await chain(target, child)]).toEqual(before);
  }),
  vcenterOnly('a move to another datastore flattens a linked clone', RELOCATE, async (target) => {
    const { child } = await family(target);
    await target.done('RelocateVM_Task', child, await to(target, 'Second'));
    const files = await chain(target, child);
    expect([files.length, files[0]?.startsWith('[Second] ')]).toEqual([1, true]);
  }),
  vcenterOnly('a move takes the machine’s configuration file along', RELOCATE, async (target) => {
    const vm = await machine(target);
    await target.done('RelocateVM_Task', vm, await to(target, 'Second'));
    expect(await target.text(vm, 'config.files.vmPathName')).toMatch(/^\[Second\] /);
    expect((await target.value(vm, 'datastore'))?.children.map((each) => each.text)).toEqual([
      (await target.path('/DC0/datastore/Second')).value,
    ]);
  }),
  vcenterOnly(
    'moveChildMostDiskBacking moves only the leaf',
    api('VirtualMachineRelocateDiskMoveOptions.moveChildMostDiskBacking: move only the child-most disk backing'),
    async (target) => {
      const { child } = await family(target);
      const before = await chain(target, child);
      await target.done('RelocateVM_Task', child, await to(target, 'Second', 'moveChildMostDiskBacking'));
      const after = await chain(target, child);
      expect([after[0]?.startsWith('[Second] '), after.slice(1)]).toEqual([true, before.slice(1)]);
    },
  ),
  vcenterOnly(
    'what a move freed is free, what it took is taken',
    api('DatastoreSummary.freeSpace: available space of this datastore, in bytes'),
    async (target) => {
      const vm = await machine(target);
      const free = async (name: string) =>
        Number(await target.text(await target.path(`/DC0/datastore/${name}`), 'summary.freeSpace'));
      const before = [await free('LocalDS_0'), await free('Second')];
      await target.done('RelocateVM_Task', vm, await to(target, 'Second'));
      const bytes = (await usage(target, vm)).committed;
      expect([await free('LocalDS_0'), await free('Second')]).toEqual([
        (before[0] ?? 0) + bytes,
        (before[1] ?? 0) - bytes,
      ]);
    },
  ),
  vcenterOnly(
    'a move to a datastore without room is NoDiskSpace and changes nothing',
    api('NoDiskSpace: an operation fails because of insufficient disk space'),
    async (target) => {
      const vm = await machine(target);
      const before = await chain(target, vm);
      expect(await target.fault('RelocateVM_Task', vm, await to(target, 'Tiny'))).toBe('NoDiskSpace');
      expect(await chain(target, vm)).toEqual(before);
    },
  ),
  common('a move to another host changes runtime.host', async (target) => {
    const vm = await machine(target);
    const host = await otherHost(target, vm);
    await target.done('RelocateVM_Task', vm, el('spec', ref('host', host)));
    expect(await target.text(vm, 'runtime.host')).toBe(host.value);
  }),
  deviates(
    '…and the host lists it',
    'the new host’s list of machines stays as it was',
    api('HostSystem.vm: list of virtual machines associated with this host'),
    async (target) => {
      const vm = await machine(target);
      const host = await otherHost(target, vm);
      await target.done('RelocateVM_Task', vm, el('spec', ref('host', host)));
      expect((await target.value(host, 'vm'))?.children.map((each) => each.text)).toContain(vm.value);
    },
  ),
  common('a move to a folder changes the parent', async (target) => {
    const vm = await machine(target);
    const [folder] = (await target.must('CreateFolder', await target.path('/DC0/vm'), el('name', target.name('into'))))
      .values;
    await target.done('RelocateVM_Task', vm, el('spec', ref('folder', folder?.ref)));
    expect(await target.text(vm, 'parent')).toBe(folder?.text);
  }),
);
