// Every method on the inventory: one table per room and topic, one line each. A new method goes into the table of its topic.
import type { MethodTable } from './core/call-context.ts';
import { permissionMethods } from './access/permission-methods.ts';
import { privilegeMethods } from './access/privilege-methods.ts';
import { roleMethods } from './access/role-methods.ts';
import { userDirectoryMethods } from './access/user-directory-methods.ts';
import { emptyManagers } from './admin/empty-managers.ts';
import { licenseMethods } from './admin/license-methods.ts';
import { customizationMethods } from './customization/customization-methods.ts';
import { fileMethods } from './disks/file-methods.ts';
import { virtualDiskMethods } from './disks/virtual-disk-methods.ts';
import { eventMethods } from './events/event-methods.ts';
import { consoleMethods } from './guest/console-methods.ts';
import { guestMethods } from './guest/guest-methods.ts';
import { guestOperations } from './guest/guest-operations.ts';
import { powerMethods } from './guest/power-methods.ts';
import { clusterMethods } from './inventory/cluster-methods.ts';
import { customFieldMethods } from './inventory/custom-field-methods.ts';
import { datacenterMethods } from './inventory/datacenter-methods.ts';
import { datastoreMethods } from './inventory/datastore-methods.ts';
import { folderMethods } from './inventory/folder-methods.ts';
import { hostMethods } from './inventory/host-methods.ts';
import { hostNetworkMethods } from './inventory/host-network-methods.ts';
import { hostServiceMethods } from './inventory/host-service-methods.ts';
import { poolMethods } from './inventory/pool-methods.ts';
import { performanceMethods } from './performance/performance-methods.ts';
import { snapshotMethods } from './snapshots/snapshot-methods.ts';
import { taskMethods } from './tasks/task-methods.ts';
import { cloneMethods } from './vm/clone/clone-task.ts';
import { createVmMethods } from './vm/create-vm-methods.ts';
import { environmentMethods } from './vm/environment-methods.ts';
import { reconfigureMethods } from './vm/reconfigure.ts';
import { vmMethods } from './vm/vm-methods.ts';

export const METHOD_TABLES: readonly MethodTable[] = [
  cloneMethods,
  clusterMethods,
  createVmMethods,
  customFieldMethods,
  customizationMethods,
  datacenterMethods,
  datastoreMethods,
  emptyManagers,
  environmentMethods,
  eventMethods,
  fileMethods,
  folderMethods,
  consoleMethods,
  guestMethods,
  guestOperations,
  hostMethods,
  hostNetworkMethods,
  hostServiceMethods,
  licenseMethods,
  performanceMethods,
  permissionMethods,
  poolMethods,
  powerMethods,
  privilegeMethods,
  reconfigureMethods,
  roleMethods,
  snapshotMethods,
  taskMethods,
  userDirectoryMethods,
  virtualDiskMethods,
  vmMethods,
];
