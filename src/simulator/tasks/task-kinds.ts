// The tasks that exist: what TaskInfo calls them, how long they take (by the inventory file's `durations`) and whether
// they can be cancelled. Description ids are those that vCenter writes (`vm.Snapshot.…` for what is done to a snapshot).
import type { Timed } from '../inventory/seed.ts';

export interface TaskKind {
  /** TaskInfo.name. */
  readonly method: string;
  readonly descriptionId: string;
  readonly label: string;
  readonly timed: Timed;
  readonly cancelable: boolean;
}

function kind(method: string, descriptionId: string, label: string, timed: Timed, cancelable = false): TaskKind {
  return { method, descriptionId, label, timed, cancelable };
}

export const TASK_KINDS = {
  clone: kind('CloneVM_Task', 'VirtualMachine.clone', 'Clone virtual machine', 'linkedClone', true),
  powerOn: kind('PowerOnVM_Task', 'VirtualMachine.powerOn', 'Power On virtual machine', 'powerOn'),
  powerOff: kind('PowerOffVM_Task', 'VirtualMachine.powerOff', 'Power Off virtual machine', 'powerOff'),
  reset: kind('ResetVM_Task', 'VirtualMachine.reset', 'Reset virtual machine', 'reset'),
  suspend: kind('SuspendVM_Task', 'VirtualMachine.suspend', 'Suspend virtual machine', 'suspend'),
  destroy: kind('Destroy_Task', 'VirtualMachine.destroy', 'Delete virtual machine', 'destroy'),
  reconfigure: kind('ReconfigVM_Task', 'VirtualMachine.reconfigure', 'Reconfigure virtual machine', 'reconfigure'),
  createSnapshot: kind(
    'CreateSnapshot_Task',
    'VirtualMachine.createSnapshot',
    'Create virtual machine snapshot',
    'createSnapshot',
  ),
  createSnapshotEx: kind(
    'CreateSnapshotEx_Task',
    'VirtualMachine.createSnapshotEx',
    'Create virtual machine snapshot',
    'createSnapshot',
  ),
  removeSnapshot: kind('RemoveSnapshot_Task', 'vm.Snapshot.remove', 'Remove snapshot', 'removeSnapshot'),
  removeAllSnapshots: kind(
    'RemoveAllSnapshots_Task',
    'VirtualMachine.removeAllSnapshots',
    'Remove all snapshots',
    'removeSnapshot',
  ),
  revert: kind('RevertToSnapshot_Task', 'vm.Snapshot.revert', 'Revert snapshot', 'revertSnapshot'),
  revertToCurrent: kind(
    'RevertToCurrentSnapshot_Task',
    'VirtualMachine.revertToCurrentSnapshot',
    'Revert to current snapshot',
    'revertSnapshot',
  ),
  consolidate: kind(
    'ConsolidateVMDisks_Task',
    'VirtualMachine.consolidateDisks',
    'Consolidate virtual machine disk files',
    'consolidate',
  ),
  promoteDisks: kind('PromoteDisks_Task', 'VirtualMachine.promoteDisks', 'Promote disks', 'promote', true),
  relocate: kind('RelocateVM_Task', 'VirtualMachine.relocate', 'Relocate virtual machine', 'relocate', true),
  migrate: kind('MigrateVM_Task', 'VirtualMachine.migrate', 'Migrate virtual machine', 'relocate', true),
  customize: kind('CustomizeVM_Task', 'VirtualMachine.customize', 'Customize virtual machine guest OS', 'other'),
  createVm: kind('CreateVM_Task', 'Folder.createVm', 'Create virtual machine', 'other'),
  register: kind('RegisterVM_Task', 'Folder.registerVm', 'Register virtual machine', 'other'),
  moveInto: kind('MoveIntoFolder_Task', 'Folder.moveInto', 'Move entities', 'other'),
  destroyFolder: kind('Destroy_Task', 'Folder.destroy', 'Delete folder', 'destroy'),
  unregisterAndDestroy: kind(
    'UnregisterAndDestroy_Task',
    'Folder.unregisterAndDestroy',
    'Unregister and delete folder',
    'destroy',
  ),
  destroyPool: kind('Destroy_Task', 'ResourcePool.destroy', 'Delete resource pool', 'other'),
  destroyDatacenter: kind('Destroy_Task', 'Datacenter.destroy', 'Delete datacenter', 'other'),
  destroyCompute: kind('Destroy_Task', 'ComputeResource.destroy', 'Delete cluster', 'other'),
  reconfigureCompute: kind(
    'ReconfigureComputeResource_Task',
    'ComputeResource.reconfigureEx',
    'Reconfigure cluster',
    'other',
  ),
  powerOnMany: kind('PowerOnMultiVM_Task', 'Datacenter.powerOnVm', 'Initialize powering On', 'other'),
  checkClone: kind('CheckClone_Task', 'vm.check.ProvisioningChecker.checkClone', 'Check clone', 'other'),
  upgrade: kind('UpgradeVM_Task', 'VirtualMachine.upgradeVirtualHardware', 'Upgrade VM compatibility', 'other'),
  markAsTemplate: kind('MarkAsTemplate', 'VirtualMachine.markAsTemplate', 'Mark virtual machine as template', 'other'),
  markAsVirtualMachine: kind(
    'MarkAsVirtualMachine',
    'VirtualMachine.markAsVirtualMachine',
    'Mark as virtual machine',
    'other',
  ),
  unregister: kind('UnregisterVM', 'VirtualMachine.unregister', 'Unregister virtual machine', 'other'),
  createFolder: kind('CreateFolder', 'Folder.createFolder', 'Create folder', 'other'),
  addHost: kind('AddHost_Task', 'ClusterComputeResource.addHost', 'Add host', 'other'),
  addStandaloneHost: kind('AddStandaloneHost_Task', 'Folder.addStandaloneHost', 'Add standalone host', 'other'),
  moveHosts: kind('MoveInto_Task', 'ClusterComputeResource.moveInto', 'Move hosts into cluster', 'other'),
  moveHost: kind('MoveHostInto_Task', 'ClusterComputeResource.moveHostInto', 'Move host into cluster', 'other'),
  removeHost: kind('Destroy_Task', 'HostSystem.destroy', 'Remove host', 'other'),
  rename: kind('Rename_Task', 'ManagedEntity.rename', 'Rename entity', 'other'),
  search: kind('SearchDatastore_Task', 'host.DatastoreBrowser.search', 'Search datastore', 'other'),
  moveFile: kind('MoveDatastoreFile_Task', 'FileManager.moveFile', 'Move file', 'other'),
  copyFile: kind('CopyDatastoreFile_Task', 'FileManager.copyFile', 'Copy file', 'other'),
  deleteFile: kind('DeleteDatastoreFile_Task', 'FileManager.deleteFile', 'Delete file', 'other'),
  createDisk: kind('CreateVirtualDisk_Task', 'VirtualDiskManager.createVirtualDisk', 'Create virtual disk', 'other'),
  copyDisk: kind('CopyVirtualDisk_Task', 'VirtualDiskManager.copyVirtualDisk', 'Copy virtual disk', 'other', true),
  moveDisk: kind('MoveVirtualDisk_Task', 'VirtualDiskManager.moveVirtualDisk', 'Move virtual disk', 'other'),
  deleteDisk: kind('DeleteVirtualDisk_Task', 'VirtualDiskManager.deleteVirtualDisk', 'Delete virtual disk', 'other'),
  extendDisk: kind('ExtendVirtualDisk_Task', 'VirtualDiskManager.extendVirtualDisk', 'Extend virtual disk', 'other'),
  inflateDisk: kind(
    'InflateVirtualDisk_Task',
    'VirtualDiskManager.inflateVirtualDisk',
    'Inflate virtual disk',
    'other',
  ),
  eagerZeroDisk: kind(
    'EagerZeroVirtualDisk_Task',
    'VirtualDiskManager.eagerZeroVirtualDisk',
    'Eager zero virtual disk',
    'other',
  ),
  zeroFillDisk: kind(
    'ZeroFillVirtualDisk_Task',
    'VirtualDiskManager.zeroFillVirtualDisk',
    'Zero fill virtual disk',
    'other',
  ),
  shrinkDisk: kind('ShrinkVirtualDisk_Task', 'VirtualDiskManager.shrinkVirtualDisk', 'Shrink virtual disk', 'other'),
  defragmentDisk: kind(
    'DefragmentVirtualDisk_Task',
    'VirtualDiskManager.defragmentVirtualDisk',
    'Defragment virtual disk',
    'other',
  ),
  searchSubFolders: kind(
    'SearchDatastoreSubFolders_Task',
    'host.DatastoreBrowser.searchSubFolders',
    'Search datastore with subfolders',
    'other',
  ),
  enterMaintenance: kind(
    'EnterMaintenanceMode_Task',
    'HostSystem.enterMaintenanceMode',
    'Enter maintenance mode',
    'other',
    true,
  ),
  exitMaintenance: kind('ExitMaintenanceMode_Task', 'HostSystem.exitMaintenanceMode', 'Exit maintenance mode', 'other'),
  disconnectHost: kind('DisconnectHost_Task', 'HostSystem.disconnect', 'Disconnect host', 'other'),
  reconnectHost: kind('ReconnectHost_Task', 'HostSystem.reconnect', 'Reconnect host', 'other'),
} as const satisfies Readonly<Record<string, TaskKind>>;

export type TaskKindName = keyof typeof TASK_KINDS;
