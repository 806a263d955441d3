// VMware Tools in a guest: from now on they report its name and, once it has them, its addresses.
import type { Model } from '../inventory/model-state.ts';
import type { Vm } from '../vm/vm.ts';
import { talkingGuest } from './guest-info.ts';
import type { GuestIdentity, GuestNic } from './guest-info.ts';
import { guestNics } from './guest-network.ts';
import { publishLocalAddress } from './cloud-init.ts';
import { inThisCycle } from './power-cycle.ts';

/** The guest reports who it is, and its addresses after the time that the inventory file gives them. */
export function startTools(model: Model, vm: Vm): void {
  if (!vm.guest.tools) return;
  const delayMs = model.durations.of('ip');
  if (delayMs > 0 || !vm.guest.behaviour.ip) reportWithoutAddresses(model, vm);
  if (vm.guest.behaviour.ip) inThisCycle(model, vm, delayMs, () => reportGuest(model, vm));
}

/** The guest reports what it is and has now. */
export function reportGuest(model: Model, vm: Vm): void {
  if (!vm.guest.tools) return;
  if (!vm.guest.behaviour.ip) return reportWithoutAddresses(model, vm);
  report(vm, guestNics(model, vm));
  publishLocalAddress(vm);
}

/** Tools run, the network doesn't yet. */
export function reportWithoutAddresses(model: Model, vm: Vm): void {
  report(
    vm,
    guestNics(model, vm).map((nic) => ({ ...nic, address: undefined })),
  );
}

function report(vm: Vm, nics: readonly GuestNic[]): void {
  vm.object.set('guest', talkingGuest(guestIdentity(vm), nics));
}

/** Who the guest of a VM is now. */
function guestIdentity(vm: Vm): GuestIdentity {
  return {
    guestId: String(vm.object.get('config.guestId')),
    guestFullName: String(vm.object.get('config.guestFullName')),
    hostName: vm.guest.hostName,
    customizationInfo: vm.object.get('guest.customizationInfo'),
  };
}
