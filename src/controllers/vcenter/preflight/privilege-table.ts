// What the account needs, privilege by privilege: on which sort of object, for which call, and for which feature where not
// everybody uses it. And what it had better not have. deploy/vsphere/role.md is this table for people, and
// deploy/vsphere/create-roles.sh makes the roles of it; a test keeps the three together.

/** Sorts of objects that permissions are given on. */
export type Place = 'root' | 'folder' | 'pool' | 'datastore' | 'parent';

/** What not every installation uses; without one it's needed by all. */
export type Feature =
  | 'customization'
  | 'hardware'
  | 'notes'
  | 'makeFolders'
  | 'createSnapshot'
  | 'removeSnapshot'
  | 'machine'
  | 'template'
  | 'claim';

export interface WantedPrivilege {
  readonly id: string;
  readonly place: Place;
  /** Wire name of the call that fails without it. */
  readonly method: string;
  readonly feature?: Feature;
  /** What it's for, for people. */
  readonly purpose: string;
}

/** Names of the shipped roles. */
export const ROLES: Readonly<Record<Place, string>> = {
  root: 'linked-clone-root',
  folder: 'linked-clone-folder',
  pool: 'linked-clone-pool',
  datastore: 'linked-clone-datastore',
  parent: 'linked-clone-parents',
};

/** Sources: the API reference of each method; `CloneVM_Task` and `ReconfigVM_Task` list theirs in their descriptions. */
export const WANTED: readonly WantedPrivilege[] = [
  { id: 'System.View', place: 'root', method: 'CreateContainerView', purpose: 'see the inventory, to all its ends' },
  { id: 'System.Read', place: 'root', method: 'HasPrivilegeOnEntities', purpose: 'read it, to all its ends' },
  {
    id: 'VirtualMachine.Provisioning.ReadCustSpecs',
    place: 'root',
    method: 'GetCustomizationSpec',
    feature: 'customization',
    purpose: 'read stored customization specifications',
  },
  {
    id: 'Global.SetCustomField',
    place: 'root',
    method: 'SetField',
    feature: 'claim',
    purpose: 'write the claim on the vCenter, so that a copy of the cluster keeps away',
  },
  {
    id: 'Global.ManageCustomFields',
    place: 'root',
    method: 'AddCustomFieldDef',
    feature: 'claim',
    purpose: 'define the field that the claim is kept in, once',
  },
  {
    id: 'VirtualMachine.Inventory.CreateFromExisting',
    place: 'folder',
    method: 'CloneVM_Task',
    purpose: 'put a clone into the folder',
  },
  {
    id: 'VirtualMachine.Config.AdvancedConfig',
    place: 'folder',
    method: 'CloneVM_Task',
    purpose: 'the ownership marker in extraConfig',
  },
  {
    id: 'VirtualMachine.Config.Settings',
    place: 'folder',
    method: 'CloneVM_Task',
    purpose: "the clone's own instanceUuid",
  },
  { id: 'VirtualMachine.Interact.PowerOn', place: 'folder', method: 'PowerOnVM_Task', purpose: 'power a clone on' },
  { id: 'VirtualMachine.Interact.PowerOff', place: 'folder', method: 'PowerOffVM_Task', purpose: 'power a clone off' },
  { id: 'VirtualMachine.Inventory.Delete', place: 'folder', method: 'Destroy_Task', purpose: 'delete a clone' },
  {
    id: 'Folder.Create',
    place: 'folder',
    method: 'CreateFolder',
    feature: 'makeFolders',
    purpose: 'make a folder that an access rule allows, such as one for each namespace',
  },
  {
    id: 'VirtualMachine.Config.CPUCount',
    place: 'folder',
    method: 'ReconfigVM_Task',
    feature: 'hardware',
    purpose: 'spec.hardware.cpus, coresPerSocket',
  },
  {
    id: 'VirtualMachine.Config.Memory',
    place: 'folder',
    method: 'ReconfigVM_Task',
    feature: 'hardware',
    purpose: 'spec.hardware.memoryMiB',
  },
  {
    id: 'VirtualMachine.Config.Annotation',
    place: 'folder',
    method: 'ReconfigVM_Task',
    feature: 'notes',
    purpose: 'spec.notes',
  },
  {
    id: 'Resource.AssignVMToPool',
    place: 'pool',
    method: 'CloneVM_Task',
    purpose: 'put a clone into the resource pool',
  },
  { id: 'Datastore.AllocateSpace', place: 'datastore', method: 'CloneVM_Task', purpose: "a clone's delta disks" },
  {
    id: 'VirtualMachine.Provisioning.Clone',
    place: 'parent',
    method: 'CloneVM_Task',
    feature: 'machine',
    purpose: 'clone a parent that is a virtual machine',
  },
  {
    id: 'VirtualMachine.Provisioning.DeployTemplate',
    place: 'parent',
    method: 'CloneVM_Task',
    feature: 'template',
    purpose: 'clone a parent that is a template',
  },
  {
    id: 'VirtualMachine.Provisioning.Customize',
    place: 'parent',
    method: 'CloneVM_Task',
    feature: 'customization',
    purpose: 'clone it with a customization',
  },
  {
    id: 'VirtualMachine.State.CreateSnapshot',
    place: 'parent',
    method: 'CreateSnapshot_Task',
    feature: 'createSnapshot',
    purpose: 'BaseSnapshot with spec.snapshot.create',
  },
  {
    id: 'VirtualMachine.State.RemoveSnapshot',
    place: 'parent',
    method: 'RemoveSnapshot_Task',
    feature: 'removeSnapshot',
    purpose: 'BaseSnapshot with spec.deletionPolicy: Delete',
  },
];

/** What nobody has to give: the operator works without, says what it can't do then, and finds nothing missing. */
export const OPTIONAL: readonly WantedPrivilege[] = WANTED.filter(({ feature }) => feature === 'claim');

/** Programs and files of the guest. */
const GUEST = [
  'VirtualMachine.GuestOperations.Execute',
  'VirtualMachine.GuestOperations.Modify',
  'VirtualMachine.GuestOperations.Query',
] as const;

/**
 * What the operator never needs there, and what whoever got hold of its account could do harm with. What is in WANTED for
 * the same place is excess, too, where its feature isn't used: only snapshots, because the rest harms nobody. Not here is what
 * vSphere's own documentation has for people who deploy from templates (AddNewDisk on folders, Network.Assign).
 */
export const WITHHELD: Readonly<Record<Place, readonly string[]>> = {
  root: [
    'Authorization.ModifyPermissions',
    'Authorization.ModifyRoles',
    'Authorization.ReassignRolePermissions',
    'Sessions.TerminateSession',
    'Sessions.ImpersonateUser',
    'Global.Settings',
    'Global.Licenses',
    'Global.DisableMethods',
    'Global.CancelTask',
    'Extension.Register',
    'Extension.Unregister',
    'ScheduledTask.Create',
    'Cryptographer.ManageKeys',
    'Datacenter.Delete',
    'Host.Config.AdvancedConfig',
    'Host.Config.Connection',
    'Host.Config.Maintenance',
    'Host.Config.Network',
    'Host.Config.Power',
    'Host.Config.Settings',
    'Host.Config.Storage',
    'Host.Inventory.DeleteCluster',
    'Host.Inventory.EditCluster',
    'Host.Inventory.RemoveHostFromCluster',
  ],
  folder: [
    'VirtualMachine.Inventory.Unregister',
    'VirtualMachine.Inventory.Register',
    'VirtualMachine.Inventory.Move',
    'Folder.Delete',
    'Folder.Move',
    ...GUEST,
    'VirtualMachine.Interact.ConsoleInteract',
    'VirtualMachine.Config.AddExistingDisk',
    'VirtualMachine.Config.RawDevice',
    'VirtualMachine.Config.EditDevice',
    'VirtualMachine.Config.RemoveDisk',
  ],
  pool: [
    'Resource.CreatePool',
    'Resource.DeletePool',
    'Resource.EditPool',
    'Resource.MovePool',
    'Resource.ColdMigrate',
    'Resource.HotMigrate',
  ],
  datastore: [
    'Datastore.DeleteFile',
    'Datastore.FileManagement',
    'Datastore.Delete',
    'Datastore.Config',
    'Datastore.Move',
    'Datastore.UpdateVirtualMachineFiles',
  ],
  parent: [
    'VirtualMachine.Inventory.Delete',
    'VirtualMachine.Inventory.Unregister',
    'VirtualMachine.Inventory.Register',
    'VirtualMachine.Inventory.Move',
    'VirtualMachine.Interact.PowerOn',
    'VirtualMachine.Interact.PowerOff',
    'VirtualMachine.Interact.Reset',
    'VirtualMachine.Interact.Suspend',
    'VirtualMachine.Interact.ConsoleInteract',
    'VirtualMachine.Interact.DeviceConnection',
    ...GUEST,
    'VirtualMachine.Config.RemoveDisk',
    'VirtualMachine.Config.EditDevice',
    'VirtualMachine.Config.AddRemoveDevice',
    'VirtualMachine.Config.AddNewDisk',
    'VirtualMachine.Config.AddExistingDisk',
    'VirtualMachine.Config.RawDevice',
    'VirtualMachine.Config.DiskExtend',
    'VirtualMachine.Config.AdvancedConfig',
    'VirtualMachine.Config.Settings',
    'VirtualMachine.Config.Resource',
    'VirtualMachine.Config.Rename',
    'VirtualMachine.Config.ReloadFromPath',
    'VirtualMachine.Config.UpgradeVirtualHardware',
    'VirtualMachine.Provisioning.MarkAsTemplate',
    'VirtualMachine.Provisioning.MarkAsVM',
    'VirtualMachine.Provisioning.PromoteDisks',
    'VirtualMachine.Provisioning.PutVmFiles',
    'VirtualMachine.Provisioning.DiskRandomAccess',
    'VirtualMachine.Provisioning.FileRandomAccess',
    'VirtualMachine.State.RevertToSnapshot',
    'VirtualMachine.State.RenameSnapshot',
    'VirtualMachine.State.RemoveSnapshot',
  ],
};

/** Ids needed on a place by an installation that uses these features. */
export function wantedOn(place: Place, features: ReadonlySet<Feature>): readonly string[] {
  return WANTED.filter(
    (each) => each.place === place && (each.feature === undefined || features.has(each.feature)),
  ).map(({ id }) => id);
}
