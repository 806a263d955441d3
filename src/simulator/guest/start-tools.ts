// VMware Tools in a guest: from now on they report its name and addresses.
import type { Model } from '../inventory/model-state.ts';
import type { Vm } from '../vm/vm.ts';
import { talkingGuest } from './guest-info.ts';
import type { GuestIdentity } from './guest-info.ts';
import { guestNics } from './guest-network.ts';

/** The guest reports who it is. */
export function startTools(model: Model, vm: Vm): void {
  if (!vm.guest.tools) return;
  vm.object.set('guest', talkingGuest(guestIdentity(vm), guestNics(model, vm)));
}

/** Who the guest of a VM is now. */
export function guestIdentity(vm: Vm): GuestIdentity {
  return {
    guestId: String(vm.object.get('config.guestId')),
    guestFullName: String(vm.object.get('config.guestFullName')),
    hostName: vm.guest.hostName,
    customizationInfo: vm.object.get('guest.customizationInfo'),
  };
}
