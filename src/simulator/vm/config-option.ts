// VirtualMachineConfigOption: what a VM of a hardware version can be made of. Only what is the same for every VM of this
// simulator; which devices there are isn't listed.
import { VimFault } from '../core/vim-fault.ts';
import { GUESTS } from './guest-os.ts';
import type { GuestOs } from './guest-os.ts';
import { CAPABILITY } from './vm-derivations.ts';

/** Hardware versions, oldest first, with what they came with. */
export const VERSIONS: readonly (readonly [key: string, description: string])[] = [
  ['vmx-13', 'ESXi 6.5 virtual machine'],
  ['vmx-14', 'ESXi 6.7 virtual machine'],
  ['vmx-15', 'ESXi 6.7 U2 virtual machine'],
  ['vmx-17', 'ESXi 7.0 virtual machine'],
  ['vmx-18', 'ESXi 7.0 U1 virtual machine'],
  ['vmx-19', 'ESXi 7.0 U2 virtual machine'],
  ['vmx-20', 'ESXi 8.0 virtual machine'],
  ['vmx-21', 'ESXi 8.0 U2 virtual machine'],
];
/** What a VM gets that isn't told. */
const DEFAULT_VERSION = 'vmx-19';
export const NEWEST_VERSION = 'vmx-21';

const MOST_CPUS = 768;
const MOST_MEMORY_MB = 24 * 1024 ** 2;

/** VirtualMachineConfigOptionDescriptor of each version. */
export function configOptionDescriptors(): readonly Record<string, unknown>[] {
  return VERSIONS.map(([key, description]) => ({
    key,
    description,
    createSupported: true,
    defaultConfigOption: key === DEFAULT_VERSION,
    runSupported: true,
    upgradeSupported: true,
  }));
}

/** Throws InvalidArgument for a version or a guest that there isn't. */
export function configOption(key = DEFAULT_VERSION, guestIds: readonly string[] = []): Record<string, unknown> {
  const version = VERSIONS.find(([known]) => known === key);
  if (version === undefined)
    throw new VimFault('InvalidArgument', { invalidProperty: 'key' }, 'A specified parameter was not correct: key');
  const guests = guestIds.length === 0 ? GUESTS : GUESTS.filter((guest) => guestIds.includes(guest.id));
  return {
    version: key,
    description: version[1],
    guestOSDescriptor: guests.map(guestDescriptor),
    guestOSDefaultIndex: 0,
    hardwareOptions: hardwareOption(Number(key.slice('vmx-'.length))),
    capabilities: CAPABILITY,
    datastore: {},
    supportedMonitorType: ['release', 'debug', 'stats'],
  };
}

function hardwareOption(hwVersion: number): Record<string, unknown> {
  const none = range(0, 0, 0);
  return {
    hwVersion,
    virtualDeviceOption: [],
    deviceListReadonly: false,
    numCPU: Array.from({ length: MOST_CPUS }, (_unused, index) => index + 1),
    numCoresPerSocket: range(1, MOST_CPUS, 1),
    numCpuReadonly: false,
    memoryMB: { $type: 'LongOption', min: 4, max: MOST_MEMORY_MB, defaultValue: 32 },
    numPCIControllers: range(1, 1, 1),
    numIDEControllers: range(2, 2, 2),
    numUSBControllers: none,
    numUSBXHCIControllers: none,
    numSIOControllers: range(1, 1, 1),
    numPS2Controllers: range(1, 1, 1),
    resourceConfigOption: {
      cpuAllocationOption: { sharesOption: { sharesOption: range(0, 1_000_000, 4000), defaultLevel: 'normal' } },
      memoryAllocationOption: { sharesOption: { sharesOption: range(0, 1_000_000, 163_840), defaultLevel: 'normal' } },
    },
  };
}

function guestDescriptor({ id, family, fullName }: GuestOs): Record<string, unknown> {
  const controllers = ['VirtualLsiLogicController', 'ParaVirtualSCSIController', 'VirtualLsiLogicSASController'];
  return {
    id,
    family,
    fullName,
    supportedMaxCPUs: MOST_CPUS,
    numSupportedPhysicalSockets: 128,
    numSupportedCoresPerSocket: MOST_CPUS,
    supportedMinMemMB: 4,
    supportedMaxMemMB: MOST_MEMORY_MB,
    recommendedMemMB: 2048,
    recommendedColorDepth: 32,
    supportedDiskControllerList: [
      ...controllers,
      'VirtualIDEController',
      'VirtualAHCIController',
      'VirtualNVMEController',
    ],
    recommendedSCSIController: controllers[0],
    recommendedDiskController: controllers[0],
    supportedNumDisks: 256,
    recommendedDiskSizeMB: 16_384,
    recommendedCdromController: 'VirtualIDEController',
    supportedEthernetCard: ['VirtualE1000', 'VirtualE1000e', 'VirtualVmxnet3'],
    recommendedEthernetCard: 'VirtualVmxnet3',
    smcRequired: false,
    supportsWakeOnLan: true,
    supportsVMI: false,
    supportsMemoryHotAdd: true,
    supportsCpuHotAdd: true,
    supportsCpuHotRemove: false,
    supportedFirmware: ['bios', 'efi'],
    recommendedFirmware: 'bios',
    supports3D: true,
    recommended3D: false,
    smcRecommended: false,
    ich7mRecommended: false,
    usbRecommended: false,
    supportLevel: 'supported',
    supportedForCreate: true,
    vRAMSizeInKB: range(1024, 131_072, 4096),
    numSupportedFloppyDevices: 2,
    supportsPvscsiControllerForBoot: true,
    diskUuidEnabled: false,
    supportsHotPlugPCI: true,
  };
}

function range(min: number, max: number, defaultValue: number): Record<string, unknown> {
  return { $type: 'IntOption', valueIsReadonly: min === max, min, max, defaultValue };
}
