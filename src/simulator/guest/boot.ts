// What happens in a guest after power-on: cloud-init and Tools start, a pending customization runs and succeeds or fails.
// A guest without Tools boots and stays silent.
import { runCustomization } from '../customization/run-customization.ts';
import type { EventCause } from '../events/vm-events.ts';
import type { Model } from '../inventory/model-state.ts';
import type { Vm } from '../vm/vm.ts';
import { runCloudInit } from './cloud-init.ts';
import { silentGuest } from './guest-info.ts';
import { inThisCycle } from './power-cycle.ts';
import { startTools } from './start-tools.ts';

/** From the BIOS on. */
export function bootGuest(model: Model, vm: Vm, cause: EventCause): void {
  vm.object.set('guest', silentGuest(vm.guest.tools, true, vm.object.get('guest.customizationInfo')));
  // Without Tools nobody is there who could customize: the guest boots and stays silent.
  if (!vm.guest.tools) return;
  inThisCycle(model, vm, model.durations.of('tools'), () => {
    runCloudInit(vm);
    if (vm.customization === undefined) startTools(model, vm);
    else runCustomization(model, vm, cause);
  });
}
