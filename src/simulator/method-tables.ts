// Every method on the inventory: one table per room and topic, one line each. A new method goes into the table of its topic.
import type { MethodTable } from './core/call-context.ts';
import { customizationMethods } from './customization/customization-methods.ts';
import { fileMethods } from './disks/file-methods.ts';
import { eventMethods } from './events/event-methods.ts';
import { guestMethods } from './guest/guest-methods.ts';
import { powerMethods } from './guest/power-methods.ts';
import { authorizationMethods } from './inventory/authorization.ts';
import { clusterMethods } from './inventory/cluster-methods.ts';
import { customFieldMethods } from './inventory/custom-field-methods.ts';
import { datacenterMethods } from './inventory/datacenter-methods.ts';
import { datastoreMethods } from './inventory/datastore-methods.ts';
import { folderMethods } from './inventory/folder-methods.ts';
import { hostMethods } from './inventory/host-methods.ts';
import { poolMethods } from './inventory/pool-methods.ts';
import { roleMethods } from './inventory/role-methods.ts';
import { userDirectoryMethods } from './inventory/user-directory-methods.ts';
import { snapshotMethods } from './snapshots/snapshot-methods.ts';
import { taskMethods } from './tasks/task-methods.ts';
import { cloneMethods } from './vm/clone/clone-task.ts';
import { createVmMethods } from './vm/create-vm-methods.ts';
import { reconfigureMethods } from './vm/reconfigure.ts';
import { vmMethods } from './vm/vm-methods.ts';

export const METHOD_TABLES: readonly MethodTable[] = [
  authorizationMethods,
  cloneMethods,
  clusterMethods,
  createVmMethods,
  customFieldMethods,
  customizationMethods,
  datacenterMethods,
  datastoreMethods,
  eventMethods,
  fileMethods,
  folderMethods,
  guestMethods,
  hostMethods,
  poolMethods,
  powerMethods,
  reconfigureMethods,
  roleMethods,
  snapshotMethods,
  taskMethods,
  userDirectoryMethods,
  vmMethods,
];
