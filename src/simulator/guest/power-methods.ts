// Power operations and what a client can ask of a running guest.
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { fileNotFound } from '../disks/disk-store.ts';
import { missingLink } from '../disks/disk-file.ts';
import { postVmEvent } from '../events/vm-events.ts';
import type { EventCause } from '../events/vm-events.ts';
import type { Model } from '../inventory/model-state.ts';
import type { TaskOrigin } from '../tasks/task-work.ts';
import { moveToHost, placementHost } from '../vm/host-placement.ts';
import { demandHost, demandPowerState, exclusive, hostOf, notSupported, vmCall } from '../vm/vm-call.ts';
import { isTemplate, memoryBytesOf, nameOf, powerStateOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import { inThisCycle } from './power-cycle.ts';
import { postPowerFailure } from './power-failures.ts';
import {
  demandFirstBootSpace,
  powerOffNow,
  powerOnNow,
  reserveForPowerOn,
  restartGuest,
  resumeFromMemory,
  suspendNow,
} from './power-state.ts';

export const powerMethods: MethodTable = {
  VirtualMachine: {
    PowerOnVM_Task(context, args) {
      const { model, vm, origin } = vmCall(context);
      return powerOnTask(model, vm, origin, args['host'] as MoRef | undefined);
    },
    PowerOffVM_Task: (context) =>
      simpleTask(context, 'powerOff', 'poweredOff', ['poweredOn', 'suspended'], powerOffNow),
    SuspendVM_Task: suspendTask,
    ResetVM_Task: (context) => simpleTask(context, 'reset', 'poweredOn', ['poweredOn'], resetNow),
    ShutdownGuest(context) {
      const { model, vm } = guestCall(context, 'poweredOff');
      if (!listens(vm)) return;
      vm.object.set('guest.guestState', 'shuttingDown');
      inThisCycle(model, vm, model.durations.of('shutdownGuest'), () => {
        postVmEvent(model, vm, 'VmGuestShutdownEvent', context, `Guest OS shut down for ${nameOf(vm)}`);
        powerOffNow(model, vm, context);
      });
    },
    RebootGuest(context) {
      const { model, vm } = guestCall(context, 'poweredOn');
      if (!listens(vm)) return;
      vm.object.set('guest.guestState', 'resetting');
      postVmEvent(model, vm, 'VmGuestRebootEvent', context, `Guest OS reboot for ${nameOf(vm)}`);
      inThisCycle(model, vm, model.durations.of('reset'), () => restartGuest(model, vm, context));
    },
    StandbyGuest(context) {
      const { model, vm } = guestCall(context, 'suspended');
      inThisCycle(model, vm, model.durations.of('suspend'), () => standBy(model, vm, context));
    },
  },
};

/** PowerOnVM_Task, also as part of a clone that asks for it. Throws TaskInProgress. */
export function powerOnTask(model: Model, vm: Vm, origin: TaskOrigin, host?: MoRef): MoRef {
  if (isTemplate(vm)) throw notSupported('a template is not powered on');
  let resumes = false;
  return model.tasks.start(
    {
      kind: 'powerOn',
      entity: vm.object,
      locks: exclusive(vm),
      begin() {
        demandPowerState(vm, 'poweredOn', ['poweredOff', 'suspended']);
        if (host !== undefined) moveToHost(model, vm, placementHost(model, vm, host));
        demandHost(model, vm);
        demandNoMaintenance(model, vm);
        demandOpenable(vm);
        resumes = powerStateOf(vm) === 'suspended';
        reserveForPowerOn(vm);
      },
      finish(run) {
        // Space for the first boot was free at the start; somebody else may have taken it since.
        demandFirstBootSpace(vm);
        if (resumes) resumeFromMemory(model, vm, run);
        else powerOnNow(model, vm, run);
      },
      undo: () => vm.home.removeSwap(),
      ended: (run, fault) => postPowerFailure(model, vm, 'powerOn', run, fault),
    },
    origin,
  );
}

/** The memory needs room beside the swap file, which goes only when the VM has stopped. */
function suspendTask(context: CallContext): MoRef {
  const { model, vm, origin } = vmCall(context);
  return model.tasks.start(
    {
      kind: 'suspend',
      entity: vm.object,
      locks: exclusive(vm),
      begin() {
        demandHost(model, vm);
        demandPowerState(vm, 'suspended', ['poweredOn']);
        vm.home.addSuspended(memoryBytesOf(vm));
      },
      finish(run) {
        demandPowerState(vm, 'suspended', ['poweredOn']);
        suspendNow(model, vm, run);
      },
      undo() {
        if (powerStateOf(vm) !== 'suspended') vm.home.removeSuspended();
      },
      ended: (run, fault) => postPowerFailure(model, vm, 'suspend', run, fault),
    },
    origin,
  );
}

/** Nobody waits for the guest's own suspension: without room for the memory it goes on, and an event says so. */
function standBy(model: Model, vm: Vm, context: CallContext): void {
  try {
    vm.home.addSuspended(memoryBytesOf(vm));
  } catch (error) {
    if (!(error instanceof VimFault)) throw error;
    const message = `Cannot suspend ${nameOf(vm)}: ${error.message}`;
    postVmEvent(model, vm, 'VmFailedToSuspendEvent', context, message, { reason: error.toLocalized() });
    return;
  }
  suspendNow(model, vm, context);
}

function resetNow(model: Model, vm: Vm, cause: EventCause): void {
  const host = String(hostOf(model, vm).get('name'));
  postVmEvent(model, vm, 'VmResettingEvent', cause, `${nameOf(vm)} on ${host} is reset`);
  restartGuest(model, vm, cause);
}

type Change = (model: Model, vm: Vm, cause: { readonly user: string; readonly chainId?: number }) => void;

function simpleTask(
  context: CallContext,
  kind: 'powerOff' | 'reset',
  requested: string,
  allowed: readonly string[],
  change: Change,
): MoRef {
  const { model, vm, origin } = vmCall(context);
  return model.tasks.start(
    {
      kind,
      entity: vm.object,
      locks: exclusive(vm),
      begin() {
        demandHost(model, vm);
        demandPowerState(vm, requested, allowed);
      },
      finish: (run) => change(model, vm, run),
      ended: (run, fault) => postPowerFailure(model, vm, kind, run, fault),
    },
    origin,
  );
}

/** A method that the guest carries out: it must run, and so must its Tools. Throws InvalidPowerState or ToolsUnavailable. */
function guestCall(context: CallContext, requested: string): { model: Model; vm: Vm } {
  const { model, vm } = vmCall(context);
  demandHost(model, vm);
  demandPowerState(vm, requested, ['poweredOn']);
  model.tasks.demandUnlocked(exclusive(vm));
  if (vm.object.get('guest.toolsRunningStatus') !== 'guestToolsRunning') {
    throw new VimFault(
      'ToolsUnavailable',
      {},
      'Cannot complete operation because VMware Tools is not running in this virtual machine.',
    );
  }
  return { model, vm };
}

/** False for a guest that ignores what Tools ask of it, or that stands still. */
function listens(vm: Vm): boolean {
  return vm.guest.behaviour.shutdown === 'obeyed' && vm.guest.stalled === undefined;
}

function demandNoMaintenance(model: Model, vm: Vm): void {
  const host = hostOf(model, vm);
  if (host.get('runtime.inMaintenanceMode') !== true) return;
  throw new VimFault(
    'InvalidHostState',
    { host: host.ref },
    `The operation is not allowed in the current state of the host ${String(host.get('name'))}: it is in maintenance mode.`,
  );
}

/** A chain with a hole in it can't be opened. */
function demandOpenable(vm: Vm): void {
  for (const disk of vm.disks) {
    const missing = missingLink(disk.file);
    if (missing !== undefined) throw fileNotFound(missing.file.path);
  }
}
