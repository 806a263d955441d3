// VirtualDeviceConfigSpec lists, as ReconfigVM and CloneVM take them: adding, changing and removing devices.
// Works on copies: the caller applies the result, or undoes the files that were created. A fault leaves nothing behind.
import type { Model } from '../inventory/model-state.ts';
import { isA } from '../schema/schema.ts';
import { cdromPosition, newController } from './controllers.ts';
import { invalidDeviceSpec } from './device-draft.ts';
import type { DeviceChange, DeviceEdit, DeviceState, Draft } from './device-draft.ts';
import { freeKey } from './device-keys.ts';
import { labelled } from './device-label.ts';
import { PCI_KEY, SIO_KEY } from './devices.ts';
import type { Device } from './devices.ts';
import { addDisk, editDisk } from './edit-disks.ts';
import { addCard, editCard } from './edit-network-cards.ts';

/** Throws InvalidDeviceSpec and its kin, FileNotFound, NoDiskSpace. */
export function editDevices(model: Model, state: DeviceState, changes: readonly DeviceChange[]): DeviceEdit {
  const draft: Draft = {
    model,
    state,
    disks: [...state.disks],
    others: [...state.others],
    keys: new Map(),
    created: [],
    dropped: [],
    grown: [],
  };
  try {
    for (const [index, change] of changes.entries()) apply(draft, change, index);
  } catch (error) {
    for (const file of draft.created) model.disks.deleteUnused(file);
    throw error;
  }
  return draft;
}

function apply(draft: Draft, change: DeviceChange, index: number): void {
  const kind = kindOf(change.device);
  switch (change.operation) {
    case 'add':
      if (kind === 'disk') addDisk(draft, change, index);
      else if (kind === 'card') addCard(draft, change.device, index);
      else addOther(draft, change.device, index);
      return;
    case 'edit':
      if (kind === 'disk') editDisk(draft, change.device, index);
      else if (kind === 'card') editCard(draft, change.device, index);
      else
        draft.others = draft.others.map((other) =>
          other.key === change.device.key ? { ...other, ...change.device } : other,
        );
      return;
    case 'remove':
      remove(draft, change, index);
      return;
    default:
      throw invalidDeviceSpec(index, 'virtualDeviceSpec.operation');
  }
}

function addOther(draft: Draft, device: Device, index: number): void {
  const added =
    device['busNumber'] === undefined
      ? labelled(placed(draft, device, index), draft.others)
      : newController(draft, device);
  draft.keys.set(device.key, added.key);
  draft.others.push(added);
}

/** The device with its key and the controller that it is on. */
function placed(draft: Draft, device: Device, index: number): Device {
  const type = String(device['$type']);
  if (isA(type, 'VirtualCdrom')) return { ...device, ...cdromPosition(draft, device, index) };
  const key = freeKey(type, draft.others);
  const wanted = device['controllerKey'];
  if (ON_SIO.some((kind) => isA(type, kind)))
    return { ...device, key, controllerKey: SIO_KEY, unitNumber: freeUnit(draft) };
  return { ...device, key, controllerKey: typeof wanted === 'number' ? (draft.keys.get(wanted) ?? wanted) : PCI_KEY };
}

const ON_SIO = ['VirtualFloppy', 'VirtualSerialPort', 'VirtualParallelPort'];

function freeUnit(draft: Draft): number {
  const onSio = draft.others.filter((other) => other['controllerKey'] === SIO_KEY);
  const taken = new Set(onSio.map((other) => other['unitNumber']));
  let unit = 0;
  while (taken.has(unit)) unit += 1;
  return unit;
}

function remove(draft: Draft, change: DeviceChange, index: number): void {
  const { key } = change.device;
  const disk = draft.disks.find((candidate) => candidate.key === key);
  if (disk !== undefined) {
    draft.disks = draft.disks.filter((candidate) => candidate !== disk);
    draft.dropped.push({ disk, destroy: change.fileOperation === 'destroy' });
    return;
  }
  if (!draft.others.some((other) => other.key === key)) throw invalidDeviceSpec(index, 'virtualDeviceSpec.device.key');
  draft.others = draft.others.filter((other) => other.key !== key);
}

function kindOf(device: Device): 'disk' | 'card' | 'other' {
  if (device['$type'] === 'VirtualDisk') return 'disk';
  return CARD_TYPES.test(String(device['$type'])) ? 'card' : 'other';
}

const CARD_TYPES = /^Virtual(E1000e?|Vmxnet[23]?|PCNet32|SriovEthernetCard|EthernetCard)$/;
