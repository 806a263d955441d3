// Every room of the contract.
import { browserRoom } from './browser.ts';
import { chainEndRoom } from './chain-ends.ts';
import { chainRoom } from './chains.ts';
import { customizationRoom } from './customization.ts';
import { decodingRoom } from './decoding.ts';
import { deltaRoom } from './deltas.ts';
import { folderRoom } from './folders.ts';
import { freeSpaceRoom } from './free-space.ts';
import { lifecycleRoom } from './lifecycle.ts';
import { movingRoom } from './moving.ts';
import { nameRoom } from './names.ts';
import { powerRoom } from './power.ts';
import { readingRoom } from './reading.ts';
import { reconfigureRoom } from './reconfigure.ts';
import { searchRoom } from './search.ts';
import { serviceRoom } from './service.ts';
import { sessionRoom } from './sessions.ts';
import { snapshotRoom } from './snapshots.ts';
import { spaceRoom } from './space.ts';
import { consolidateRoom } from './consolidate.ts';
import { permissionRoom } from './permissions.ts';
import { hiddenRoom } from './hidden.ts';
import { listedViewRoom } from './listed-views.ts';
import { arrayPathRoom } from './array-paths.ts';
import { memoryRoom } from './memory.ts';
import { lockoutRoom } from './lockout.ts';
import { slotRoom } from './slots.ts';
import { lateNameRoom } from './late-names.ts';
import { restartRoom } from './restarts.ts';
import { roleRoom } from './roles.ts';
import { virtualDiskRoom } from './virtual-disks.ts';
import { deviceRoom } from './devices.ts';
import { guestOperationRoom } from './guest-operations.ts';
import type { Room } from './support/expectation.ts';
import { taskRoom } from './tasks.ts';
import { templateRoom } from './templates.ts';
import { viewRoom } from './views.ts';
import { watchingRoom } from './watching.ts';

export const ROOMS: readonly Room[] = [
  serviceRoom,
  sessionRoom,
  decodingRoom,
  readingRoom,
  watchingRoom,
  viewRoom,
  folderRoom,
  lifecycleRoom,
  nameRoom,
  powerRoom,
  reconfigureRoom,
  snapshotRoom,
  deltaRoom,
  chainRoom,
  chainEndRoom,
  spaceRoom,
  freeSpaceRoom,
  movingRoom,
  consolidateRoom,
  templateRoom,
  customizationRoom,
  taskRoom,
  searchRoom,
  browserRoom,
  virtualDiskRoom,
  deviceRoom,
  guestOperationRoom,
  permissionRoom,
  roleRoom,
  hiddenRoom,
  listedViewRoom,
  arrayPathRoom,
  memoryRoom,
  lockoutRoom,
  slotRoom,
  lateNameRoom,
  restartRoom,
];
