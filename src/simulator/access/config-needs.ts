// Which privileges a VirtualMachineConfigSpec needs, field by field and device by device: vSphere Web Services API reference,
// VirtualMachine.ReconfigVM_Task. The same list counts for CreateVM_Task, and for the configuration that a clone gets.
import { isA } from '../schema/schema.ts';

type Data = Readonly<Record<string, unknown>>;

const CONFIG = 'VirtualMachine.Config.';

const BY_FIELD: readonly (readonly [privilege: string, fields: readonly string[]])[] = [
  ['Rename', ['name']],
  ['Annotation', ['annotation']],
  ['CPUCount', ['numCPUs', 'numCoresPerSocket', 'simultaneousThreads']],
  ['Memory', ['memoryMB']],
  ['AdvancedConfig', ['extraConfig']],
  [
    'Resource',
    [
      'cpuAllocation',
      'memoryAllocation',
      'cpuAffinity',
      'memoryAffinity',
      'networkShaper',
      'latencySensitivity',
      'memoryReservationLockedToMax',
    ],
  ],
  ['SwapPlacement', ['swapPlacement']],
  ['ChangeTracking', ['changeTrackingEnabled']],
  ['MksControl', ['maxMksConnections']],
  ['ManagedBy', ['managedBy']],
  ['ToggleForkParent', ['forkParent']],
  ['UpgradeVirtualHardware', ['version']],
  [
    'Settings',
    [
      'uuid',
      'instanceUuid',
      'guestId',
      'alternateGuestName',
      'locationId',
      'npivNodeWorldWideName',
      'npivPortWorldWideName',
      'tools',
      'flags',
      'consolePreferences',
      'powerOpInfo',
      'rebootPowerOff',
      'memoryHotAddEnabled',
      'cpuHotAddEnabled',
      'cpuHotRemoveEnabled',
      'virtualICH7MPresent',
      'virtualSMCPresent',
      'bootOptions',
      'firmware',
      'vAssertsEnabled',
      'guestAutoLockEnabled',
      'nestedHVEnabled',
      'vPMCEnabled',
      'messageBusTunnelEnabled',
      'sevEnabled',
    ],
  ],
];

/** Privilege ids, each once. `current`: the devices that the machine has, none for a new one. */
export function configPrivileges(spec: Data, current: readonly Data[] = []): readonly string[] {
  const needed = new Set<string>();
  for (const [privilege, fields] of BY_FIELD) {
    if (fields.some((field) => isGiven(spec[field]))) needed.add(`${CONFIG}${privilege}`);
  }
  for (const change of deviceChanges(spec)) {
    for (const id of devicePrivileges(change, sameDevice(current, change))) needed.add(`${CONFIG}${id}`);
  }
  return [...needed];
}

/** VirtualDeviceConfigSpecs of a configuration. */
export function deviceChanges(spec: Data): readonly Data[] {
  return (spec['deviceChange'] as readonly Data[] | undefined) ?? [];
}

/** The device that a change is about, as it is now. */
export function sameDevice(current: readonly Data[], change: Data): Data | undefined {
  const { key } = deviceOf(change);
  return change['operation'] === 'add' ? undefined : current.find((device) => device['key'] === key);
}

export function deviceOf(change: Data): Data {
  return (change['device'] as Data | undefined) ?? {};
}

export function isDevice(device: Data, type: string): boolean {
  const actual = device['$type'];
  return typeof actual === 'string' && isA(actual, type);
}

function devicePrivileges(change: Data, before: Data | undefined): readonly string[] {
  const device = deviceOf(change);
  const isEdit = change['operation'] !== 'add' && change['operation'] !== 'remove';
  if (isDevice(device, 'VirtualUSB')) return ['HostUSBDevice'];
  if (isEdit) return grows(device, before) ? ['EditDevice', 'DiskExtend'] : ['EditDevice'];
  if (isRaw(before ?? device)) return ['RawDevice'];
  if (!isDevice(device, 'VirtualDisk')) return ['AddRemoveDevice'];
  if (change['operation'] === 'remove') return ['RemoveDisk'];
  return [change['fileOperation'] === undefined ? 'AddExistingDisk' : 'AddNewDisk'];
}

function grows(device: Data, before: Data | undefined): boolean {
  const [wanted, now] = [device['capacityInKB'], before?.['capacityInKB']];
  return typeof wanted === 'number' && typeof now === 'number' && wanted > now;
}

/** A device of the host that the guest uses itself. */
function isRaw(device: Data): boolean {
  if (isDevice(device, 'VirtualSCSIPassthrough') || isDevice(device, 'VirtualPCIPassthrough')) return true;
  const backing = (device['backing'] as Data | undefined)?.['$type'];
  return typeof backing === 'string' && backing.startsWith('VirtualDiskRawDisk');
}

function isGiven(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}
