// IPv4 addresses as numbers, for the DHCP of the simulated networks.
import type { SeedSubnet } from './seed.ts';

/** `10.20.0.0/16`; undefined when it isn't a subnet with room for guests (/8 to /28). */
export function parseSubnet(text: string): SeedSubnet | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text);
  const address = match === null ? undefined : parseIpv4(match[1] as string);
  const prefixLength = Number(match?.[2]);
  if (address === undefined || prefixLength < 8 || prefixLength > 28) return undefined;
  return { base: address - (address % subnetSize(prefixLength)), prefixLength };
}

/** Number of addresses, network and broadcast included. */
export function subnetSize(prefixLength: number): number {
  return 2 ** (32 - prefixLength);
}

export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((address, part) => address * 256 + part, 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
