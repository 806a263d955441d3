// Methods whose privileges depend on what they're called with or on: the table of types has none for these. Sources: vSphere
// Web Services API reference, "Required Privileges" of each method, where it says "dynamic".
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { Need, PrivilegedCall } from '../core/access.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';
import { isManagedA } from '../schema/schema.ts';
import {
  cloneNeeds,
  createNeeds,
  datastoreOfPath,
  migrateNeeds,
  reconfigureNeeds,
  relocateNeeds,
} from './machine-needs.ts';
import { principalKey } from './principal-name.ts';

type Needs = (registry: Registry, call: PrivilegedCall) => readonly Need[];

/** Managed type → privilege; the first that fits counts. */
type ByType = readonly (readonly [type: string, privilege: string])[];

const DESTROY: ByType = [
  ['VirtualMachine', 'VirtualMachine.Inventory.Delete'],
  ['Folder', 'Folder.Delete'],
  ['Datacenter', 'Datacenter.Delete'],
  ['Datastore', 'Datastore.Delete'],
  ['VirtualApp', 'VApp.Delete'],
  ['ResourcePool', 'Resource.DeletePool'],
  ['HostSystem', 'Host.Inventory.RemoveHostFromCluster'],
  ['ComputeResource', 'Host.Inventory.DeleteCluster'],
  ['DistributedVirtualPortgroup', 'DVPortgroup.Delete'],
  ['Network', 'Network.Delete'],
  ['DistributedVirtualSwitch', 'DVSwitch.Delete'],
];
/** Also needed on what the entity is in. */
const DESTROY_ON_PARENT = ['VirtualMachine', 'Folder', 'Datacenter', 'VirtualApp', 'ResourcePool'];

const RENAME: ByType = [
  ['VirtualMachine', 'VirtualMachine.Config.Rename'],
  ['Folder', 'Folder.Rename'],
  ['Datacenter', 'Datacenter.Rename'],
  ['Datastore', 'Datastore.Rename'],
  ['VirtualApp', 'VApp.Rename'],
  ['ResourcePool', 'Resource.RenamePool'],
  ['ComputeResource', 'Host.Inventory.RenameCluster'],
  ['DistributedVirtualPortgroup', 'DVPortgroup.Modify'],
  ['DistributedVirtualSwitch', 'DVSwitch.Modify'],
  ['Network', 'Network.Config'],
];

const MOVE: ByType = [
  ['VirtualMachine', 'VirtualMachine.Inventory.Move'],
  ['Folder', 'Folder.Move'],
  ['Datacenter', 'Datacenter.Move'],
  ['Datastore', 'Datastore.Move'],
  ['ComputeResource', 'Host.Inventory.MoveCluster'],
  ['DistributedVirtualSwitch', 'DVSwitch.Move'],
  ['Network', 'Network.Move'],
];

const MOVE_INTO_POOL: ByType = [
  ['VirtualMachine', 'Resource.AssignVMToPool'],
  ['VirtualApp', 'Resource.AssignVAppToPool'],
  ['ResourcePool', 'Resource.MovePool'],
];

const NEEDS: Readonly<Record<string, Needs>> = {
  CloneVM_Task: cloneNeeds,
  CreateVM_Task: createNeeds,
  ReconfigVM_Task: reconfigureNeeds,
  RelocateVM_Task: relocateNeeds,
  MigrateVM_Task: (_registry, call) => migrateNeeds(call),
  Destroy_Task: (registry, { self }) => destroyNeeds(registry, self),
  Rename_Task: (_registry, { self }) => needs(privilegeOf(RENAME, self), self),
  MoveIntoFolder_Task: (registry, call) =>
    listed(registry, call).flatMap((entity) =>
      needs(privilegeOf(MOVE, entity), entity, parentOf(registry, entity), call.self),
    ),
  MoveIntoResourcePool: (registry, call) =>
    listed(registry, call).flatMap((entity) => needs(privilegeOf(MOVE_INTO_POOL, entity), entity, call.self)),
  DestroyChildren: (registry, { self }) =>
    needs('Resource.DeletePool', self, ...objects(registry, self.get('resourcePool'))),
  UpdateConfig: (_registry, { self, args }) => [
    ...(args['config'] === undefined ? [] : needs('Resource.EditPool', self)),
    ...(args['name'] === undefined ? [] : needs('Resource.RenamePool', self)),
  ],
  setCustomValue: (_registry, { self }) => needs('Global.SetCustomField', self),
  SearchDatastore_Task: browse,
  SearchDatastoreSubFolders_Task: browse,
  MoveDatastoreFile_Task: moveFiles,
  CopyDatastoreFile_Task: moveFiles,
  DeleteDatastoreFile_Task: (registry, { args }) => manageFiles(registry, args['name']),
  MakeDirectory: (registry, { args }) => manageFiles(registry, args['name']),
  ...Object.fromEntries(
    ['Create', 'Delete', 'Extend', 'Inflate', 'EagerZero', 'ZeroFill', 'Shrink', 'Defragment'].map(
      (verb): [string, Needs] => [
        `${verb}VirtualDisk_Task`,
        (registry, { args }) => manageFiles(registry, args['name']),
      ],
    ),
  ),
  SetVirtualDiskUuid: (registry, { args }) => manageFiles(registry, args['name']),
  CopyVirtualDisk_Task: moveFiles,
  MoveVirtualDisk_Task: moveFiles,
  CancelTask: (_registry, { self, principal }) =>
    principalKey(String(self.get('info.reason.userName') ?? '')) === principalKey(principal)
      ? []
      : needs('Global.CancelTask', self),
};

/** Undefined for a method that always needs the same. */
export function callNeeds(world: World, call: PrivilegedCall): readonly Need[] | undefined {
  return Object.hasOwn(NEEDS, call.method) ? NEEDS[call.method]?.(world.registry, call) : undefined;
}

function destroyNeeds(registry: Registry, entity: SimObject): readonly Need[] {
  const isAlsoOnParent = DESTROY_ON_PARENT.some((type) => isManagedA(entity.type, type));
  return needs(privilegeOf(DESTROY, entity), entity, isAlsoOnParent ? parentOf(registry, entity) : undefined);
}

function browse(registry: Registry, { args }: PrivilegedCall): readonly Need[] {
  return needs('Datastore.Browse', datastoreOfPath(registry, args['datastorePath']));
}

function moveFiles(registry: Registry, { args }: PrivilegedCall): readonly Need[] {
  return [
    ...manageFiles(registry, args['sourceName']),
    ...manageFiles(registry, args['destinationName'] ?? args['destName']),
  ];
}

function manageFiles(registry: Registry, path: unknown): readonly Need[] {
  return needs('Datastore.FileManagement', datastoreOfPath(registry, path));
}

function privilegeOf(table: ByType, entity: SimObject): string {
  return table.find(([type]) => isManagedA(entity.type, type))?.[1] ?? '';
}

function listed(registry: Registry, { args }: PrivilegedCall): readonly SimObject[] {
  return objects(registry, args['list']);
}

function parentOf(registry: Registry, entity: SimObject): SimObject | undefined {
  return objects(registry, entity.get('parent'))[0];
}

function objects(registry: Registry, refs: unknown): readonly SimObject[] {
  return [refs]
    .flat()
    .filter(isMoRef)
    .map((ref) => registry.get(ref))
    .filter((object) => object !== undefined);
}

/** The privilege on each of the objects that are there. */
function needs(privilege: string, ...on: readonly (SimObject | undefined)[]): readonly Need[] {
  return on.filter((object) => object !== undefined).map((object) => ({ privilege, object }));
}
