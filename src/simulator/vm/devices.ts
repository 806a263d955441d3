// The virtual hardware that clients read in `config.hardware.device`: a fixed set of controllers, the disks, the network
// cards. Controllers are the same objects for every VM with the same disks and cards, which keeps ten thousand VMs small.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { flatBacking, rdmBacking } from '../disks/backing.ts';
import type { VmDisk } from './vm.ts';

export type Device = Readonly<Record<string, unknown>> & { readonly key: number };

export const SCSI_KEY = 1000;
export const DEFAULT_SCSI = 'VirtualLsiLogicController';
export const FIRST_DISK_KEY = 2000;
export const FIRST_NIC_KEY = 4000;
export const PCI_KEY = 100;
export const SIO_KEY = 400;
const FIRST_NIC_UNIT = 7;
/** The unit number that the SCSI controller itself has. */
export const RESERVED_UNIT = 7;

export interface Hardware {
  readonly disks: readonly VmDisk[];
  /** Network cards and whatever else was added, as devices. */
  readonly others: readonly Device[];
  /** Of the LSI Logic controller that VMs get by themselves; undefined: this one has none. */
  readonly busSharing: string | undefined;
}

/** Every device of a VM. */
export function deviceList(hardware: Hardware): readonly Device[] {
  const { disks, others, busSharing } = hardware;
  const attached: readonly Attached[] = [...disks, ...others].map((device) => ({
    key: device.key,
    on: typeof device.controllerKey === 'number' ? device.controllerKey : PCI_KEY,
  }));
  return [
    ...fixedDevices(attached, busSharing),
    ...disks.map(diskDevice),
    ...others.map((device) =>
      device['busNumber'] === undefined ? device : { ...device, device: keysOn(attached, device.key) },
    ),
  ];
}

interface Attached {
  readonly key: number;
  /** Key of the controller. */
  readonly on: number;
}

/** A controller lists what is on it. */
function keysOn(attached: readonly Attached[], controller: number): readonly number[] {
  return attached.filter(({ on }) => on === controller).map(({ key }) => key);
}

/** VirtualDisk. */
export function diskDevice(disk: VmDisk): Device {
  const kilobytes = Math.floor(disk.file.capacityBytes / 1024);
  return {
    $type: 'VirtualDisk',
    key: disk.key,
    deviceInfo: { label: disk.label, summary: `${kilobytes.toLocaleString('en-US')} KB` },
    backing: disk.rdm === undefined ? flatBacking(disk.file, disk.mode) : rdmBacking(disk.file, disk.mode, disk.rdm),
    controllerKey: disk.controllerKey,
    unitNumber: disk.unitNumber,
    capacityInKB: kilobytes,
    capacityInBytes: disk.file.capacityBytes,
    shares: NORMAL_DISK_SHARES,
    storageIOAllocation: DISK_IO,
    diskObjectId: `1-${disk.key}`,
    nativeUnmanagedLinkedClone: false,
  };
}

const NORMAL_DISK_SHARES = Object.freeze({ shares: 1000, level: 'normal' });
const DISK_IO = Object.freeze({ limit: -1, shares: NORMAL_DISK_SHARES, reservation: 0 });

/** A network card on a network of the inventory. `index` counts the VM's cards from 0. */
export function networkCard(
  index: number,
  macAddress: string,
  network: { readonly ref: MoRef; readonly name: string },
  connectable: Readonly<Record<string, unknown>> = UNPLUGGED,
): Device {
  return {
    $type: 'VirtualE1000',
    key: FIRST_NIC_KEY + index,
    deviceInfo: { label: `Network adapter ${index + 1}`, summary: network.name },
    backing: {
      $type: 'VirtualEthernetCardNetworkBackingInfo',
      deviceName: network.name,
      useAutoDetect: false,
      network: network.ref,
    },
    connectable,
    controllerKey: PCI_KEY,
    unitNumber: FIRST_NIC_UNIT + index,
    addressType: 'assigned',
    macAddress,
    wakeOnLanEnabled: true,
  };
}

const UNPLUGGED = Object.freeze({
  migrateConnect: 'unset',
  startConnected: true,
  allowGuestControl: true,
  connected: false,
  status: 'untried',
});

/** Of a card of a VM that runs. */
export const PLUGGED_IN = Object.freeze({ ...UNPLUGGED, connected: true, status: 'ok' });

/** A virtual TPM: linked clones of a VM with one are a matter of policy. */
export const VIRTUAL_TPM: Device = Object.freeze({
  $type: 'VirtualTPM',
  key: 11_000,
  deviceInfo: Object.freeze({ label: 'Virtual TPM', summary: 'Trusted Platform Module' }),
});

/** True for any kind of network card. */
export function isNetworkCard(device: Device): boolean {
  return typeof device['macAddress'] === 'string';
}

/** Clients choose the keys of what they add, so the sets are without number. */
const MOST_SHARED = 1000;
const shared = new Map<string, readonly Device[]>();

function fixedDevices(attached: readonly Attached[], busSharing: string | undefined): readonly Device[] {
  const id = `${attached.map(({ key, on }) => `${on}:${key}`).join()}|${busSharing}`;
  const known = shared.get(id);
  if (known !== undefined) return known;
  const built = buildFixedDevices(attached, busSharing);
  if (shared.size >= MOST_SHARED) shared.clear();
  shared.set(id, built);
  return built;
}

function buildFixedDevices(attached: readonly Attached[], sharedBus: string | undefined): readonly Device[] {
  const on = (key: number): readonly number[] => keysOn(attached, key);
  const devices: readonly Device[] = [
    { $type: 'VirtualIDEController', key: 200, deviceInfo: info('IDE 0'), busNumber: 0, device: on(200) },
    { $type: 'VirtualIDEController', key: 201, deviceInfo: info('IDE 1'), busNumber: 1, device: on(201) },
    { $type: 'VirtualPS2Controller', key: 300, deviceInfo: info('PS2 controller 0'), busNumber: 0, device: [600, 700] },
    {
      $type: 'VirtualPCIController',
      key: PCI_KEY,
      deviceInfo: info('PCI controller 0'),
      busNumber: 0,
      device: [500, 12_000, SCSI_KEY, ...on(PCI_KEY)],
    },
    {
      $type: 'VirtualSIOController',
      key: SIO_KEY,
      deviceInfo: info('SIO controller 0'),
      busNumber: 0,
      device: on(SIO_KEY),
    },
    { $type: 'VirtualKeyboard', key: 600, deviceInfo: info('Keyboard'), controllerKey: 300, unitNumber: 0 },
    {
      $type: 'VirtualPointingDevice',
      key: 700,
      deviceInfo: info('Pointing device'),
      backing: POINTING_DEVICE,
      controllerKey: 300,
      unitNumber: 1,
    },
    {
      $type: 'VirtualMachineVideoCard',
      key: 500,
      deviceInfo: info('Video card '),
      controllerKey: PCI_KEY,
      unitNumber: 0,
      videoRamSizeInKB: 4096,
      numDisplays: 1,
      useAutoDetect: false,
      enable3DSupport: false,
      use3dRenderer: 'automatic',
      graphicsMemorySizeInKB: 262_144,
    },
    {
      $type: 'VirtualMachineVMCIDevice',
      key: 12_000,
      deviceInfo: info('VMCI device'),
      controllerKey: PCI_KEY,
      unitNumber: 17,
      id: -1,
      allowUnrestrictedCommunication: false,
      filterEnable: true,
    },
    {
      $type: DEFAULT_SCSI,
      key: SCSI_KEY,
      deviceInfo: info('SCSI controller 0', 'LSI Logic'),
      controllerKey: PCI_KEY,
      unitNumber: 3,
      busNumber: 0,
      device: on(SCSI_KEY),
      hotAddRemove: true,
      sharedBus,
      scsiCtlrUnitNumber: RESERVED_UNIT,
    },
  ];
  return devices
    .filter((device) => device.key !== SCSI_KEY || sharedBus !== undefined)
    .map((device) => Object.freeze(device));
}

const POINTING_DEVICE = Object.freeze({
  $type: 'VirtualPointingDeviceDeviceBackingInfo',
  deviceName: '',
  useAutoDetect: false,
  hostPointingDevice: 'autodetect',
});

function info(label: string, summary = label): Readonly<Record<string, unknown>> {
  return Object.freeze({ label, summary });
}
