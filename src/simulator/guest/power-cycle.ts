// What is scheduled in a guest belongs to one power cycle: when that is over, it never happens.
import type { Model } from '../inventory/model-state.ts';
import type { Vm } from '../vm/vm.ts';

/** Runs `step` after `delayMs` simulated milliseconds, at once when it is 0, if the same power cycle still lasts. */
export function inThisCycle(model: Model, vm: Vm, delayMs: number, step: () => void): void {
  const { generation } = vm.guest;
  const run = (): void => {
    if (vm.guest.generation !== generation || model.outside.whenBack(vm, run)) return;
    if (vm.registered) step();
  };
  if (delayMs <= 0) run();
  else model.world.clock.schedule(delayMs, run);
}
