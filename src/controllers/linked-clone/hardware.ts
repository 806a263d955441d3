// CPU and memory that the spec asks for, on a VM that exists: applied while it's off, right before it's powered on. A new
// clone got them in the CloneVM call.
import { VSphereError } from '../../vsphere/faults.ts';
import type { Operations } from '../vcenter/operations.ts';
import type { VmView } from '../vcenter/vm-view.ts';
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
  if (isReconfigured(operations, uid)) return 'changing';
  const ended = operations.takeOutcome(uid, 'hardware');
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
  return (await reconfigure(scope, vm, 'hardware', change)) ?? 'changing';
}

/** vCenter takes one change of a configuration at a time. */
export function isReconfigured(operations: Operations, uid: string): boolean {
  return operations.running(uid, 'hardware') !== undefined || operations.running(uid, 'notes') !== undefined;
}

/** Starts the change; the fault when vCenter refused it. */
export async function reconfigure(
  scope: CloneScope,
  vm: VmView,
  kind: 'hardware' | 'notes',
  change: Readonly<Record<string, unknown>>,
): Promise<VSphereError | undefined> {
  const { connection } = requireConnection(scope);
  scope.runtime.guard.mayChange();
  try {
    const task = await connection.client.reconfigure(vm.ref, change);
    connection.track(ownerOf(scope), kind, task);
    return undefined;
  } catch (error) {
    if (!(error instanceof VSphereError) || error.kind === 'connection' || error.kind === 'session') throw error;
    return error;
  }
}
