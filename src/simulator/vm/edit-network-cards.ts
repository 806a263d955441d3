// Adding and changing network cards. A card gets an address of this vCenter unless the client brings its own.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { FIRST_NIC_KEY, isNetworkCard, networkCard } from './devices.ts';
import type { Device } from './devices.ts';
import { invalidDeviceSpec } from './device-draft.ts';
import type { Draft } from './device-draft.ts';

interface NetworkBacking {
  readonly $type?: string;
  readonly deviceName?: string;
  readonly network?: MoRef;
}

/** Throws InvalidDeviceBacking. */
export function addCard(draft: Draft, device: Device, index: number): void {
  const cards = draft.others.filter(isNetworkCard);
  let position = 0;
  while (cards.some((card) => card.key === FIRST_NIC_KEY + position)) position += 1;
  const network = networkOf(draft, device, index);
  const base = networkCard(position, addressOf(draft, device), { ref: network.ref, name: String(network.get('name')) });
  const { connectable, wakeOnLanEnabled, deviceInfo } = device;
  draft.others.push({
    ...base,
    $type: device['$type'],
    addressType: isManual(device) ? 'manual' : 'assigned',
    ...(connectable === undefined ? {} : { connectable }),
    ...(wakeOnLanEnabled === undefined ? {} : { wakeOnLanEnabled }),
    ...(deviceInfo === undefined
      ? {}
      : { deviceInfo: { ...(base['deviceInfo'] as object), summary: String(network.get('name')) } }),
  });
}

/** Throws InvalidDeviceSpec or InvalidDeviceBacking. */
export function editCard(draft: Draft, device: Device, index: number): void {
  const before = draft.others.find((card) => card.key === device.key && isNetworkCard(card));
  if (before === undefined) throw invalidDeviceSpec(index, 'virtualDeviceSpec.device.key');
  const network = device['backing'] === undefined ? undefined : networkOf(draft, device, index);
  const name = String(network?.get('name'));
  const after: Device = {
    ...before,
    ...(device['connectable'] === undefined ? {} : { connectable: device['connectable'] }),
    ...(isManual(device) ? { addressType: 'manual', macAddress: changedAddress(draft, before, device) } : {}),
    ...(network === undefined
      ? {}
      : {
          backing: { ...(before['backing'] as object), deviceName: name, network: network.ref },
          deviceInfo: { ...(before['deviceInfo'] as object), summary: name },
        }),
  };
  draft.others = draft.others.map((card) => (card === before ? after : card));
}

function isManual(device: Device): boolean {
  return (
    String(device['addressType']).toLowerCase() === 'manual' &&
    typeof device['macAddress'] === 'string' &&
    device['macAddress'] !== ''
  );
}

function addressOf(draft: Draft, device: Device): string {
  if (!isManual(device)) return draft.model.identities.mac();
  const mac = String(device['macAddress']).toLowerCase();
  draft.model.identities.reserveMac(mac);
  return mac;
}

/** A client that sends a card back as it read it changes nothing. */
function changedAddress(draft: Draft, before: Device, device: Device): string {
  const mac = String(device['macAddress']).toLowerCase();
  return mac === before['macAddress'] ? mac : addressOf(draft, device);
}

function networkOf(draft: Draft, device: Device, index: number): SimObject {
  const { registry } = draft.model.world;
  const backing = device['backing'] as NetworkBacking | undefined;
  if (backing?.network !== undefined) return registry.must(backing.network);
  for (const network of registry.ofType('Network')) if (network.get('name') === backing?.deviceName) return network;
  const fields = { deviceIndex: index, property: 'virtualDeviceSpec.device.backing' };
  throw new VimFault(
    'InvalidDeviceBacking',
    fields,
    `Invalid backing for device '${index}': the network '${backing?.deviceName ?? ''}' was not found.`,
  );
}
