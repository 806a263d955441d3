// CPU and memory that the spec asks for, on a VM that exists: applied while it's off, right before it's powered on. A new
// clone got them in the CloneVM call. Notes are changed in place when the spec's notes did.
import { fillNotes } from '../../api/notes.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { ownerOf } from './observe.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

const HARDWARE_PATHS = [
  'config.hardware.numCPU',
  'config.hardware.numCoresPerSocket',
  'config.hardware.memoryMB',
] as const;

/** True when the VM has the hardware that is asked for; false while a change runs. */
export async function applyHardware(scope: CloneScope, vm: VmView): Promise<boolean> {
  const { clone } = scope;
  const wanted = clone.spec.hardware;
  const justCloned = clone.status?.vm === undefined;
  if (wanted === undefined || justCloned) return true;
  const { connection } = requireConnection(scope);
  if (connection.operations.running(scope.uid, 'reconfigure') !== undefined) return false;
  const state = await connection.client.readSoon(vm.ref, HARDWARE_PATHS);
  const has = state?.properties ?? {};
  const change = {
    ...(wanted.cpus !== undefined && wanted.cpus !== has['config.hardware.numCPU'] ? { numCPUs: wanted.cpus } : {}),
    ...(wanted.coresPerSocket !== undefined && wanted.coresPerSocket !== has['config.hardware.numCoresPerSocket']
      ? { numCoresPerSocket: wanted.coresPerSocket }
      : {}),
    ...(wanted.memoryMiB !== undefined && wanted.memoryMiB !== has['config.hardware.memoryMB']
      ? { memoryMB: wanted.memoryMiB }
      : {}),
  };
  if (Object.keys(change).length === 0) return true;
  await reconfigure(scope, vm, change);
  return false;
}

/** Changes the VM's notes when the object was changed since it was last looked at. */
export async function applyNotes(scope: CloneScope, vm: VmView): Promise<void> {
  const { clone } = scope;
  if (
    clone.spec.notes === undefined ||
    clone.status?.vm === undefined ||
    clone.status.observedGeneration === clone.metadata.generation
  )
    return;
  const { connection } = requireConnection(scope);
  if (connection.operations.running(scope.uid, 'reconfigure') !== undefined) return;
  const notes = fillNotes(clone.spec.notes, {
    base: clone.spec.baseSnapshotRef.name,
    snapshot: scope.base?.status?.snapshot?.name ?? '',
    createdAt: clone.metadata.creationTimestamp,
    assignedTo: '',
  });
  const state = await connection.client.readSoon(vm.ref, ['config.annotation']);
  if (state?.properties['config.annotation'] !== notes) await reconfigure(scope, vm, { annotation: notes });
}

async function reconfigure(scope: CloneScope, vm: VmView, change: Readonly<Record<string, unknown>>): Promise<void> {
  const { connection } = requireConnection(scope);
  scope.runtime.guard.mayChange();
  try {
    const task = await connection.client.reconfigure(vm.ref, change);
    connection.track(ownerOf(scope), 'reconfigure', task);
  } catch (error) {
    if (!(error instanceof VSphereError) || error.kind === 'connection' || error.kind === 'session') throw error;
    throw new NotReady('PowerFailed', `changing "${vm.name}" failed: ${error.message}; tried again`, {
      requeueAfterMs: scope.runtime.config['retry-max'] / 4,
    });
  }
}
