// The devices of a configuration that are neither disks nor part of the fixed set every VM has: network cards, mostly.
import { deviceList } from './devices.ts';
import type { Device } from './devices.ts';

type Config = Readonly<Record<string, unknown>>;

const FIXED = new Set(deviceList({ disks: [], others: [], busSharing: 'noSharing' }).map((device) => device.key));

/** In the order of the configuration. */
export function otherDevices(config: Config): readonly Device[] {
  return devicesOf(config).filter((device) => !FIXED.has(device.key) && device['$type'] !== 'VirtualDisk');
}

/** VirtualSCSISharing of the configuration's controller. */
export function busSharingOf(config: Config): string {
  return String(devicesOf(config).find((device) => device['sharedBus'] !== undefined)?.['sharedBus'] ?? 'noSharing');
}

function devicesOf(config: Config): readonly Device[] {
  return (config['hardware'] as { readonly device: readonly Device[] }).device;
}
