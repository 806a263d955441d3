// Destroy_Task of a VM, UnregisterVM and RegisterVM_Task. Destroy deletes the chain of every disk down to the first file
// that another registered VM uses: with the base's VM unregistered, the last clone takes the base with it.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import { postVmEvent } from '../events/vm-events.ts';
import type { EventCause } from '../events/vm-events.ts';
import { cardsOf, releaseAddresses } from '../guest/guest-network.ts';
import type { Model } from '../inventory/model-state.ts';
import { withdraw } from './enroll.ts';
import { demandHost, demandPowerState, exclusive, hostOf, vmCall } from './vm-call.ts';
import { holdsOf, nameOf } from './vm.ts';
import type { Vm } from './vm.ts';

/** Destroy_Task on a VM. */
export function destroyVmTask(context: CallContext): MoRef {
  const { model, vm, origin } = vmCall(context);
  return model.tasks.start(
    {
      kind: 'destroy',
      entity: vm.object,
      locks: exclusive(vm),
      begin() {
        demandHost(model, vm);
        demandDestroyable(vm);
      },
      finish(run) {
        destroyVm(model, vm, run);
      },
    },
    origin,
  );
}

/** Throws InvalidPowerState for a VM that runs. */
export function demandDestroyable(vm: Vm): void {
  demandPowerState(vm, 'poweredOff', ['poweredOff', 'suspended']);
}

/** At once: inventory, snapshots, files. */
export function destroyVm(model: Model, vm: Vm, cause: EventCause): void {
  postRemoved(model, vm, cause);
  releaseAddresses(model, cardsOf(vm));
  const files = holdsOf(vm);
  // All holds go first: a file that only the VM's own snapshots share is nobody else's.
  for (const file of files) model.disks.release(file);
  for (const file of files) model.disks.deleteUnused(file);
  vm.home.remove();
  withdraw(model, vm);
  model.vms.remove(vm);
}

/** UnregisterVM. Throws InvalidPowerState, TaskInProgress. */
export function unregisterVm(context: CallContext): void {
  const { model, vm } = vmCall(context);
  demandPowerState(vm, 'poweredOff', ['poweredOff', 'suspended']);
  model.tasks.demandUnlocked(exclusive(vm));
  model.tasks.note('unregister', vm.object, context.user);
  unregisterNow(model, vm, context);
}

/** At once; the files stay. */
export function unregisterNow(model: Model, vm: Vm, cause: EventCause): void {
  postRemoved(model, vm, cause);
  // The addresses stay in the .vmx file, so nobody else may get them.
  for (const file of holdsOf(vm)) model.disks.release(file);
  withdraw(model, vm);
  // Of an orphaned VM nothing is left that could come back.
  if (vm.object.get('runtime.connectionState') === 'orphaned') model.vms.remove(vm);
  else model.vms.unregister(vm);
}

function postRemoved(model: Model, vm: Vm, cause: EventCause): void {
  postVmEvent(model, vm, 'VmRemovedEvent', cause, `Removed ${nameOf(vm)} on ${String(hostOf(model, vm).get('name'))}`);
}
