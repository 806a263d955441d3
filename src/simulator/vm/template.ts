// MarkAsTemplate and MarkAsVirtualMachine: at once, without a task. A template belongs to no resource pool.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import { link, refAt, sameRef, unlink } from '../inventory/links.ts';
import { moveToHost, placementHost } from './host-placement.ts';
import { touched } from './touch-config.ts';
import { demandHost, demandPowerState, exclusive, hostOf, invalidArgument, notSupported, vmCall } from './vm-call.ts';
import { isTemplate } from './vm.ts';

/** Throws InvalidPowerState, NotSupported, TaskInProgress. */
export function markAsTemplate(context: CallContext): void {
  const { model, vm } = vmCall(context);
  if (isTemplate(vm)) throw notSupported('it is a template already');
  demandHost(model, vm);
  demandPowerState(vm, 'poweredOff');
  model.tasks.demandUnlocked(exclusive(vm));
  const pool = model.world.registry.must(refAt(vm.object, 'resourcePool'));
  unlink(pool, 'vm', vm.object.ref);
  model.tasks.note('markAsTemplate', vm.object, context.user);
  vm.object.setMany({ resourcePool: undefined, 'config.template': true, ...touched(model) });
}

/** Throws InvalidArgument, NotSupported, InvalidHostState … */
export function markAsVirtualMachine(context: CallContext, args: Record<string, unknown>): void {
  const { model, vm } = vmCall(context);
  if (!isTemplate(vm)) throw notSupported('it is no template');
  model.tasks.demandUnlocked(exclusive(vm));
  const pool = model.world.registry.must(args['pool'] as MoRef);
  if (args['host'] !== undefined) moveToHost(model, vm, placementHost(model, vm, args['host'] as MoRef));
  demandHost(model, vm);
  if (!sameRef(refAt(pool, 'owner'), refAt(hostOf(model, vm), 'parent'))) throw invalidArgument('pool');
  link(pool, 'vm', vm.object.ref);
  model.tasks.note('markAsVirtualMachine', vm.object, context.user);
  vm.object.setMany({ resourcePool: pool.ref, 'config.template': false, ...touched(model) });
}
