// The instanceUuid of a new VM: what the client asked for, unless another VM has it; then vCenter assigns one of its own.
import { postVmEvent } from '../../events/vm-events.ts';
import type { Model } from '../../inventory/model-state.ts';
import type { EventCause } from '../../events/vm-events.ts';
import { nameOf } from '../vm.ts';
import type { Vm } from '../vm.ts';

export interface ChosenUuid {
  readonly uuid: string;
  /** Posts the events that tell about a conflict; nothing without one. */
  announce(vm: Vm, run: EventCause): void;
}

/** Never a uuid that another registered VM has. */
export function chooseInstanceUuid(model: Model, wanted: string | undefined): ChosenUuid {
  const other = wanted === undefined ? undefined : model.vms.byInstanceUuid(wanted);
  const uuid = wanted === undefined || other !== undefined ? model.identities.uuid() : wanted.toLowerCase();
  return {
    uuid,
    announce(vm, run) {
      if (other === undefined) return;
      const conflictedVm = { name: nameOf(other), vm: other.object.ref };
      const message = `Instance UUID conflict: ${String(wanted)} of ${nameOf(vm)} is that of ${nameOf(other)}`;
      postVmEvent(model, vm, 'VmInstanceUuidConflictEvent', run, message, { conflictedVm, instanceUuid: wanted });
      postVmEvent(
        model,
        vm,
        'VmInstanceUuidAssignedEvent',
        run,
        `Assigned new instance UUID (${uuid}) to ${nameOf(vm)}`,
        { instanceUuid: uuid },
      );
    },
  };
}
