// The networks that a VM's cards are on: the property `network`.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Device } from './devices.ts';

/** Each network once, in the order of the cards. */
export function networkRefs(devices: readonly Device[]): readonly MoRef[] {
  const refs = new Map<string, MoRef>();
  for (const device of devices) {
    const network = (device['backing'] as { readonly network?: MoRef } | undefined)?.network;
    if (network !== undefined) refs.set(network.value, network);
  }
  return [...refs.values()];
}
