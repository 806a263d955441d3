// The addresses of a guest: fixed ones that a customization set, DHCP for the other cards.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Model } from '../inventory/model-state.ts';
import { isNetworkCard } from '../vm/devices.ts';
import type { Device } from '../vm/devices.ts';
import type { Vm } from '../vm/vm.ts';
import type { GuestNic } from './guest-info.ts';

/** Fixed addresses that the customization gave, in the order of the network cards. */
export interface FixedAddress {
  readonly address: string;
  readonly prefixLength: number;
}

/** The network cards of a VM as devices. */
export function cardsOf(vm: Vm): readonly Device[] {
  return (vm.object.get('config.hardware.device') as readonly Device[]).filter(isNetworkCard);
}

/** What each card has now. */
export function guestNics(model: Model, vm: Vm): readonly GuestNic[] {
  return cardsOf(vm).map((card, index) => {
    const backing = card['backing'] as { readonly network?: MoRef; readonly deviceName?: string } | undefined;
    const mac = String(card['macAddress']);
    const connected = (card['connectable'] as { readonly connected?: boolean } | undefined)?.connected === true;
    const fixed = vm.guest.fixedAddresses[index];
    const leased = backing?.network === undefined ? undefined : model.dhcp.lease(backing.network.value, mac);
    const lease = connected ? (fixed ?? leased) : undefined;
    return {
      key: card.key,
      mac,
      connected,
      network: backing?.deviceName ?? '',
      address: lease?.address,
      prefixLength: lease?.prefixLength ?? 0,
    };
  });
}

/** Network cards that are gone: their addresses are free again. */
export function releaseAddresses(model: Model, cards: readonly Device[]): void {
  for (const card of cards) {
    const mac = String(card['macAddress']);
    model.identities.returnMac(mac);
    model.dhcp.release(mac);
  }
}
