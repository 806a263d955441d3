// What a host is made of (`hardware`), and the references of its own managers (`configManager`). Inventory tools read both of
// every host. What some of the managers tell is in host-settings.ts; the others are there and have nothing to tell.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { belongTo } from '../core/belongs-to.ts';
import { aboutInfo } from '../core/service-content.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';

export interface HostParts {
  readonly uuid: string;
  /** Bytes. */
  readonly memorySize: number;
  readonly cores: number;
}

export const CPU_MHZ = 2600;
export const CPU_PACKAGES = 2;
const THREADS_PER_CORE = 2;
export const VENDOR = 'Simulated';
export const HOST_MODEL = 'Simulated Host';
export const CPU_MODEL = 'Simulated CPU @ 2.60GHz';

/** AboutInfo of every host. */
export const ESXI = Object.freeze({
  ...aboutInfo(''),
  name: 'VMware ESXi',
  fullName: 'VMware ESXi 8.0.3 build-24022510',
  osType: 'vmnix-x86',
  productLineId: 'embeddedEsx',
  apiType: 'HostAgent',
  instanceUuid: undefined,
});

/** `HostConfigManager` field → [managed type, start of the MoRef value]. */
const MANAGERS = {
  datastoreSystem: ['HostDatastoreSystem', 'datastoreSystem'],
  storageSystem: ['HostStorageSystem', 'storageSystem'],
  networkSystem: ['HostNetworkSystem', 'networkSystem'],
  virtualNicManager: ['HostVirtualNicManager', 'virtualNicManager'],
  vmotionSystem: ['HostVMotionSystem', 'vmotionSystem'],
  serviceSystem: ['HostServiceSystem', 'serviceSystem'],
  firewallSystem: ['HostFirewallSystem', 'firewallSystem'],
  dateTimeSystem: ['HostDateTimeSystem', 'dateTimeSystem'],
  autoStartManager: ['HostAutoStartManager', 'autoStartManager'],
  certificateManager: ['HostCertificateManager', 'certificateManager'],
  powerSystem: ['HostPowerSystem', 'powerSystem'],
} as const;

/** HostConfigManager: makes the managers of a new host. */
export function configManagerOf(registry: Registry, host: SimObject): Readonly<Record<string, MoRef>> {
  const number = host.value.slice(host.value.lastIndexOf('-') + 1);
  return Object.fromEntries(
    Object.entries(MANAGERS).map(([field, [type, name]]) => {
      const manager = registry.create(type, {}, { value: `${name}-${number}` });
      belongTo(manager, host);
      return [field, manager.ref];
    }),
  );
}

/** HostHardwareInfo. */
export function hardwareInfo({ uuid, memorySize, cores }: HostParts): Record<string, unknown> {
  const threads = cores * THREADS_PER_CORE;
  const hz = CPU_MHZ * 1_000_000;
  return {
    systemInfo: { vendor: VENDOR, model: HOST_MODEL, uuid, serialNumber: uuid.slice(0, 8).toUpperCase() },
    cpuInfo: { numCpuPackages: CPU_PACKAGES, numCpuCores: cores, numCpuThreads: threads, hz },
    cpuPkg: Array.from({ length: CPU_PACKAGES }, (_, index) => ({
      index,
      vendor: 'intel',
      hz,
      busHz: 100_000_000,
      description: CPU_MODEL,
      threadId: threadsOf(index, threads),
    })),
    memorySize,
    numaInfo: {
      type: 'NUMA',
      numNodes: CPU_PACKAGES,
      numaNode: Array.from({ length: CPU_PACKAGES }, (_, index) => ({
        typeId: index,
        cpuID: threadsOf(index, threads),
        memoryRangeBegin: index * Math.floor(memorySize / CPU_PACKAGES),
        memoryRangeLength: Math.floor(memorySize / CPU_PACKAGES),
      })),
    },
    smcPresent: false,
    biosInfo: { biosVersion: '1.0', releaseDate: '2024-06-25T00:00:00Z', vendor: VENDOR },
  };
}

/** The threads of one package. */
function threadsOf(index: number, threads: number): readonly number[] {
  const first = Math.floor((index * threads) / CPU_PACKAGES);
  const end = Math.floor(((index + 1) * threads) / CPU_PACKAGES);
  return Array.from({ length: end - first }, (_, offset) => first + offset);
}
