// A customization in the guest: status and events as vCenter shows them, at the times of the simulated clock.
import { postVmEvent } from '../events/vm-events.ts';
import type { EventCause } from '../events/vm-events.ts';
import { inThisCycle } from '../guest/power-cycle.ts';
import { reportWithoutAddresses, startTools } from '../guest/start-tools.ts';
import type { Model } from '../inventory/model-state.ts';
import { nameOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import type { CustomizationFailure, CustomizationStatus, PendingCustomization } from './pending-customization.ts';

const LOG = '/var/log/vmware-imc/toolsDeployPkg.log';

/** Makes a customization wait for the next power-on. */
export function scheduleCustomization(vm: Vm, customization: PendingCustomization): void {
  vm.customization = customization;
  setStatus(vm, 'TOOLSDEPLOYPKG_PENDING');
}

/** Runs the pending customization from now on; the guest is up. A power-off before its end leaves it pending. */
export function runCustomization(model: Model, vm: Vm, cause: EventCause): void {
  const { customization } = vm;
  if (customization === undefined) return;
  const startTime = isoNow(model);
  setStatus(vm, 'TOOLSDEPLOYPKG_RUNNING', { startTime });
  // Tools run and report the name that the guest has until now; addresses come with the new settings.
  reportWithoutAddresses(model, vm);
  postVmEvent(
    model,
    vm,
    'CustomizationStartedEvent',
    cause,
    `Started customization of VM ${nameOf(vm)}. Customization log located at ${LOG} in the guest OS.`,
    { logLocation: LOG },
  );
  inThisCycle(model, vm, model.durations.of('customization'), () => {
    vm.customization = undefined;
    const times = { startTime, endTime: isoNow(model) };
    if (customization.failure === undefined) succeed(model, vm, cause, customization, times);
    else fail(model, vm, cause, customization.failure, times);
    startTools(model, vm);
  });
}

/** The guest stopped: what ran starts again at the next power-on. */
export function interruptCustomization(vm: Vm): void {
  if (vm.customization !== undefined) setStatus(vm, 'TOOLSDEPLOYPKG_PENDING');
}

interface FailureEvent {
  readonly type: string;
  readonly sysprepVersion?: string;
  readonly systemVersion?: string;
}

const FAILURE_EVENTS: Readonly<Record<CustomizationFailure['kind'], FailureEvent>> = {
  unknown: { type: 'CustomizationUnknownFailure' },
  sysprep: { type: 'CustomizationSysprepFailed', sysprepVersion: '5.1', systemVersion: '5.1' },
  network: { type: 'CustomizationNetworkSetupFailed' },
  linuxIdentity: { type: 'CustomizationLinuxIdentityFailed' },
};

type Times = Readonly<Record<'startTime' | 'endTime', string>>;

function succeed(model: Model, vm: Vm, cause: EventCause, customization: PendingCustomization, times: Times): void {
  vm.guest.hostName = customization.hostName;
  vm.guest.fixedAddresses = customization.fixedAddresses;
  setStatus(vm, 'TOOLSDEPLOYPKG_SUCCEEDED', times);
  postVmEvent(
    model,
    vm,
    'CustomizationSucceeded',
    cause,
    `Customization of VM ${nameOf(vm)} succeeded. Customization log located at ${LOG} in the guest OS.`,
    { logLocation: LOG },
  );
}

function fail(model: Model, vm: Vm, cause: EventCause, failure: CustomizationFailure, times: Times): void {
  const { reason, kind } = failure;
  setStatus(vm, 'TOOLSDEPLOYPKG_FAILED', { ...times, errorMsg: reason });
  const message = `An error occurred while customizing VM ${nameOf(vm)}: ${reason}. For details reference the log file ${LOG} in the guest OS.`;
  const { type, ...fields } = FAILURE_EVENTS[kind];
  postVmEvent(model, vm, type, cause, message, { logLocation: LOG, reason, ...fields });
}

function setStatus(
  vm: Vm,
  customizationStatus: CustomizationStatus,
  more: Readonly<Record<string, string>> = {},
): void {
  vm.object.set('guest.customizationInfo', { customizationStatus, ...more });
}

function isoNow(model: Model): string {
  return new Date(model.world.clock.now()).toISOString();
}
