// Snapshots with a machine's memory: what they keep, what they take, and what going back to one means.
import { expect } from '@jest/globals';
import { api, guide, types } from './support/sources.ts';
import { common, deviates, diskRoom, vcenterOnly } from './support/expectation.ts';
import { clone, filesIn, linked, machine, reconfigure, snapshot, usage } from './support/machines.ts';
import type { Element, Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { el } from './support/wire.ts';

const REVERT = guide('Reverting to a snapshot: with memory the machine runs as it did, without it is powered off');
const MEGABYTE = 1024 ** 2;

async function running(target: Target): Promise<Ref> {
  const vm = await machine(target);
  await target.done('PowerOnVM_Task', vm);
  return vm;
}
const node = async (target: Target, vm: Ref): Promise<Element | undefined> =>
  (await target.value(vm, 'snapshot.rootSnapshotList'))?.children[0];
const filesOf = async (target: Target, vm: Ref): Promise<readonly string[]> =>
  filesIn(target, (await target.text(vm, 'name')) ?? '');
const isOn = async (target: Target, vm: Ref) => target.text(vm, 'runtime.powerState');

export const memoryRoom = diskRoom(
  'snapshots with memory',
  common('the tree says that the machine ran', async (target) => {
    const vm = await running(target);
    await snapshot(target, vm, 'live', true);
    expect((await node(target, vm))?.at('state')).toBe('poweredOn');
  }),
  common('without memory the tree says that it was off', async (target) => {
    const vm = await running(target);
    await snapshot(target, vm, 'crash', false);
    expect((await node(target, vm))?.at('state')).toBe('poweredOff');
  }),
  common('a machine that is off has no memory to keep', async (target) => {
    const vm = await machine(target);
    await snapshot(target, vm, 'cold', true);
    expect((await node(target, vm))?.at('state')).toBe('poweredOff');
  }),
  deviates(
    'the memory lies in a file of its size',
    'no such file',
    guide('Virtual machine files: .vmem, .vmsn'),
    async (target) => {
      const vm = await running(target);
      await snapshot(target, vm, 'live', true);
      expect((await filesOf(target, vm)).filter((file) => file.endsWith('.vmem'))).toHaveLength(1);
    },
  ),
  deviates(
    'it takes room of the machine’s memory',
    'figures ignore snapshots',
    api('VirtualMachineUsageOnDatastore.committed: storage space actually used by the virtual machine'),
    async (target) => {
      const vm = await running(target);
      const memory = Number(await target.text(vm, 'config.hardware.memoryMB')) * MEGABYTE;
      const before = await usage(target, vm);
      await snapshot(target, vm, 'live', true);
      expect((await usage(target, vm)).committed - before.committed).toBeGreaterThanOrEqual(memory);
    },
  ),
  deviates(
    'layoutEx names the memory in the snapshot’s layout',
    'no memory key',
    api('VirtualMachineFileLayoutExSnapshotLayout.memoryKey'),
    async (target) => {
      const vm = await running(target);
      await snapshot(target, vm, 'live', true);
      await target.must('RefreshStorageInfo', vm);
      const layout = await target.value(vm, 'layoutEx');
      const key = layout?.get('snapshot')?.at('memoryKey');
      const file = layout?.all('file').find((each) => each.at('key') === key);
      expect([file?.at('type'), file?.at('name')]).toEqual(['snapshotMemory', expect.stringMatching(/\.vmem$/)]);
    },
  ),
  deviates(
    'it goes with the snapshot',
    'there was no such file',
    api('RemoveSnapshot_Task: removes this snapshot and deletes any associated storage'),
    async (target) => {
      const vm = await running(target);
      const taken = await snapshot(target, vm, 'live', true);
      const during = await filesOf(target, vm);
      await target.done('RemoveSnapshot_Task', taken, el('removeChildren', false));
      const memory = (files: readonly string[]) => files.some((file) => file.endsWith('.vmem'));
      expect([memory(during), memory(await filesOf(target, vm))]).toEqual([true, false]);
    },
  ),
  deviates('going back to it switches the machine on', 'the power state stays', REVERT, async (target) => {
    const vm = await running(target);
    const taken = await snapshot(target, vm, 'live', true);
    await target.done('PowerOffVM_Task', vm);
    await target.done('RevertToSnapshot_Task', taken);
    expect(await isOn(target, vm)).toBe('poweredOn');
  }),
  common('unless that is suppressed', async (target) => {
    const vm = await running(target);
    const taken = await snapshot(target, vm, 'live', true);
    await target.done('PowerOffVM_Task', vm);
    await target.done('RevertToSnapshot_Task', taken, el('suppressPowerOn', true));
    expect(await isOn(target, vm)).toBe('poweredOff');
  }),
  deviates(
    'going back to one without memory switches a running machine off',
    'the power state stays',
    REVERT,
    async (target) => {
      const vm = await machine(target);
      const taken = await snapshot(target, vm);
      await target.done('PowerOnVM_Task', vm);
      await target.done('RevertToSnapshot_Task', taken);
      expect(await isOn(target, vm)).toBe('poweredOff');
    },
  ),
  deviates(
    'going back takes the settings of then',
    'only currentSnapshot moves',
    guide('Reverting to a snapshot: settings, memory and disks return to the state of the snapshot'),
    async (target) => {
      const vm = await machine(target);
      const taken = await snapshot(target, vm);
      const before = await target.text(vm, 'config.hardware.memoryMB');
      await reconfigure(target, vm, el('memoryMB', 4096));
      await target.done('RevertToSnapshot_Task', taken);
      expect(await target.text(vm, 'config.hardware.memoryMB')).toBe(before);
    },
  ),
  vcenterOnly(
    'an independent disk forbids the memory of a running machine',
    types('fault MemorySnapshotOnIndependentDisk (CreateSnapshot_Task: SnapshotFault)'),
    async (target) => {
      const vm = await clone(target, await target.path('/DC0/vm/Independent'));
      await target.done('PowerOnVM_Task', vm);
      const args = '<name>a</name><memory>true</memory><quiesce>false</quiesce>';
      expect(await target.fault('CreateSnapshot_Task', vm, args)).toBe('MemorySnapshotOnIndependentDisk');
      expect(await target.fault('CreateSnapshot_Task', vm, args.replace('true', 'false'))).toBeUndefined();
    },
  ),
  vcenterOnly(
    'a linked clone of a snapshot with memory is off, and shares its disk',
    api('VirtualMachineCloneSpec.memory: unset or false: the clone is powered off'),
    async (target) => {
      const vm = await running(target);
      const taken = await snapshot(target, vm, 'live', true);
      const child = await linked(target, vm, taken);
      expect(await isOn(target, child)).toBe('poweredOff');
      expect((await filesOf(target, child)).filter((file) => file.endsWith('.vmem'))).toEqual([]);
    },
  ),
  common('quiesced is kept in the tree', async (target) => {
    const vm = await running(target);
    await target.settled(vm, 'guest.toolsRunningStatus', /guestToolsRunning/, 200);
    const args = '<name>quiet</name><memory>false</memory><quiesce>true</quiesce>';
    await target.done('CreateSnapshot_Task', vm, args);
    expect((await node(target, vm))?.at('quiesced')).toBe('true');
  }),
);
