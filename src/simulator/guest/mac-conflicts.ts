// A MAC address that a client chose may be another VM's already. vCenter takes it and says so with an event.
import { entityArgument } from '../events/event-arguments.ts';
import { postVmEvent } from '../events/vm-events.ts';
import type { EventCause } from '../events/vm-events.ts';
import type { Model } from '../inventory/model-state.ts';
import { nameOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import { cardsOf } from './guest-network.ts';

/** Tells of every VM that has one of the addresses which clients chose for this one. */
export function tellMacConflicts(model: Model, vm: Vm, cause: EventCause): void {
  const chosen = cardsOf(vm).filter((card) => card['addressType'] === 'manual');
  if (chosen.length === 0) return;
  const macs = new Set(chosen.map((card) => String(card['macAddress'])));
  for (const other of model.vms.all) {
    const card = other === vm ? undefined : cardsOf(other).find((one) => macs.has(String(one['macAddress'])));
    if (card === undefined) continue;
    const mac = String(card['macAddress']);
    const message = `The static MAC address (${mac}) of ${nameOf(vm)} conflicts with the MAC address assigned to ${nameOf(other)}`;
    const fields = { conflictedVm: entityArgument(other.object), mac };
    postVmEvent(model, vm, 'VmStaticMacConflictEvent', cause, message, fields);
  }
}
