// Carries out the power policy: one task at a time, in a slot of the power pool. Powering on needs access as creating
// does; powering off is asked of the object as the API server has it; a state that's there already is a success. A machine
// that is to stay off gets its hardware all the same.
import { keyOf } from '../../kube/objects.ts';
import { RequeueAfter } from '../../util/errors.ts';
import { VSphereError, isForbidden } from '../../vsphere/faults.ts';
import { lostCall, mayArrive } from '../shared/lost-calls.ts';
import type { NotReady } from '../shared/not-ready.ts';
import { askForSlot } from '../shared/ask-for-slot.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { shortage } from './clone-failure.ts';
import { checkStandingAccess } from './access-check.ts';
import { hasItsHardware, isHardwarePause } from './hardware.ts';
import { ownerOf } from './observe.ts';
import { keepPause, pauseAfter } from '../shared/pause.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import { planPower } from './power-plan.ts';
import { policyOf } from './readiness.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection, requireInventory } from './scope.ts';
import { countFailure, countSuccess } from './set-failures.ts';

/** Starts what the policy wants. Throws NotReady PowerFailed, HardwareFailed, NoPermission or AccessDenied; waiting and running are no errors. */
export async function applyPower(scope: CloneScope, vm: VmView): Promise<void> {
  const { uid, clone, runtime, group, memory } = scope;
  const { connection } = requireConnection(scope);
  const action = planPower(policyOf(clone.spec), vm.powerState, clone.status?.timings?.readySeconds !== undefined);
  const { operations } = connection;
  const changing =
    operations.running(uid, 'powerOn') !== undefined || operations.running(uid, 'powerOff') !== undefined;
  if (action === 'none') {
    const isOff = vm.powerState === 'poweredOff';
    if (!isOff || !isHardwarePause(memory.pause)) memory.pause = undefined;
    if (vm.powerState === 'poweredOn' && memory.powerOnAsked) poweredOn(scope);
    // overtaken, and no news later
    for (const kind of ['powerOn', 'powerOff'] as const) operations.takeOutcome(uid, kind);
    if (!isOff) operations.takeOutcome(uid, 'hardware');
    else if (!changing) await hasItsHardware(scope, vm);
    return;
  }
  if (changing) return;
  const ended = operations.takeOutcome(uid, action);
  if (ended?.state === 'error') throw powerFailed(scope, vm, action, ended.error);
  if (ended?.state === 'success' && action === 'powerOn') poweredOn(scope); // and it's off again by now
  keepPause(scope, action);
  if (vm.connectionState !== undefined && vm.connectionState !== 'connected') return; // the host decides, when it's back
  requireInventory(scope);
  await checkStandingAccess(scope);
  // one that is suspended goes on with the hardware that it has: vCenter changes none of it before it is off
  if (action === 'powerOn' && vm.powerState === 'poweredOff' && !(await hasItsHardware(scope, vm))) return;
  const granted = askForSlot(
    scope,
    'power',
    (later) => connection.slots.requestPower(uid, group, later),
    () => runtime.wake.clone(ownerOf(scope).key, true),
  );
  if (!granted) return;
  try {
    if (action === 'powerOff') await requireStillOff(scope, vm);
    runtime.guard.mayChange();
    if (action === 'powerOn') memory.powerOnAsked = true; // also when the reply is lost
    const task =
      action === 'powerOn' ? await connection.client.powerOn(vm.ref) : await connection.client.powerOff(vm.ref);
    connection.track(ownerOf(scope), action, task, vm.ref);
  } catch (error) {
    connection.slots.release('power', uid);
    if (mayArrive(error))
      memory.lost = lostCall(connection.client, action === 'powerOn' ? 'PowerOnVM_Task' : 'PowerOffVM_Task');
    if (error instanceof VSphereError && error.kind === 'success') return; // it is in that state already
    if (error instanceof VSphereError && error.kind !== 'connection' && error.kind !== 'session')
      throw powerFailed(scope, vm, action, error);
    throw error;
  }
}

/** Somebody may have changed the policy back, and works on the machine: the API server is asked. Throws RequeueAfter. */
async function requireStillOff({ runtime, clone, uid }: CloneScope, vm: VmView): Promise<void> {
  const live = await runtime.live.get(LINKED_CLONES, keyOf(clone));
  if (
    live?.metadata.uid === uid &&
    live.metadata.deletionTimestamp === undefined &&
    live.spec.paused !== true &&
    planPower(policyOf(live.spec), vm.powerState, live.status?.timings?.readySeconds !== undefined) === 'powerOff'
  )
    return;
  throw new RequeueAfter(runtime.config['status-interval'], `"${vm.name}" isn't to be powered off any more`);
}

function poweredOn(scope: CloneScope): void {
  scope.memory.powerOnAsked = false;
  countSuccess(scope, 'powerOn');
}

function powerFailed(scope: CloneScope, vm: VmView, action: 'powerOn' | 'powerOff', error: Error): NotReady {
  const { config } = scope.runtime;
  const { connection } = requireConnection(scope);
  const place = { host: vm.host, datastore: scope.clone.status?.vm?.datastore };
  const short =
    error instanceof VSphereError && error.kind === 'capacity' ? shortage(connection, error, place) : undefined;
  if (short !== undefined && action === 'powerOn') countFailure(scope, action);
  const what = action === 'powerOn' ? 'powering on' : 'powering off';
  const message = `${what} "${vm.name}" failed: ${error.message}${short?.where ?? ''}; tried again`;
  if (isForbidden(error)) return pauseAfter(scope, action, 'NoPermission', message, config['conflict-retry']);
  const delayMs = short === undefined ? config['retry-max'] / 4 : config['capacity-retry'];
  return pauseAfter(scope, action, short?.reason ?? 'PowerFailed', message, delayMs);
}
