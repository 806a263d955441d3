// Moving VMs and pools between the resource pools of one compute resource, and taking a pool away.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { entityArgument } from '../events/event-arguments.ts';
import { postVmEvent } from '../events/vm-events.ts';
import { nameOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import { link, refAt, refsAt, sameRef, unlink } from './links.ts';
import type { Model } from './model-state.ts';
import { postPoolEvent } from './pool-events.ts';

/** A VM that isn't a template. */
export function moveVmToPool(model: Model, vm: Vm, target: SimObject, user: string): void {
  const before = model.world.registry.must(refAt(vm.object, 'resourcePool'));
  if (before === target) return;
  unlink(before, 'vm', vm.object.ref);
  link(target, 'vm', vm.object.ref);
  vm.object.set('resourcePool', target.ref);
  const message = `Moved ${nameOf(vm)} from resource pool ${String(before.get('name'))} to ${String(target.get('name'))}`;
  const fields = { oldParent: entityArgument(before), newParent: entityArgument(target) };
  postVmEvent(model, vm, 'VmResourcePoolMovedEvent', { user }, message, fields);
}

/** Throws DuplicateName, changing nothing. */
export function movePool(model: Model, pool: SimObject, target: SimObject, user: string): void {
  const before = model.world.registry.must(refAt(pool, 'parent'));
  if (before === target) return;
  const name = String(pool.get('name'));
  model.names.claim(target.ref, name, pool.ref);
  model.names.release(before.ref, name);
  unlink(before, 'resourcePool', pool.ref);
  pool.set('parent', target.ref);
  link(target, 'resourcePool', pool.ref);
  const message = `Moved resource pool ${name} from ${String(before.get('name'))} to ${String(target.get('name'))}`;
  postPoolEvent(model, pool, 'ResourcePoolMovedEvent', user, message, {
    oldParent: entityArgument(before),
    newParent: entityArgument(target),
  });
}

/** What is in it goes to the pool above. Throws DuplicateName, changing nothing. */
export function removePool(model: Model, pool: SimObject, user: string): void {
  const { registry } = model.world;
  const parent = registry.must(refAt(pool, 'parent'));
  const name = String(pool.get('name'));
  const children = refsAt(pool, 'resourcePool').map((ref) => registry.must(ref));
  for (const child of children) {
    const taken = model.names.find(parent.ref, String(child.get('name')));
    // The name of the pool that goes is free for a child of it.
    if (taken !== undefined && !sameRef(taken, pool.ref)) model.names.demandFree(parent.ref, String(child.get('name')));
  }
  model.names.release(parent.ref, name);
  for (const child of children) movePool(model, child, parent, user);
  for (const ref of refsAt(pool, 'vm')) moveVmTo(model, ref, parent, user);
  postPoolEvent(model, pool, 'ResourcePoolDestroyedEvent', user, `Removed resource pool ${name}`);
  unlink(parent, 'resourcePool', pool.ref);
  model.names.forget(pool.ref);
  registry.remove(pool);
}

function moveVmTo(model: Model, ref: MoRef, target: SimObject, user: string): void {
  const vm = model.vms.get(ref);
  if (vm !== undefined) moveVmToPool(model, vm, target, user);
}
