// VirtualMachineConfigInfo of a new VM. What is the same for every VM is one frozen object each.
import type { Device } from './devices.ts';

export interface ConfigInput {
  readonly name: string;
  readonly uuid: string;
  readonly instanceUuid: string;
  readonly template: boolean;
  readonly guestId: string;
  readonly guestFullName: string;
  readonly annotation: string;
  readonly vmxPath: string;
  /** Folder as a datastore path, with a slash at the end. */
  readonly folderPath: string;
  readonly datastore: { readonly name: string; readonly url: string };
  readonly cpus: number;
  readonly memoryMb: number;
  readonly devices: readonly Device[];
  readonly extraConfig: readonly OptionValue[];
  readonly encrypted: boolean;
  /** ISO time. */
  readonly createDate: string;
  readonly changeVersion: string;
}

export interface OptionValue {
  readonly key: string;
  readonly value: unknown;
}

/** The property `config`. */
export function configInfo(input: ConfigInput): Record<string, unknown> {
  return {
    changeVersion: input.changeVersion,
    modified: input.createDate,
    name: input.name,
    guestFullName: input.guestFullName,
    version: 'vmx-19',
    uuid: input.uuid,
    createDate: input.createDate,
    instanceUuid: input.instanceUuid,
    npivTemporaryDisabled: true,
    template: input.template,
    guestId: input.guestId,
    alternateGuestName: '',
    annotation: input.annotation,
    files: filesInfo(input),
    tools: TOOLS,
    flags: FLAGS,
    defaultPowerOps: POWER_OPS,
    rebootPowerOff: false,
    hardware: {
      numCPU: input.cpus,
      numCoresPerSocket: 1,
      autoCoresPerSocket: false,
      memoryMB: input.memoryMb,
      virtualICH7MPresent: false,
      virtualSMCPresent: false,
      device: input.devices,
      motherboardLayout: 'i440bxHostBridge',
      simultaneousThreads: 1,
    },
    cpuAllocation: CPU_ALLOCATION,
    memoryAllocation: MEMORY_ALLOCATION,
    latencySensitivity: LATENCY,
    memoryHotAddEnabled: false,
    cpuHotAddEnabled: false,
    cpuHotRemoveEnabled: false,
    extraConfig: input.extraConfig,
    datastoreUrl: [input.datastore],
    swapPlacement: 'inherit',
    bootOptions: BOOT_OPTIONS,
    vAssertsEnabled: false,
    changeTrackingEnabled: false,
    firmware: 'bios',
    maxMksConnections: -1,
    guestAutoLockEnabled: true,
    memoryReservationLockedToMax: false,
    initialOverhead: INITIAL_OVERHEAD,
    nestedHVEnabled: false,
    vPMCEnabled: false,
    messageBusTunnelEnabled: false,
    ...(input.encrypted ? { keyId: { keyId: 'simulated-key', providerId: { id: 'simulated-provider' } } } : {}),
  };
}

/** The field `config.files`. */
export function filesInfo(input: Pick<ConfigInput, 'vmxPath' | 'folderPath'>): Record<string, unknown> {
  return {
    vmPathName: input.vmxPath,
    snapshotDirectory: input.folderPath,
    suspendDirectory: input.folderPath,
    logDirectory: input.folderPath,
  };
}

/** `changes` over `base`: an empty value removes a key. Keys are compared as they are. */
export function mergeExtraConfig(
  base: readonly OptionValue[],
  changes: readonly OptionValue[],
): readonly OptionValue[] {
  const merged = new Map(base.map((option) => [option.key, option.value]));
  for (const { key, value } of changes) {
    if (value === '' || value === undefined) merged.delete(key);
    else merged.set(key, value);
  }
  return [...merged].map(([key, value]) => ({ key, value }));
}

/** The value of a key, as text. */
export function extraConfigValue(options: readonly OptionValue[] | undefined, key: string): string | undefined {
  const option = options?.find((candidate) => candidate.key === key);
  return option === undefined ? undefined : String(option.value);
}

const NORMAL_SHARES = Object.freeze({ shares: 1000, level: 'normal' });
const TOOLS = Object.freeze({
  toolsVersion: 12_389,
  toolsInstallType: 'guestToolsTypeMSI',
  afterPowerOn: true,
  afterResume: true,
  beforeGuestStandby: true,
  beforeGuestShutdown: true,
  toolsUpgradePolicy: 'manual',
  syncTimeWithHostAllowed: true,
  syncTimeWithHost: false,
});
const FLAGS = Object.freeze({
  disableAcceleration: false,
  enableLogging: true,
  useToe: false,
  runWithDebugInfo: false,
  monitorType: 'release',
  htSharing: 'any',
  snapshotDisabled: false,
  snapshotLocked: false,
  diskUuidEnabled: false,
  snapshotPowerOffBehavior: 'powerOff',
  recordReplayEnabled: false,
  faultToleranceType: 'unset',
  cbrcCacheEnabled: false,
  vvtdEnabled: false,
  vbsEnabled: false,
});
const POWER_OPS = Object.freeze({
  powerOffType: 'soft',
  suspendType: 'hard',
  resetType: 'soft',
  defaultPowerOffType: 'soft',
  defaultSuspendType: 'hard',
  defaultResetType: 'soft',
  standbyAction: 'checkpoint',
});
const CPU_ALLOCATION = Object.freeze({
  reservation: 0,
  expandableReservation: false,
  limit: -1,
  shares: NORMAL_SHARES,
});
const MEMORY_ALLOCATION = Object.freeze({
  reservation: 0,
  expandableReservation: false,
  limit: -1,
  shares: Object.freeze({ shares: 10_240, level: 'normal' }),
});
const LATENCY = Object.freeze({ level: 'normal' });
const BOOT_OPTIONS = Object.freeze({
  bootDelay: 0,
  enterBIOSSetup: false,
  efiSecureBootEnabled: false,
  bootRetryEnabled: false,
  bootRetryDelay: 10_000,
  networkBootProtocol: 'ipv4',
});
const INITIAL_OVERHEAD = Object.freeze({ initialMemoryReservation: 36_000_000, initialSwapReservation: 8_000_000 });
