// CPU and memory that the spec asks for, on a VM that exists: applied while it's off, right before it's powered on. A new
// clone got them in the CloneVM call. Notes are changed in place when the spec's notes did.
import { fillNotes } from '../../api/notes.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { checkStandingAccess } from './access-check.ts';
import { ownerOf } from './observe.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

const HARDWARE_PATHS = [
  'config.hardware.numCPU',
  'config.hardware.numCoresPerSocket',
  'config.hardware.memoryMB',
] as const;

/** Whether the VM has the hardware that is asked for. An error: the last change failed, or was refused. */
export async function applyHardware(scope: CloneScope, vm: VmView): Promise<'asWanted' | 'changing' | Error> {
  const { clone, uid } = scope;
  const wanted = clone.spec.hardware;
  const justCloned = clone.status?.vm === undefined;
  if (wanted === undefined || justCloned) return 'asWanted';
  const { operations, client } = requireConnection(scope).connection;
  if (operations.running(uid, 'reconfigure') !== undefined) return 'changing';
  const ended = operations.takeOutcome(uid, 'reconfigure');
  if (ended?.state === 'error') return ended.error;
  const state = await client.readSoon(vm.ref, HARDWARE_PATHS);
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
  if (Object.keys(change).length === 0) return 'asWanted';
  return (await reconfigure(scope, vm, change)) ?? 'changing';
}

/**
 * Puts the spec's notes on the VM when the spec was changed, and tries again until they are. Milliseconds until the next
 * try, when one failed. What a user of vCenter writes there meanwhile stays until the spec changes again.
 */
export async function applyNotes(scope: CloneScope, vm: VmView): Promise<number | undefined> {
  const { clone, memory, uid } = scope;
  const { generation } = clone.metadata;
  if (clone.spec.notes === undefined) memory.notesOf = generation;
  if (clone.spec.notes === undefined || clone.status?.vm === undefined || memory.notesOf === generation)
    return undefined;
  const { operations, client } = requireConnection(scope).connection;
  if (operations.running(uid, 'reconfigure') !== undefined) return undefined;
  const ended = operations.takeOutcome(uid, 'reconfigure');
  if (ended?.state === 'error') return notesFailed(scope, vm, ended.error);
  const notes = fillNotes(clone.spec.notes, {
    base: clone.spec.baseSnapshotRef.name,
    snapshot: scope.base?.status?.snapshot?.name ?? '',
    createdAt: clone.metadata.creationTimestamp,
    assignedTo: '',
  });
  const state = await client.readSoon(vm.ref, ['config.annotation']);
  if (state?.properties['config.annotation'] === notes) {
    memory.notesOf = generation;
    return undefined;
  }
  try {
    await checkStandingAccess(scope);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    return notesFailed(scope, vm, error);
  }
  const refused = await reconfigure(scope, vm, { annotation: notes });
  return refused === undefined ? undefined : notesFailed(scope, vm, refused);
}

/** Notes are no reason to call a clone not ready: an event says it. */
function notesFailed({ runtime, clone }: CloneScope, vm: VmView, error: Error): number {
  const note = `writing the notes of "${vm.name}" failed: ${error.message}; tried again`;
  runtime.events.event(clone, { type: 'Warning', reason: 'NotesFailed', action: 'Reconfigure', note });
  return runtime.config['retry-max'] / 4;
}

/** Starts the change; the fault when vCenter refused it. */
async function reconfigure(
  scope: CloneScope,
  vm: VmView,
  change: Readonly<Record<string, unknown>>,
): Promise<VSphereError | undefined> {
  const { connection } = requireConnection(scope);
  scope.runtime.guard.mayChange();
  try {
    const task = await connection.client.reconfigure(vm.ref, change);
    connection.track(ownerOf(scope), 'reconfigure', task);
    return undefined;
  } catch (error) {
    if (!(error instanceof VSphereError) || error.kind === 'connection' || error.kind === 'session') throw error;
    return error;
  }
}
