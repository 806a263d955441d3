// What calls need that make, copy, change or move virtual machines: on the machine, on where it goes, and on what it takes.
// Sources: vSphere Web Services API reference, "Required Privileges" of each method; vSphere Security, "Required vCenter
// Server Privileges for Common Tasks" (on which object each is needed).
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Need, PrivilegedCall } from '../core/access.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { configPrivileges, deviceChanges, deviceOf, isDevice, sameDevice } from './config-needs.ts';

type Data = Readonly<Record<string, unknown>>;

const ALLOCATE = 'Datastore.AllocateSpace';
const ASSIGN_TO_POOL = 'Resource.AssignVMToPool';
const ASSIGN_NETWORK = 'Network.Assign';

/** CloneVM_Task. What the clone's configuration needs is asked of the folder, because it's the clone's and not the source's. */
export function cloneNeeds(registry: Registry, { self, args }: PrivilegedCall): readonly Need[] {
  const spec = args['spec'] as Data;
  const location = (spec['location'] ?? {}) as Data;
  const folder = objectAt(registry, location['folder'] ?? args['folder']);
  const config = (spec['config'] ?? {}) as Data;
  return [
    need(provisioning(self.get('config.template') === true, spec['template'] === true), self),
    ...(spec['customization'] === undefined ? [] : [need('VirtualMachine.Provisioning.Customize', self)]),
    need('VirtualMachine.Inventory.CreateFromExisting', folder),
    ...configPrivileges(config).map((privilege) => need(privilege, folder)),
    ...(spec['powerOn'] === true ? [need('VirtualMachine.Interact.PowerOn', folder)] : []),
    ...placeNeeds(registry, self, location),
    // Unless it's said where the disks go, they go where the source's are.
    ...(location['datastore'] === undefined ? [need(ALLOCATE, homeOf(registry, self))] : []),
    ...deviceNeeds(registry, self, [...deviceChanges(config), ...deviceChanges(location)]),
  ].filter(isAsked);
}

function provisioning(fromTemplate: boolean, toTemplate: boolean): string {
  if (fromTemplate) return `VirtualMachine.Provisioning.${toTemplate ? 'CloneTemplate' : 'DeployTemplate'}`;
  return `VirtualMachine.Provisioning.${toTemplate ? 'CreateTemplateFromVM' : 'Clone'}`;
}

/** CreateVM_Task. */
export function createNeeds(registry: Registry, { self, args }: PrivilegedCall): readonly Need[] {
  const spec = args['config'] as Data;
  const { name: _name, ...rest } = spec;
  const files = spec['files'] as { readonly vmPathName?: string } | undefined;
  return [
    need('VirtualMachine.Inventory.Create', self),
    ...configPrivileges(rest).map((privilege) => need(privilege, self)),
    need(ALLOCATE, datastoreOfPath(registry, files?.vmPathName)),
    ...deviceNeeds(registry, undefined, deviceChanges(spec)),
  ].filter(isAsked);
}

/** ReconfigVM_Task. */
export function reconfigureNeeds(registry: Registry, { self, args }: PrivilegedCall): readonly Need[] {
  const { name, ...rest } = args['spec'] as Data;
  const spec = name === self.get('name') ? rest : { ...rest, name };
  return [
    ...configPrivileges(spec, devicesOf(self)).map((privilege) => need(privilege, self)),
    ...deviceNeeds(registry, self, deviceChanges(spec)),
  ].filter(isAsked);
}

/** RelocateVM_Task. */
export function relocateNeeds(registry: Registry, { self, args }: PrivilegedCall): readonly Need[] {
  const spec = args['spec'] as Data;
  const folder = objectAt(registry, spec['folder']);
  return [
    need(migrating(self), self),
    ...(folder === undefined ? [] : [need('VirtualMachine.Inventory.Move', folder)]),
    ...placeNeeds(registry, self, spec),
    ...deviceNeeds(registry, self, deviceChanges(spec)),
  ].filter(isAsked);
}

/** MigrateVM_Task; the table knows what `pool` needs. */
export function migrateNeeds({ self }: PrivilegedCall): readonly Need[] {
  return [{ privilege: migrating(self), object: self }];
}

function migrating(machine: SimObject): string {
  return machine.get('runtime.powerState') === 'poweredOn' ? 'Resource.HotMigrate' : 'Resource.ColdMigrate';
}

/** Pool and datastores of a VirtualMachineRelocateSpec. */
function placeNeeds(registry: Registry, machine: SimObject, location: Data): readonly (Need | undefined)[] {
  const disks = (location['disk'] ?? []) as readonly Data[];
  const datastores = new Set([location['datastore'], ...disks.map((disk) => disk['datastore'])].filter(isMoRef));
  const pool = objectAt(registry, location['pool'] ?? machine.get('resourcePool'));
  return [
    ...(location['pool'] === undefined && machine.get('config.template') === true ? [] : [need(ASSIGN_TO_POOL, pool)]),
    ...[...datastores].map((datastore) => need(ALLOCATE, registry.get(datastore))),
  ];
}

/** Space for new disks, and the networks that cards are put on. */
function deviceNeeds(
  registry: Registry,
  machine: SimObject | undefined,
  changes: readonly Data[],
): readonly (Need | undefined)[] {
  const current = machine === undefined ? [] : devicesOf(machine);
  return changes.flatMap((change) => {
    const device = deviceOf(change);
    const backing = (device['backing'] ?? {}) as Data;
    if (isDevice(device, 'VirtualDisk')) {
      if (change['operation'] !== 'add' || change['fileOperation'] === undefined) return [];
      const path = typeof backing['fileName'] === 'string' ? backing['fileName'] : undefined;
      const place = objectAt(registry, backing['datastore']) ?? datastoreOfPath(registry, path);
      return [need(ALLOCATE, place ?? (machine === undefined ? undefined : homeOf(registry, machine)))];
    }
    if (!isDevice(device, 'VirtualEthernetCard') || change['operation'] === 'remove') return [];
    const network = networkOf(registry, backing);
    const before = networkOf(registry, (sameDevice(current, change)?.['backing'] ?? {}) as Data);
    return network === undefined || network === before ? [] : [need(ASSIGN_NETWORK, network)];
  });
}

function networkOf(registry: Registry, backing: Data): SimObject | undefined {
  const named = objectAt(registry, backing['network']);
  if (named !== undefined) return named;
  const portgroup = (backing['port'] as { readonly portgroupKey?: string } | undefined)?.portgroupKey;
  for (const network of registry.ofType('Network')) {
    if (network.value === portgroup || network.get('name') === backing['deviceName']) return network;
  }
  return undefined;
}

function devicesOf(machine: SimObject): readonly Data[] {
  return (machine.get('config.hardware.device') as readonly Data[] | undefined) ?? [];
}

function homeOf(registry: Registry, machine: SimObject): SimObject | undefined {
  return datastoreOfPath(registry, machine.get('config.files.vmPathName'));
}

/** The datastore of a path such as `[shared-1] lab/lab.vmx`; undefined when there is none, which is another fault. */
export function datastoreOfPath(registry: Registry, path: unknown): SimObject | undefined {
  const name = typeof path === 'string' ? /^\[([^\]]+)\]/.exec(path)?.[1] : undefined;
  if (name === undefined) return undefined;
  for (const datastore of registry.ofType('Datastore')) if (datastore.get('name') === name) return datastore;
  return undefined;
}

function objectAt(registry: Registry, ref: unknown): SimObject | undefined {
  return isMoRef(ref) ? registry.get(ref satisfies MoRef) : undefined;
}

/** Undefined for an object that isn't there: the method itself says so. */
function need(privilege: string, object: SimObject | undefined): Need | undefined {
  return object === undefined ? undefined : { privilege, object };
}

function isAsked(asked: Need | undefined): asked is Need {
  return asked !== undefined;
}
