// CPU and memory that the spec asks for, on a VM that exists: applied whenever it's off. A new clone got
// them in the CloneVM call.
import { VSphereError, isForbidden } from '../../vsphere/faults.ts';
import { lostCall, mayArrive } from '../shared/lost-calls.ts';
import { keepPause, pauseAfter } from '../shared/pause.ts';
import type { Operations } from '../vcenter/operations.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { checkStandingAccess } from './access-check.ts';
import { ownerOf } from './observe.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection, requireInventory } from './scope.ts';

const HARDWARE_PATHS = [
  'config.hardware.numCPU',
  'config.hardware.numCoresPerSocket',
  'config.hardware.memoryMB',
] as const;

/** The pause after a change that failed; other hardware doesn't wait for its end. */
const PAUSE = 'hardware';

export function isHardwarePause(pause: { readonly action: string } | undefined): boolean {
  return pause?.action.startsWith(PAUSE) === true;
}

/** True when the VM, which is off, has the hardware that is asked for. Throws NotReady HardwareFailed, NoPermission or AccessDenied. */
export async function hasItsHardware(scope: CloneScope, vm: VmView): Promise<boolean> {
  const { clone, uid, memory } = scope;
  const wanted = clone.spec.hardware;
  const justCloned = clone.status?.vm === undefined;
  if (wanted === undefined || justCloned) return true;
  const { operations, client } = requireConnection(scope).connection;
  if (isReconfigured(operations, uid)) return false;
  const asked = JSON.stringify(wanted);
  const ended = operations.takeOutcome(uid, 'hardware');
  if (ended?.state === 'error') throw hardwareFailed(scope, vm, asked, ended.error);
  // a configuration that was looked at isn't read again until it changes: a machine may be off for years
  if (
    vm.changeVersion !== undefined &&
    memory.hardware?.version === vm.changeVersion &&
    memory.hardware.asked === asked
  )
    return true;
  keepPause(scope, PAUSE + asked);
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
  if (Object.keys(change).length === 0) {
    memory.hardware = { version: vm.changeVersion, asked };
    return true;
  }
  if (vm.connectionState !== undefined && vm.connectionState !== 'connected') return false; // the host decides, when it's back
  requireInventory(scope);
  await checkStandingAccess(scope);
  const refused = await reconfigure(scope, vm, 'hardware', change);
  if (refused !== undefined) throw hardwareFailed(scope, vm, asked, refused);
  return false;
}

function hardwareFailed(scope: CloneScope, vm: VmView, asked: string, error: Error): Error {
  const message = `changing the hardware of "${vm.name}", which is off, failed: ${error.message}; tried again`;
  const { config } = scope.runtime;
  if (isForbidden(error)) return pauseAfter(scope, PAUSE + asked, 'NoPermission', message, config['conflict-retry']);
  return pauseAfter(scope, PAUSE + asked, 'HardwareFailed', message, config['retry-max'] / 4);
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
    connection.track(ownerOf(scope), kind, task, vm.ref);
    return undefined;
  } catch (error) {
    if (mayArrive(error)) scope.memory.lost = lostCall(connection.client, 'ReconfigVM_Task');
    if (!(error instanceof VSphereError) || error.kind === 'connection' || error.kind === 'session') throw error;
    return error;
  }
}
