// The devices of a configuration that are neither disks nor part of the fixed set every VM has: network cards, mostly.
import { DEFAULT_SCSI, SCSI_KEY, deviceList } from './devices.ts';
import type { Device } from './devices.ts';

type Config = Readonly<Record<string, unknown>>;

const FIXED = new Set(deviceList({ disks: [], others: [], busSharing: 'noSharing' }).map((device) => device.key));

/** In the order of the configuration. */
export function otherDevices(config: Config): readonly Device[] {
  return devicesOf(config).filter(
    (device) => (!FIXED.has(device.key) || isOwnScsi(device)) && device['$type'] !== 'VirtualDisk',
  );
}

/** VirtualSCSISharing of the SCSI controller that VMs get by themselves; undefined for a VM without it. */
export function busSharingOf(config: Config): string | undefined {
  const controller = devicesOf(config).find((device) => device.key === SCSI_KEY && !isOwnScsi(device));
  return controller === undefined ? undefined : String(controller['sharedBus']);
}

/** A controller of another kind in its place. */
function isOwnScsi(device: Device): boolean {
  return device.key === SCSI_KEY && device['$type'] !== DEFAULT_SCSI;
}

function devicesOf(config: Config): readonly Device[] {
  return (config['hardware'] as { readonly device: readonly Device[] }).device;
}
