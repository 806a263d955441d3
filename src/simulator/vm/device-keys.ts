// The keys that vCenter gives to what a client adds: each kind of device has a range of its own, by which scripts know them
// (`cdrom-3000`, `floppy-8000`). Disks and network cards have theirs where they are made.
import { isA } from '../schema/schema.ts';
import type { Device } from './devices.ts';

/** The first that fits counts. */
const RANGES: readonly (readonly [type: string, first: number])[] = [
  ['VirtualSoundCard', 5000],
  ['VirtualUSBXHCIController', 14_000],
  ['VirtualUSBController', 7000],
  ['VirtualFloppy', 8000],
  ['VirtualSerialPort', 9000],
  ['VirtualParallelPort', 10_000],
  ['VirtualTPM', 11_000],
  ['VirtualPCIPassthrough', 13_000],
  ['VirtualWDT', 18_000],
  ['VirtualPrecisionClock', 19_000],
];
/** Kinds that nobody documented a range for. */
const FIRST_OTHER = 20_000;

/** The next key of its kind. */
export function freeKey(type: string, taken: Iterable<Device>): number {
  const keys = new Set([...taken].map((device) => device.key));
  let key = RANGES.find(([kind]) => isA(type, kind))?.[1] ?? FIRST_OTHER;
  while (keys.has(key)) key += 1;
  return key;
}
