// The privileges that this vCenter knows: those that its methods and the usual roles for clones, snapshots and customization
// name. An administrator has all of them.

const BY_GROUP: Readonly<Record<string, readonly string[]>> = {
  System: ['Anonymous', 'View', 'Read'],
  Authorization: ['ModifyPermissions', 'ModifyRoles', 'ReassignRolePermissions'],
  Datacenter: ['Create', 'Delete', 'Move', 'Rename'],
  Datastore: [
    'AllocateSpace',
    'Browse',
    'Config',
    'Delete',
    'DeleteFile',
    'FileManagement',
    'Move',
    'Rename',
    'UpdateVirtualMachineFiles',
    'UpdateVirtualMachineMetadata',
  ],
  Folder: ['Create', 'Delete', 'Move', 'Rename'],
  Global: ['CancelTask', 'Diagnostics', 'LogEvent', 'ManageCustomFields', 'SetCustomField', 'Settings'],
  'Host.Config': ['Connection', 'Maintenance'],
  'Host.Inventory': ['AddHostToCluster', 'AddStandaloneHost', 'CreateCluster', 'EditCluster'],
  Network: ['Assign', 'Config', 'Delete', 'Move'],
  Resource: [
    'ApplyRecommendation',
    'AssignVMToPool',
    'ColdMigrate',
    'CreatePool',
    'DeletePool',
    'EditPool',
    'HotMigrate',
    'MovePool',
    'QueryVMotion',
    'RenamePool',
  ],
  Sessions: ['GlobalMessage', 'ImpersonateUser', 'TerminateSession', 'ValidateSession'],
  StorageProfile: ['Update', 'View'],
  Task: ['Create', 'Update'],
  'VirtualMachine.Config': [
    'AddExistingDisk',
    'AddNewDisk',
    'AddRemoveDevice',
    'AdvancedConfig',
    'Annotation',
    'ChangeTracking',
    'CPUCount',
    'DiskExtend',
    'DiskLease',
    'EditDevice',
    'ManagedBy',
    'Memory',
    'RawDevice',
    'ReloadFromPath',
    'RemoveDisk',
    'Rename',
    'ResetGuestInfo',
    'Resource',
    'Settings',
    'SwapPlacement',
    'UpgradeVirtualHardware',
  ],
  'VirtualMachine.Interact': [
    'AnswerQuestion',
    'ConsoleInteract',
    'DeviceConnection',
    'PowerOff',
    'PowerOn',
    'Reset',
    'SetCDMedia',
    'Suspend',
    'ToolsInstall',
  ],
  'VirtualMachine.Inventory': ['Create', 'CreateFromExisting', 'Delete', 'Move', 'Register', 'Unregister'],
  'VirtualMachine.Provisioning': [
    'Clone',
    'CloneTemplate',
    'CreateTemplateFromVM',
    'Customize',
    'DeployTemplate',
    'DiskRandomAccess',
    'DiskRandomRead',
    'MarkAsTemplate',
    'MarkAsVM',
    'ModifyCustSpecs',
    'PromoteDisks',
    'ReadCustSpecs',
  ],
  'VirtualMachine.State': ['CreateSnapshot', 'RemoveSnapshot', 'RenameSnapshot', 'RevertToSnapshot'],
  Cryptographer: ['Access', 'Clone'],
};

/** Every privilege id, such as `VirtualMachine.Provisioning.Clone`. */
export const PRIVILEGES: readonly string[] = Object.entries(BY_GROUP).flatMap(([group, names]) =>
  names.map((name) => `${group}.${name}`),
);

/** Everybody who is logged in has these. */
export const BASIC_PRIVILEGES: readonly string[] = ['System.Anonymous', 'System.View', 'System.Read'];

/** AuthorizationPrivilege of an id. */
export function privilegeData(privId: string): Record<string, unknown> {
  const dot = privId.lastIndexOf('.');
  return { privId, onParent: false, name: privId.slice(dot + 1), privGroupName: privId.slice(0, dot) };
}
