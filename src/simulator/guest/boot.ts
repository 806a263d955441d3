// What happens in a guest after power-on: Tools start and report, a pending customization runs and succeeds or fails.
// Everything scheduled belongs to one power cycle; when that is over it does nothing.
import { runCustomization } from '../customization/run-customization.ts';
import type { EventCause } from '../events/vm-events.ts';
import type { Model } from '../inventory/model-state.ts';
import { silentGuest, talkingGuest } from './guest-info.ts';
import { guestNics } from './guest-network.ts';
import type { Vm } from '../vm/vm.ts';

/** Runs `step` after `delayMs` simulated milliseconds, at once when it is 0, if the same power cycle still lasts. */
export function inThisCycle(model: Model, vm: Vm, delayMs: number, step: () => void): void {
  const { generation } = vm.guest;
  const run = (): void => {
    if (vm.registered && vm.guest.generation === generation) step();
  };
  if (delayMs <= 0) run();
  else model.world.clock.schedule(delayMs, run);
}

/** From the BIOS on. */
export function bootGuest(model: Model, vm: Vm, cause: EventCause): void {
  vm.object.set('guest', silentGuest(vm.guest.tools, true, vm.object.get('guest.customizationInfo')));
  // Without Tools nobody is there who could customize: the guest boots and stays silent.
  if (!vm.guest.tools) return;
  inThisCycle(model, vm, model.durations.of('tools'), () => {
    if (vm.customization === undefined) startTools(model, vm);
    else runCustomization(model, vm, cause);
  });
}

/** The guest reports who it is. */
export function startTools(model: Model, vm: Vm): void {
  if (!vm.guest.tools) return;
  vm.object.set('guest', talkingGuest(vm, guestNics(model, vm)));
}
