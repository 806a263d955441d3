// Snapshots: the tree, what removing and reverting leave, and the files below.
import { expect } from '@jest/globals';
import { api, guide } from './support/sources.ts';
import { common, deviates, room } from './support/expectation.ts';
import { machine, reconfigure, snapshot } from './support/machines.ts';
import type { Element, Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { el } from './support/wire.ts';

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
const names = (nodes: readonly Element[]): readonly unknown[] =>
  nodes.map((node) => [node.at('name'), names(node.all('childSnapshotList'))]);
const current = async (target: Target, vm: Ref) => (await target.value(vm, 'snapshot.currentSnapshot'))?.text;
const remove = (target: Target, of: Ref, children: boolean) =>
  target.done('RemoveSnapshot_Task', of, el('removeChildren', children));

export const snapshotRoom = room(
  'snapshots',
  common('a machine without snapshots has no snapshot property', async (target) => {
    expect(await target.value(await machine(target), 'snapshot')).toBeUndefined();
  }),
  common('the task’s result is the snapshot, and it is the current one', async (target) => {
    const vm = await machine(target);
    const made = await snapshot(target, vm);
    expect([made.type, await current(target, vm)]).toEqual(['VirtualMachineSnapshot', made.value]);
  }),
  ...(
    [
      ['name', 'base'],
      ['description', 'about base'],
      ['state', 'poweredOff'],
      ['quiesced', 'false'],
    ] as const
  ).map(([field, value]) =>
    common(`a tree node has ${field}`, async (target) => {
      const vm = await machine(target);
      await snapshot(target, vm);
      expect((await roots(target, vm))[0]?.at(field)).toBe(value);
    }),
  ),
  common('a tree node names snapshot, machine and time', async (target) => {
    const vm = await machine(target);
    const made = await snapshot(target, vm);
    const [node] = await roots(target, vm);
    expect([node?.at('snapshot'), node?.at('vm')]).toEqual([made.value, vm.value]);
    expect(node?.at('createTime')).toMatch(/^\d{4}-\d\d-\d\dT/);
  }),
  common('snapshots are below each other', async (target) => {
    const { vm, three } = await nested(target);
    expect(names(await roots(target, vm))).toEqual([['one', [['two', [['three', []]]]]]]);
    expect(await current(target, vm)).toBe(three.value);
  }),
  common('names may repeat', async (target) => {
    const vm = await machine(target);
    expect((await snapshot(target, vm)).value).not.toBe((await snapshot(target, vm)).value);
  }),
  common('removing one puts its children in its place', async (target) => {
    const { vm, two } = await nested(target);
    await remove(target, two, false);
    expect(names(await roots(target, vm))).toEqual([['one', [['three', []]]]]);
  }),
  common('removing with children removes all below', async (target) => {
    const { vm, two } = await nested(target);
    await remove(target, two, true);
    expect(names(await roots(target, vm))).toEqual([['one', []]]);
  }),
  deviates(
    '…and the one above is the current one',
    'a removed one stays current',
    api('VirtualMachineSnapshotInfo.currentSnapshot: set by reverting to a snapshot or by creating one'),
    async (target) => {
      const { vm, two, one } = await nested(target);
      await remove(target, two, true);
      expect(await current(target, vm)).toBe(one.value);
    },
  ),
  common('removing the current one makes its parent current', async (target) => {
    const { vm, two, three } = await nested(target);
    await remove(target, three, false);
    expect(await current(target, vm)).toBe(two.value);
  }),
  common('removing the last one leaves no snapshot property', async (target) => {
    const vm = await machine(target);
    await remove(target, await snapshot(target, vm), false);
    expect(await target.value(vm, 'snapshot')).toBeUndefined();
  }),
  common('a removed snapshot is ManagedObjectNotFound', async (target) => {
    const vm = await machine(target);
    const made = await snapshot(target, vm);
    await remove(target, made, false);
    expect(await target.fault('RemoveSnapshot_Task', made, el('removeChildren', false))).toBe('ManagedObjectNotFound');
  }),
  common('RemoveAllSnapshots removes all', async (target) => {
    const { vm } = await nested(target);
    await target.done('RemoveAllSnapshots_Task', vm);
    expect(await target.value(vm, 'snapshot')).toBeUndefined();
  }),
  common('reverting makes that snapshot current', async (target) => {
    const { vm, one } = await nested(target);
    await target.done('RevertToSnapshot_Task', one);
    expect(await current(target, vm)).toBe(one.value);
  }),
  common('a snapshot after a revert is a branch', async (target) => {
    const { vm, one } = await nested(target);
    await target.done('RevertToSnapshot_Task', one);
    await snapshot(target, vm, 'branch');
    const [root] = await roots(target, vm);
    expect(root?.all('childSnapshotList').map((node) => node.at('name'))).toEqual(['two', 'branch']);
  }),
  deviates(
    'reverting brings the configuration back',
    'only the current snapshot moves',
    guide(
      'Reverting to a Snapshot: the virtual machine returns to the state that it was in when the snapshot was taken',
    ),
    async (target) => {
      const vm = await machine(target);
      const memory = await target.text(vm, 'config.hardware.memoryMB');
      const made = await snapshot(target, vm);
      await reconfigure(target, vm, el('memoryMB', 1024));
      await target.done('RevertToSnapshot_Task', made);
      expect(await target.text(vm, 'config.hardware.memoryMB')).toBe(memory);
    },
  ),
  deviates(
    'reverting to a snapshot without memory powers off',
    'the machine goes on running',
    guide(
      'Reverting to a Snapshot: the virtual machine returns to the state that it was in when the snapshot was taken',
    ),
    async (target) => {
      const vm = await machine(target);
      const made = await snapshot(target, vm);
      await target.done('PowerOnVM_Task', vm);
      await target.done('RevertToSnapshot_Task', made);
      expect(await target.text(vm, 'runtime.powerState')).toBe('poweredOff');
    },
  ),
  common('a snapshot keeps the configuration of its time', async (target) => {
    const vm = await machine(target);
    const made = await snapshot(target, vm);
    const memory = await target.text(vm, 'config.hardware.memoryMB');
    await reconfigure(target, vm, el('memoryMB', 2048));
    expect(await target.text(made, 'config.hardware.memoryMB')).toBe(memory);
  }),
  common('a snapshot names its machine', async (target) => {
    const vm = await machine(target);
    expect((await target.value(await snapshot(target, vm), 'vm'))?.text).toBe(vm.value);
  }),
);
