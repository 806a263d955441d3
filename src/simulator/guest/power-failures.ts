// Power operations that failed, as events: what a person looks up first.
import type { VimFault } from '../core/vim-fault.ts';
import { postVmEvent } from '../events/vm-events.ts';
import type { EventCause } from '../events/vm-events.ts';
import type { Model } from '../inventory/model-state.ts';
import { nameOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';

const EVENTS = {
  powerOn: ['VmFailedToPowerOnEvent', 'power on'],
  powerOff: ['VmFailedToPowerOffEvent', 'power off'],
  reset: ['VmFailedToResetEvent', 'reset'],
  suspend: ['VmFailedToSuspendEvent', 'suspend'],
} as const;

/** Nothing without a fault. */
export function postPowerFailure(
  model: Model,
  vm: Vm,
  kind: keyof typeof EVENTS,
  cause: EventCause,
  fault: VimFault | undefined,
): void {
  if (fault === undefined) return;
  const [type, verb] = EVENTS[kind];
  const message = `Cannot ${verb} ${nameOf(vm)}: ${fault.message}`;
  postVmEvent(model, vm, type, cause, message, { reason: fault.toLocalized() });
}
