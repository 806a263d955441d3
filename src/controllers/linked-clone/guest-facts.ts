// What a guest says about itself, made fit for status: whoever is root in a guest writes these, and one value that the API
// server refuses would keep the whole status from being written. Pure.
import { isIP } from 'node:net';
import { oneLine } from '../../vsphere/fault-message.ts';
import type { VmView } from '../vcenter/vm-view.ts';

const MOST_MACS = 16;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** True for an address that only means something on its own wire. */
export function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab]/i.test(address);
}

/** The addresses that are published: real ones, without link-local ones. */
export function guestAddresses({ ipAddress }: Pick<VmView, 'ipAddress'>): readonly string[] {
  // a scope (fe80::1%eth0) may be text of any length
  const plain = ipAddress !== undefined && isIP(ipAddress) !== 0 && !ipAddress.includes('%');
  return plain && !isLinkLocal(ipAddress) ? [ipAddress] : [];
}

/** The guest's host name; undefined for none. */
export function guestHostname({ guestHostname: name }: Pick<VmView, 'guestHostname'>): string | undefined {
  const text = name === undefined ? '' : oneLine(name);
  return text === '' ? undefined : text;
}

/** MAC addresses as status holds them. */
export function macAddresses(found: readonly string[]): readonly string[] {
  return found.filter((mac) => MAC.test(mac)).slice(0, MOST_MACS);
}
