// VirtualMachineConfigSpec over an existing configuration: the fields that ReconfigVM and CloneVM take alike. Devices,
// names and uuids are done where their consequences are.
import type { OptionValue } from './config-info.ts';
import { mergeExtraConfig } from './config-info.ts';
import { invalidArgument } from './vm-call.ts';

export type ConfigSpec = Readonly<Record<string, unknown>>;

/** Fields that are simply stored. */
const PLAIN = [
  'guestId',
  'alternateGuestName',
  'annotation',
  'locationId',
  'rebootPowerOff',
  'memoryHotAddEnabled',
  'cpuHotAddEnabled',
  'cpuHotRemoveEnabled',
  'latencySensitivity',
  'swapPlacement',
  'vAssertsEnabled',
  'changeTrackingEnabled',
  'firmware',
  'maxMksConnections',
  'guestAutoLockEnabled',
  'managedBy',
  'memoryReservationLockedToMax',
  'nestedHVEnabled',
  'vPMCEnabled',
  'messageBusTunnelEnabled',
  'version',
];

/** Fields of which only what is given changes: spec field → configuration field. */
const MERGED: Readonly<Record<string, string>> = {
  tools: 'tools',
  flags: 'flags',
  powerOpInfo: 'defaultPowerOps',
  cpuAllocation: 'cpuAllocation',
  memoryAllocation: 'memoryAllocation',
  bootOptions: 'bootOptions',
};

const HARDWARE: Readonly<Record<string, string>> = {
  numCPUs: 'numCPU',
  numCoresPerSocket: 'numCoresPerSocket',
  memoryMB: 'memoryMB',
  virtualICH7MPresent: 'virtualICH7MPresent',
  virtualSMCPresent: 'virtualSMCPresent',
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** The smallest memory that a VM may have, in MB. */
const LEAST_MEMORY = 4;

/** Throws InvalidArgument; `prefix` is where the spec stands in the call, `spec.config.`. */
export function demandConfigSpec(spec: ConfigSpec, prefix: string): void {
  const { numCPUs, numCoresPerSocket, memoryMB, uuid, instanceUuid } = spec;
  if (typeof numCPUs === 'number' && numCPUs < 1) throw invalidArgument(`${prefix}numCPUs`);
  if (typeof memoryMB === 'number' && (memoryMB < LEAST_MEMORY || memoryMB % 4 !== 0))
    throw invalidArgument(`${prefix}memoryMB`);
  if (
    typeof numCoresPerSocket === 'number' &&
    (numCoresPerSocket < 1 || (typeof numCPUs === 'number' && numCPUs % numCoresPerSocket !== 0))
  ) {
    throw invalidArgument(`${prefix}numCoresPerSocket`);
  }
  if (typeof uuid === 'string' && !UUID.test(uuid)) throw invalidArgument(`${prefix}uuid`);
  if (typeof instanceUuid === 'string' && !UUID.test(instanceUuid)) throw invalidArgument(`${prefix}instanceUuid`);
}

/** What changes in the configuration, by property path below `config`. Empty: nothing. */
export function configChanges(config: ConfigSpec, spec: ConfigSpec): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const field of PLAIN) if (spec[field] !== undefined) changes[field] = spec[field];
  for (const [from, to] of Object.entries(MERGED)) {
    if (spec[from] !== undefined)
      changes[to] = { ...(config[to] as object | undefined), ...defined(spec[from] as object) };
  }
  for (const [from, to] of Object.entries(HARDWARE))
    if (spec[from] !== undefined) changes[`hardware.${to}`] = spec[from];
  const options = spec['extraConfig'] as readonly OptionValue[] | undefined;
  if (options !== undefined && options.length > 0) {
    changes['extraConfig'] = mergeExtraConfig(
      (config['extraConfig'] as readonly OptionValue[] | undefined) ?? [],
      options,
    );
  }
  return changes;
}

function defined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}
