// Resource pools: made, changed, moved and taken away, with what is in them.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import { INSTANT, linkedClone } from './inventories.ts';

const SPEC = { cpuAllocation: { shares: { level: 'high', shares: 0 } }, memoryAllocation: { limit: 4096 } };

interface Lab {
  readonly vc: Vcenter;
  readonly root: MoRef;
  readonly labs: MoRef;
}

function lab(): Lab {
  const vc = new Vcenter(INSTANT);
  const root = vc.get(vc.named('ClusterComputeResource', 'C1'), 'resourcePool') as MoRef;
  return { vc, root, labs: vc.named('ResourcePool', 'labs') };
}

function make(vc: Vcenter, parent: MoRef, name: string): MoRef {
  return vc.call(parent, 'CreateResourcePool', { name, spec: SPEC }) as MoRef;
}

describe('a resource pool', () => {
  it('is made with its shares and limits under a name that is free there', () => {
    const { vc, root, labs } = lab();
    const pool = make(vc, labs, 'a');
    expect(vc.get(labs, 'resourcePool')).toEqual([pool]);
    expect(vc.get(pool, 'owner')).toEqual(vc.get(root, 'owner'));
    expect(vc.get(pool, 'config')).toMatchObject({
      entity: pool,
      cpuAllocation: { shares: { level: 'high', shares: 8000 }, limit: -1, expandableReservation: true },
      memoryAllocation: { limit: 4096, shares: { level: 'normal' } },
    });
    expect(vc.get(pool, 'summary.config')).toEqual(vc.get(pool, 'config'));
    expect(faultOf(() => make(vc, labs, 'A')).fault).toBe('DuplicateName');
    expect(faultOf(() => make(vc, root, 'labs')).fault).toBe('DuplicateName');
    expect(vc.eventTypes().at(-1)).toBe('ResourcePoolCreatedEvent');
  });

  it('refuses what makes no sense, and changes of a version that is not the current one', () => {
    const { vc, labs } = lab();
    const config = { cpuAllocation: { reservation: 10, limit: 5 }, memoryAllocation: {} };
    expect(faultOf(() => vc.call(labs, 'UpdateConfig', { config })).fields).toEqual({
      invalidProperty: 'config.cpuAllocation.limit',
    });
    vc.call(labs, 'UpdateConfig', { name: 'renamed', config: SPEC });
    expect([vc.get(labs, 'name'), vc.get(labs, 'summary.name')]).toEqual(['renamed', 'renamed']);
    expect(vc.get(labs, 'config.memoryAllocation.limit')).toBe(4096);
    expect(faultOf(() => vc.call(labs, 'UpdateConfig', { config: { ...SPEC, changeVersion: '1' } })).fault).toBe(
      'ConcurrentAccess',
    );
    expect(vc.eventTypes().at(-1)).toBe('ResourcePoolReconfiguredEvent');
  });

  it('takes machines and pools of its cluster in, but neither itself nor what is above it', async () => {
    const { vc, root, labs } = lab();
    const parent = vc.named('VirtualMachine', 'parent');
    const inner = make(vc, labs, 'inner');
    vc.call(inner, 'MoveIntoResourcePool', { list: [parent] });
    expect(vc.get(parent, 'resourcePool')).toEqual(inner);
    expect([vc.get(root, 'vm'), vc.get(inner, 'vm')]).toEqual([[], [parent]]);
    expect(vc.eventTypes().at(-1)).toBe('VmResourcePoolMovedEvent');
    expect(faultOf(() => vc.call(inner, 'MoveIntoResourcePool', { list: [labs] })).fault).toBe('InvalidArgument');
    expect(faultOf(() => vc.call(labs, 'MoveIntoResourcePool', { list: [root] })).fault).toBe('InvalidArgument');
    const far = vc.get(vc.named('ClusterComputeResource', 'C2'), 'resourcePool') as MoRef;
    expect(faultOf(() => vc.call(far, 'MoveIntoResourcePool', { list: [parent] })).fault).toBe('InvalidArgument');
    vc.call(root, 'MoveIntoResourcePool', { list: [inner] });
    expect([vc.get(inner, 'parent'), vc.get(labs, 'resourcePool')]).toEqual([root, []]);
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    expect(vc.get(clone, 'resourcePool')).toEqual(inner);
  });

  it('leaves what is in it to the pool above when it goes', async () => {
    const { vc, root, labs } = lab();
    const parent = vc.named('VirtualMachine', 'parent');
    const inner = make(vc, labs, 'inner');
    const deepest = make(vc, inner, 'deepest');
    vc.call(inner, 'MoveIntoResourcePool', { list: [parent] });
    await vc.must(inner, 'Destroy_Task');
    expect([vc.get(parent, 'resourcePool'), vc.get(deepest, 'parent')]).toEqual([labs, labs]);
    expect(faultOf(() => vc.object(inner)).fault).toBe('ManagedObjectNotFound');
    make(vc, labs, 'inner');
    vc.call(root, 'DestroyChildren');
    expect([vc.get(root, 'resourcePool'), vc.get(parent, 'resourcePool')]).toEqual([[], root]);
    expect([...vc.world.registry.ofType('ResourcePool')]).toHaveLength(2);
    expect(faultOf(() => vc.call(root, 'Destroy_Task')).fault).toBe('NotSupported');
  });
});
