// Templates: what they are, what they refuse, and how machines are made of them.
import { expect } from '@jest/globals';
import { api, issue, types } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import type { Ref } from './support/element.ts';
import { CHILD, chain, clone, cloneArgs, machine } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

async function template(target: Target): Promise<Ref> {
  const vm = await machine(target);
  await target.must('MarkAsTemplate', vm);
  return vm;
}
const pool = (target: Target) => target.path('/DC0/host/DC0_C0/Resources');

export const templateRoom = room(
  'templates',
  common('MarkAsTemplate', async (target) => {
    expect(await target.text(await template(target), 'config.template')).toBe('true');
  }),
  common('summary.config.template says so too', async (target) => {
    expect(await target.text(await template(target), 'summary.config.template')).toBe('true');
  }),
  common('a template belongs to no pool', async (target) => {
    expect(await target.value(await template(target), 'resourcePool')).toBeUndefined();
  }),
  deviates(
    '…and no pool lists it',
    'it stays in ResourcePool.vm',
    api('VirtualMachine.resourcePool: unset for a template'),
    async (target) => {
      const vm = await machine(target);
      const own = (await target.value(vm, 'resourcePool'))?.ref;
      await target.must('MarkAsTemplate', vm);
      expect((await target.value(own ?? vm, 'vm'))?.children.map((each) => each.text)).not.toContain(vm.value);
    },
  ),
  common('a machine that runs can’t become one', async (target) => {
    const vm = await machine(target);
    await target.done('PowerOnVM_Task', vm);
    expect(await target.fault('MarkAsTemplate', vm)).toBe('InvalidPowerState');
  }),
  common('MarkAsTemplate of a template is NotSupported', async (target) => {
    expect(await target.fault('MarkAsTemplate', await template(target))).toBe('NotSupported');
  }),
  common('MarkAsVirtualMachine of a machine is NotSupported', async (target) => {
    expect(await target.fault('MarkAsVirtualMachine', await machine(target), ref('pool', await pool(target)))).toBe(
      'NotSupported',
    );
  }),
  common('MarkAsVirtualMachine brings it back', async (target) => {
    const vm = await template(target);
    await target.must('MarkAsVirtualMachine', vm, ref('pool', await pool(target)));
    expect([await target.text(vm, 'config.template'), await target.text(vm, 'resourcePool')]).toEqual([
      'false',
      (await pool(target)).value,
    ]);
    expect(await target.fault('PowerOnVM_Task', vm)).toBeUndefined();
  }),
  common('a template can’t be powered on', async (target) => {
    expect(await target.fault('PowerOnVM_Task', await template(target))).toMatch(/^(InvalidState|NotSupported)$/);
  }),
  common('a clone of a template needs a pool', async (target) => {
    const failure = await target.failure('CloneVM_Task', await template(target), await cloneArgs(target));
    expect([failure?.xsiType, failure?.at('invalidProperty')]).toEqual(['InvalidArgument', 'spec.location.pool']);
  }),
  common('with a pool it’s a machine', async (target) => {
    const vm = await clone(target, await template(target), { location: ref('pool', await pool(target)) });
    expect([await target.text(vm, 'config.template'), await target.text(vm, 'resourcePool')]).toEqual([
      'false',
      (await pool(target)).value,
    ]);
  }),
  common('a clone can be a template', async (target) => {
    expect(await target.text(await machine(target, { template: true }), 'config.template')).toBe('true');
  }),
  common('a template doesn’t run after powerOn', async (target) => {
    expect(await target.text(await machine(target, { template: true, powerOn: true }), 'runtime.powerState')).toBe(
      'poweredOff',
    );
  }),
  common('a template takes a new note', async (target) => {
    const vm = await template(target);
    await target.done('ReconfigVM_Task', vm, el('spec', el('annotation', 'noted')));
    expect(await target.text(vm, 'config.annotation')).toBe('noted');
  }),
  common('a template takes no new hardware', async (target) => {
    expect(await target.fault('ReconfigVM_Task', await template(target), el('spec', el('numCPUs', 2)))).toBe(
      'NotSupported',
    );
  }),
  common('a template can be destroyed', async (target) => {
    const vm = await template(target);
    await target.done('Destroy_Task', vm);
    expect(await target.fault('MarkAsVirtualMachine', vm, ref('pool', await pool(target)))).toBe(
      'ManagedObjectNotFound',
    );
  }),
  vcenterOnly(
    'a template with a snapshot can be linked-cloned',
    issue('jetbrains-infra/packer-builder-vsphere#17: snapshot first, then template'),
    async (target) => {
      const master = await target.path('/DC0/vm/Master');
      const from = (await target.value(master, 'snapshot.currentSnapshot'))?.ref;
      if (from === undefined) throw new Error('no snapshot');
      const vm = await clone(target, master, {
        location: el('diskMoveType', CHILD) + ref('pool', await pool(target)),
        snapshot: from,
      });
      expect((await chain(target, vm)).length).toBeGreaterThan(1);
    },
  ),
  vcenterOnly('a template isn’t customized', types('CustomizeVM_Task'), async (target) => {
    const spec =
      '<spec><options xsi:type="CustomizationLinuxOptions"/><identity xsi:type="CustomizationLinuxPrep"><hostName xsi:type="CustomizationFixedName"><name>x</name></hostName><domain>lab</domain></identity><globalIPSettings/></spec>';
    expect(await target.fault('CustomizeVM_Task', await template(target), spec)).toBe('NotSupported');
  }),
);
