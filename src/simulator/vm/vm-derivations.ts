// Properties of a VM that follow from others: `summary`, what power state and Tools say about its health, and what is the
// same for every VM of this vCenter. None of it is stored, so ten thousand VMs pay for it only when it is read.
import type { SimObject } from '../core/sim-object.ts';
import type { Registry } from '../core/registry.ts';
import { isNetworkCard } from './devices.ts';
import type { Device } from './devices.ts';

/** Declares them; once for a registry. */
export function deriveVmProperties(registry: Registry): void {
  registry.derive('VirtualMachine', 'summary', ['config', 'runtime', 'guest', 'storage', 'customValue'], summary);
  registry.derive('VirtualMachine', 'guestHeartbeatStatus', ['guest.toolsRunningStatus'], heartbeat);
  registry.derive('VirtualMachine', 'disabledMethod', ['runtime.powerState', 'config.template'], disabledMethods);
  registry.derive('VirtualMachine', 'capability', [], () => CAPABILITY);
  registry.derive('VirtualMachine', 'resourceConfig', [], (vm) => ({
    entity: vm.ref,
    cpuAllocation: vm.get('config.cpuAllocation'),
    memoryAllocation: vm.get('config.memoryAllocation'),
  }));
}

function summary(vm: SimObject): Record<string, unknown> {
  const config = vm.get('config') as Record<string, unknown>;
  const hardware = config['hardware'] as {
    readonly device: readonly Device[];
    readonly numCPU: number;
    readonly memoryMB: number;
  };
  const storage = vm.get('storage') as
    { readonly perDatastoreUsage: readonly Usage[]; readonly timestamp: string } | undefined;
  return {
    vm: vm.ref,
    runtime: vm.get('runtime'),
    guest: guestSummary(vm.get('guest') as Record<string, unknown>, config),
    config: {
      name: config['name'],
      template: config['template'],
      vmPathName: vm.get('config.files.vmPathName'),
      memorySizeMB: hardware.memoryMB,
      cpuReservation: 0,
      memoryReservation: 0,
      numCpu: hardware.numCPU,
      numEthernetCards: hardware.device.filter(isNetworkCard).length,
      numVirtualDisks: hardware.device.filter((device) => device['$type'] === 'VirtualDisk').length,
      uuid: config['uuid'],
      instanceUuid: config['instanceUuid'],
      guestId: config['guestId'],
      guestFullName: config['guestFullName'],
      annotation: config['annotation'],
      installBootRequired: false,
      tpmPresent: hardware.device.some((device) => device['$type'] === 'VirtualTPM'),
      numVmiopBackings: 0,
      hwVersion: config['version'],
    },
    ...(storage === undefined ? {} : { storage: storageSummary(storage) }),
    quickStats: { guestHeartbeatStatus: heartbeat(vm) },
    overallStatus: 'green',
    customValue: vm.get('customValue'),
  };
}

interface Usage {
  readonly committed: number;
  readonly uncommitted: number;
  readonly unshared: number;
}

function storageSummary(storage: {
  readonly perDatastoreUsage: readonly Usage[];
  readonly timestamp: string;
}): Record<string, unknown> {
  const sum = (pick: (usage: Usage) => number): number =>
    storage.perDatastoreUsage.reduce((total, usage) => total + pick(usage), 0);
  return {
    committed: sum((usage) => usage.committed),
    uncommitted: sum((usage) => usage.uncommitted),
    unshared: sum((usage) => usage.unshared),
    timestamp: storage.timestamp,
  };
}

function guestSummary(
  guest: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    guestId: guest['guestId'] ?? config['guestId'],
    guestFullName: guest['guestFullName'] ?? config['guestFullName'],
    toolsStatus: guest['toolsStatus'],
    toolsVersionStatus: guest['toolsVersionStatus'],
    toolsVersionStatus2: guest['toolsVersionStatus2'],
    toolsRunningStatus: guest['toolsRunningStatus'],
    hostName: guest['hostName'],
    ipAddress: guest['ipAddress'],
    hwVersion: config['version'],
  };
}

function heartbeat(vm: SimObject): string {
  return vm.get('guest.toolsRunningStatus') === 'guestToolsRunning' ? 'green' : 'gray';
}

const NOT_ON_TEMPLATES = [
  'PowerOnVM_Task',
  'PowerOffVM_Task',
  'ResetVM_Task',
  'SuspendVM_Task',
  'CreateSnapshot_Task',
  'MarkAsTemplate',
];
const OFF = [
  'PowerOffVM_Task',
  'ResetVM_Task',
  'SuspendVM_Task',
  'ShutdownGuest',
  'RebootGuest',
  'StandbyGuest',
  'MarkAsVirtualMachine',
];
const ON = [
  'PowerOnVM_Task',
  'Destroy_Task',
  'UnregisterVM',
  'MarkAsTemplate',
  'MarkAsVirtualMachine',
  'CustomizeVM_Task',
];
const SUSPENDED = [
  'SuspendVM_Task',
  'ResetVM_Task',
  'ShutdownGuest',
  'RebootGuest',
  'StandbyGuest',
  'MarkAsTemplate',
  'MarkAsVirtualMachine',
  'CustomizeVM_Task',
];

function disabledMethods(vm: SimObject): readonly string[] {
  if (vm.get('config.template') === true) return NOT_ON_TEMPLATES;
  const powerState = vm.get('runtime.powerState');
  if (powerState === 'poweredOn') return ON;
  return powerState === 'suspended' ? SUSPENDED : OFF;
}

const YES = [
  'snapshotOperationsSupported',
  'multipleSnapshotsSupported',
  'snapshotConfigSupported',
  'poweredOffSnapshotsSupported',
  'memorySnapshotsSupported',
  'revertToSnapshotSupported',
  'quiescedSnapshotsSupported',
  'consolePreferencesSupported',
  'cpuFeatureMaskSupported',
  's1AcpiManagementSupported',
  'toolsAutoUpdateSupported',
  'swapPlacementSupported',
  'toolsSyncTimeSupported',
  'virtualMmuUsageSupported',
  'diskSharesSupported',
  'bootOptionsSupported',
  'bootRetryOptionsSupported',
  'settingVideoRamSizeSupported',
  'changeTrackingSupported',
  'multipleCoresPerSocketSupported',
  'featureRequirementSupported',
  'seSparseDiskSupported',
  'nestedHVSupported',
];
const NO = [
  'disableSnapshotsSupported',
  'lockSnapshotsSupported',
  'settingScreenResolutionSupported',
  'vmNpivWwnSupported',
  'npivWwnOnNonRdmVmSupported',
  'vmNpivWwnDisableSupported',
  'vmNpivWwnUpdateSupported',
  'settingDisplayTopologySupported',
  'recordReplaySupported',
  'hostBasedReplicationSupported',
  'guestAutoLockSupported',
  'memoryReservationLockSupported',
  'poweredOnMonitorTypeChangeSupported',
  'vPMCSupported',
];
/** VirtualMachineCapability: the same for every VM here. */
export const CAPABILITY = Object.freeze(
  Object.fromEntries([...YES.map((name) => [name, true]), ...NO.map((name) => [name, false])]),
);
