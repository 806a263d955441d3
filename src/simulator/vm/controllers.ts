// Where a disk goes: on which controller and at which unit, and the device key that follows from both. Controllers are the
// fixed ones of every VM (see devices.ts) and those that a client added, which are numbered by kind as vCenter does it.
import { isA } from '../schema/schema.ts';
import { VimFault } from '../core/vim-fault.ts';
import { invalidDeviceSpec } from './device-draft.ts';
import type { Draft } from './device-draft.ts';
import { freeKey } from './device-keys.ts';
import { PCI_KEY, RESERVED_UNIT, SCSI_KEY } from './devices.ts';
import type { Device } from './devices.ts';

interface Kind {
  readonly type: string;
  /** Key of the first controller of the kind. */
  readonly firstKey: number;
  /** Key of the first disk on the first controller. */
  readonly firstDisk: number;
  readonly units: number;
}

const KINDS: readonly Kind[] = [
  { type: 'VirtualSCSIController', firstKey: SCSI_KEY, firstDisk: 2000, units: 16 },
  { type: 'VirtualIDEController', firstKey: 200, firstDisk: 3000, units: 2 },
  { type: 'VirtualSATAController', firstKey: 15_000, firstDisk: 16_000, units: 30 },
  { type: 'VirtualNVMEController', firstKey: 31_000, firstDisk: 32_000, units: 15 },
];
export interface DiskPosition {
  readonly key: number;
  readonly controllerKey: number;
  readonly unitNumber: number;
}

/** True for any controller that disks can be on. */
export function isDiskController(device: Device): boolean {
  return kindOf(device) !== undefined;
}

/** A controller that a client adds, with the key and the bus number that it gets. */
export function newController(draft: Draft, device: Device): Device {
  const kind = kindOf(device);
  if (kind === undefined) return usbController(draft, device);
  const taken = new Set([...draft.others.map((other) => other.key), ...(draft.state.hasScsi ? [SCSI_KEY] : [])]);
  let busNumber = 0;
  while (taken.has(kind.firstKey + busNumber)) busNumber += 1;
  const key = kind.firstKey + busNumber;
  const label = `${kind.type.slice('Virtual'.length).replace('Controller', ' controller')} ${busNumber}`;
  return {
    ...device,
    key,
    busNumber,
    controllerKey: PCI_KEY,
    deviceInfo: device['deviceInfo'] ?? { label, summary: label },
    ...(kind.type === 'VirtualSCSIController' ? { hotAddRemove: true, scsiCtlrUnitNumber: RESERVED_UNIT } : {}),
  };
}

function usbController(draft: Draft, device: Device): Device {
  const type = String(device['$type']);
  const label = isA(type, 'VirtualUSBXHCIController') ? 'USB xHCI controller ' : 'USB controller';
  const key = freeKey(type, draft.others);
  return {
    ...device,
    key,
    busNumber: 0,
    controllerKey: PCI_KEY,
    deviceInfo: device['deviceInfo'] ?? { label, summary: label },
  };
}

/** On the controller that the client names, else on the first IDE controller with room. Throws as diskPosition does. */
export function cdromPosition(draft: Draft, device: Device, index: number): DiskPosition {
  const wanted = device['controllerKey'];
  const isNamed = typeof wanted === 'number' && wanted !== 0;
  const onIde = [...draft.disks, ...draft.others].map((other) => other.controllerKey);
  const room = [200, 201].find((key) => onIde.filter((other) => other === key).length < 2) ?? 200;
  return diskPosition(draft, isNamed ? device : { ...device, controllerKey: room }, index);
}

/** Throws MissingController, or InvalidDeviceSpec for a unit that is taken or that there isn't. */
export function diskPosition(draft: Draft, device: Device, index: number): DiskPosition {
  const controllerKey = controllerOf(draft, device, index);
  const kind = KINDS.find(({ firstKey }) => controllerKey >= firstKey && controllerKey < firstKey + 10);
  if (kind === undefined) throw missingController(index);
  const taken = new Set(
    [...draft.disks, ...draft.others]
      .filter((other) => other.controllerKey === controllerKey)
      .map((other) => Number(other.unitNumber)),
  );
  if (kind.type === 'VirtualSCSIController') taken.add(RESERVED_UNIT);
  const wanted = device['unitNumber'];
  let unitNumber = 0;
  if (typeof wanted === 'number' && wanted >= 0) unitNumber = wanted;
  else while (taken.has(unitNumber)) unitNumber += 1;
  if (taken.has(unitNumber) || unitNumber >= kind.units)
    throw invalidDeviceSpec(index, 'virtualDeviceSpec.device.unitNumber');
  return { key: kind.firstDisk + (controllerKey - kind.firstKey) * kind.units + unitNumber, controllerKey, unitNumber };
}

/** The one that the client names, by its key or by the one that it gave to a controller in the same call; else the first SCSI controller. */
function controllerOf(draft: Draft, device: Device, index: number): number {
  const wanted = device['controllerKey'];
  const own = draft.others.filter(isDiskController).map((controller) => controller.key);
  const all = [...(draft.state.hasScsi ? [SCSI_KEY] : []), 200, 201, ...own];
  if (typeof wanted === 'number' && wanted !== 0) {
    const key = draft.keys.get(wanted) ?? wanted;
    if (all.includes(key)) return key;
    throw missingController(index);
  }
  const first = all.filter((key) => key >= SCSI_KEY && key < SCSI_KEY + 10).toSorted((a, b) => a - b)[0];
  if (first === undefined) throw missingController(index);
  return first;
}

function kindOf(device: Device): Kind | undefined {
  return KINDS.find(({ type }) => isA(String(device['$type']), type));
}

function missingController(deviceIndex: number): VimFault {
  const property = 'virtualDeviceSpec.device.controllerKey';
  return new VimFault(
    'MissingController',
    { deviceIndex, property },
    `Missing controller for device '${deviceIndex}'.`,
  );
}
