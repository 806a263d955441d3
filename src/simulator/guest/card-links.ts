// `connectable.connected` of network cards: a card is plugged in while its VM runs, if it is to start connected, and isn't
// while the VM is off or suspended.
import { isNetworkCard } from '../vm/devices.ts';
import type { Device } from '../vm/devices.ts';
import { powerStateOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import { cardsOf } from './guest-network.ts';

/** VirtualDeviceConnectInfo. */
interface Connectable {
  readonly startConnected?: boolean;
  readonly connected?: boolean;
  readonly status?: string;
}

/** The VM was switched on: cards that start connected are. */
export function plugIn(vm: Vm): void {
  for (const card of cardsOf(vm)) setConnected(vm, card, connectableOf(card).startConnected !== false);
}

/** The VM doesn't run. */
export function unplug(vm: Vm): void {
  for (const card of cardsOf(vm)) setConnected(vm, card, false);
}

/** Cards were added or changed: a running VM takes what the client said of them, one that is off has none connected. */
export function settleCards(vm: Vm): void {
  if (powerStateOf(vm) !== 'poweredOn') return unplug(vm);
  for (const card of cardsOf(vm)) setConnected(vm, card, connectableOf(card).connected !== false);
}

/** A device as it is on a VM that doesn't run. */
export function unplugged(device: Device): Device {
  if (!isNetworkCard(device)) return device;
  return { ...device, connectable: { ...CONNECTABLE, ...connectableOf(device), connected: false, status: 'untried' } };
}

function connectableOf(card: Device): Connectable {
  return (card['connectable'] as Connectable | undefined) ?? {};
}

function setConnected(vm: Vm, card: Device, connected: boolean): void {
  const before = connectableOf(card);
  const status = connected ? 'ok' : 'untried';
  if (before.connected === connected && before.status === status) return;
  vm.object.set(`config.hardware.device[${card.key}].connectable`, { ...CONNECTABLE, ...before, connected, status });
}

/** For cards that came without one. */
const CONNECTABLE = Object.freeze({ startConnected: true, allowGuestControl: true });
