// What vCenter calls a device that a client added without a name for it: clients print `deviceInfo` of every device.
import { isA } from '../schema/schema.ts';
import type { Device } from './devices.ts';

/** Type and how vCenter numbers it, from 1; the first that fits counts. */
const LABELS: readonly (readonly [type: string, label: string])[] = [
  ['VirtualCdrom', 'CD/DVD drive'],
  ['VirtualFloppy', 'Floppy drive'],
  ['VirtualSerialPort', 'Serial port'],
  ['VirtualParallelPort', 'Parallel port'],
  ['VirtualSoundCard', 'Sound card'],
  ['VirtualUSB', 'USB'],
  ['VirtualPCIPassthrough', 'PCI device'],
];

/** The device with a `deviceInfo`: the client's own, or the next one of its kind. */
export function labelled(device: Device, others: readonly Device[]): Device {
  if (device['deviceInfo'] !== undefined) return device;
  const type = String(device['$type']);
  const [kind, name] = LABELS.find(([candidate]) => isA(type, candidate)) ?? [type, type.replace(/^Virtual/, '')];
  const label = `${name} ${others.filter((other) => isA(String(other['$type']), kind)).length + 1}`;
  return { ...device, deviceInfo: { label, summary: label } };
}
