// Random lives of an inventory for tests of what is kept and brought back, and what must hold for it whatever happened.
import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { VimFault } from '../../../../src/simulator/core/vim-fault.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { holdsOf } from '../../../../src/simulator/vm/vm.ts';
import type { Vcenter } from '../model/harness.ts';
import { linkedClone } from '../model/inventories.ts';

const OPERATIONS = ['clone', 'snapshot', 'removeAll', 'on', 'off', 'destroy', 'unregister', 'promote'] as const;
export const steps = fc.array(fc.tuple(fc.constantFrom(...OPERATIONS), fc.nat(20)), { maxLength: 12 });

/** Plays a story; faults are answers. Names start with `tag`. */
export async function play(
  vc: Vcenter,
  story: readonly (readonly [(typeof OPERATIONS)[number], number])[],
  tag: string,
): Promise<void> {
  for (const [index, [operation, pick]] of story.entries()) {
    const { vms } = vc.describe();
    const vm = { type: 'VirtualMachine', value: vms[pick % vms.length]?.moRef ?? '' };
    if (vms.length === 0) return;
    const run = (method: string, args = {}): Promise<unknown> => vc.run(vm, method, args);
    const actions = {
      clone: () => run('CloneVM_Task', linkedClone(vc, vm, { name: `${tag}${index}` })),
      snapshot: () => run('CreateSnapshot_Task', { name: tag, memory: false, quiesce: false }),
      removeAll: () => run('RemoveAllSnapshots_Task'),
      on: () => run('PowerOnVM_Task'),
      off: () => run('PowerOffVM_Task'),
      destroy: () => run('Destroy_Task'),
      unregister: () => vc.call(vm, 'UnregisterVM'),
      promote: () => run('PromoteDisks_Task', { unlink: true }),
    };
    try {
      await actions[operation]();
    } catch (error) {
      if (!(error instanceof VimFault)) throw error;
    }
  }
}

/** The books are right. */
export function check(vc: Vcenter): void {
  const model = modelOf(vc.world);
  for (const datastore of vc.describe().datastores)
    expect(datastore.capacityBytes - datastore.freeBytes).toBe(
      datastore.files.reduce((sum, file) => sum + file.bytes, 0),
    );
  const holds = new Map<unknown, number>();
  for (const vm of model.vms.all) for (const file of holdsOf(vm)) holds.set(file, (holds.get(file) ?? 0) + 1);
  for (const [file, count] of holds) expect((file as { holds: number }).holds).toBe(count);
  for (const folder of vc.world.registry.ofType('Folder')) {
    const children = folder.get('childEntity') as readonly MoRef[];
    const all = children.map((ref) => vc.object(ref));
    for (const child of all) expect(child.get('parent')).toEqual(folder.ref);
    expect(new Set(all.map((child) => child.get('name'))).size).toBe(all.length);
  }
  for (const vm of model.vms.all) {
    expect(vc.world.registry.get(vm.object.ref)).toBe(vm.object);
    expect(vc.get(vm.object.get('runtime.host') as MoRef, 'vm')).toContainEqual(vm.object.ref);
  }
}

/** Orphans go, the unregistered come back, then everything is destroyed. */
export async function clear(vc: Vcenter): Promise<void> {
  for (const vm of vc.describe().vms) {
    const ref = { type: 'VirtualMachine', value: vm.moRef };
    if (vc.get(ref, 'runtime.connectionState') === 'orphaned') vc.call(ref, 'UnregisterVM');
  }
  for (const [index, vm] of [...modelOf(vc.world).vms.unregistered].entries()) {
    const pool = vc.get(vc.named('ClusterComputeResource', 'C1'), 'resourcePool');
    await vc.must(vc.named('Folder', 'labs'), 'RegisterVM_Task', {
      path: vm.home.vmxPath,
      name: `back-${index}`,
      asTemplate: false,
      pool,
    });
  }
  for (const vm of vc.describe().vms) {
    const ref = { type: 'VirtualMachine', value: vm.moRef };
    if (vm.power !== 'poweredOff') await vc.must(ref, 'PowerOffVM_Task');
    await vc.must(ref, 'Destroy_Task');
  }
}
