// What nearly every method on a VM starts with.
import type { CallContext } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { refAt } from '../inventory/links.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import type { EntityLock } from '../tasks/entity-locks.ts';
import type { TaskOrigin } from '../tasks/task-work.ts';
import { powerStateOf } from './vm.ts';
import type { Vm } from './vm.ts';

export interface VmCall {
  readonly model: Model;
  readonly vm: Vm;
  readonly origin: TaskOrigin;
}

/** The VM that the method was called on. Throws ManagedObjectNotFound. */
export function vmCall(context: CallContext): VmCall {
  const model = modelOf(context.world);
  return { model, vm: model.vms.of(context.self), origin: originOf(context) };
}

/** Who a task belongs to that this call starts. */
export function originOf(context: CallContext): TaskOrigin {
  return { user: context.user, taskFault: context.taskFault };
}

export function exclusive(...vms: readonly Vm[]): readonly EntityLock[] {
  return vms.map((vm) => ({ entity: vm.object.ref, mode: 'exclusive' as const }));
}

export function hostOf(model: Model, vm: Vm): SimObject {
  return model.world.registry.must(refAt(vm.object, 'runtime.host'));
}

/**
 * Nothing can be done with a VM whose host doesn't answer (HostNotConnected), whose files can't be reached, or that its host
 * doesn't know (InvalidState).
 */
export function demandHost(model: Model, vm: Vm): void {
  const host = hostOf(model, vm);
  if (host.get('runtime.connectionState') === 'connected') return demandReachable(vm);
  throw new VimFault(
    'HostNotConnected',
    {},
    `Unable to communicate with the remote host: ${String(host.get('name'))} is not connected.`,
  );
}

function demandReachable(vm: Vm): void {
  const state = String(vm.object.get('runtime.connectionState'));
  if (state !== 'inaccessible' && state !== 'orphaned') return;
  throw new VimFault('InvalidState', {}, `The operation is not allowed in the current state (${state}).`);
}

/** Throws InvalidPowerState. `requested` is what the operation wants the VM to be, as the fault reports it. */
export function demandPowerState(vm: Vm, requested: string, allowed: readonly string[] = [requested]): void {
  const existingState = powerStateOf(vm);
  if (allowed.includes(existingState)) return;
  const readable = existingState.replace('powered', 'Powered ').toLowerCase();
  throw new VimFault(
    'InvalidPowerState',
    { requestedState: requested, existingState },
    `The attempted operation cannot be performed in the current state (${readable}).`,
  );
}

/** A parameter that isn't right. */
export function invalidArgument(invalidProperty: string): VimFault {
  return new VimFault(
    'InvalidArgument',
    { invalidProperty },
    `A specified parameter was not correct: ${invalidProperty}`,
  );
}

/** An operation that this object doesn't have. */
export function notSupported(why: string): VimFault {
  return new VimFault('NotSupported', {}, `The operation is not supported on the object: ${why}.`);
}
