// When a clone counts as ready, pure: what is required, what is seen, and which step it's at until then.
import type {
  LinkedCloneReadiness,
  LinkedCloneSpec,
  PowerPolicy,
  ReadinessRequirement,
} from '../../api/types.generated.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { guestAddresses } from './guest-facts.ts';

const DEFAULT_TIMEOUT_SECONDS = 1800;
/** What is said where neither the guest nor the events tell why a customization failed. */
export const NO_REASON = 'vCenter gives no reason';

export type CustomizationState = 'none' | 'pending' | 'running' | 'succeeded' | 'failed';

export interface ReadinessInput {
  readonly spec: Pick<LinkedCloneSpec, 'readiness' | 'customization' | 'powerPolicy'>;
  readonly vm: VmView;
  /** Seconds since it was powered on. */
  readonly poweredOnSeconds: number | undefined;
  /** `status.timings.readySeconds` was written once: the first boot is over. */
  readonly wasReady: boolean;
}

export interface ReadinessResult {
  readonly ready: boolean;
  /** A reason of the table for Ready. */
  readonly reason: string;
  readonly message: string;
  /** The first of the requirements that aren't met. */
  readonly missing?: ReadinessRequirement;
  /** Seconds until the timeout, when there is one to wait for. */
  readonly timeoutInSeconds?: number;
}

export function policyOf(spec: Pick<LinkedCloneSpec, 'powerPolicy'>): PowerPolicy {
  return spec.powerPolicy ?? 'AlwaysOn';
}

export function requirementsOf(spec: ReadinessInput['spec'], vm: VmView): readonly ReadinessRequirement[] {
  const policy = policyOf(spec);
  // nothing is asked of a machine that is kept off, or left alone and off
  if (policy === 'Off' || (policy === 'Manual' && vm.powerState !== 'poweredOn')) return [];
  if (spec.readiness?.require !== undefined) return spec.readiness.require;
  return spec.customization === undefined ? ['PoweredOn'] : ['PoweredOn', 'CustomizationSucceeded'];
}

export function customizationState(vm: VmView): CustomizationState {
  switch (vm.customization) {
    case 'TOOLSDEPLOYPKG_PENDING':
      return 'pending';
    case 'TOOLSDEPLOYPKG_RUNNING':
      return 'running';
    case 'TOOLSDEPLOYPKG_SUCCEEDED':
      return 'succeeded';
    case 'TOOLSDEPLOYPKG_FAILED':
      return 'failed';
    default:
      return 'none';
  }
}

export function evaluateReadiness(input: ReadinessInput): ReadinessResult {
  const { spec, vm } = input;
  const required = requirementsOf(spec, vm);
  if (spec.customization !== undefined && customizationState(vm) === 'failed') {
    return {
      ready: false,
      reason: 'CustomizationFailed',
      message: `customization with "${spec.customization.specName}" failed: ${vm.customizationError ?? NO_REASON}; the virtual machine is kept`,
    };
  }
  // a guest that was used may be switched off by its user: under OnceOn that is as it should be
  const off = vm.powerState !== 'poweredOn';
  if (off && policyOf(spec) === 'OnceOn' && input.wasReady)
    return { ready: true, reason: 'Ready', message: 'powered off by its user' };
  const missing = required.filter((requirement) => !isMet(requirement, vm));
  const [first] = missing;
  if (first === undefined) return { ready: true, reason: 'Ready', message: readyMessage(vm) };
  const timeoutInSeconds = timeoutOf(spec.readiness) - (input.poweredOnSeconds ?? 0);
  if (first !== 'PoweredOn' && input.poweredOnSeconds !== undefined && timeoutInSeconds <= 0) {
    return {
      ready: false,
      missing: first,
      reason: 'ReadinessTimeout',
      message: `${missing.join(', ')} not reached within ${timeoutOf(spec.readiness)} s of power-on`,
    };
  }
  return { ready: false, missing: first, ...stepOf(first, vm), timeoutInSeconds };
}

const WAITING_FOR: Readonly<Record<ReadinessRequirement, string>> = {
  PoweredOn: 'PoweredOff',
  ToolsRunning: 'WaitingForTools',
  IPAssigned: 'WaitingForAddress',
  CustomizationSucceeded: 'WaitingForCustomization',
};

/** Whether the guest is ready, as a condition. It isn't while the machine is off, also where nothing is asked of it. */
export function guestReady(
  vm: VmView,
  readiness: ReadinessResult,
): { readonly value: boolean; readonly reason: string; readonly message: string } {
  if (vm.powerState !== 'poweredOn') return { value: false, reason: 'PoweredOff', message: 'the guest does not run' };
  const { ready, missing, message } = readiness;
  if (ready) return { value: true, reason: 'GuestReady', message };
  return { value: false, reason: missing === undefined ? 'CustomizationFailed' : WAITING_FOR[missing], message };
}

function isMet(requirement: ReadinessRequirement, vm: VmView): boolean {
  switch (requirement) {
    case 'PoweredOn':
      return vm.powerState === 'poweredOn';
    case 'ToolsRunning':
      return vm.toolsRunning;
    case 'IPAssigned':
      return guestAddresses(vm).length > 0;
    case 'CustomizationSucceeded':
      return customizationState(vm) === 'succeeded';
  }
}

function stepOf(missing: ReadinessRequirement, vm: VmView): { reason: string; message: string } {
  switch (missing) {
    case 'PoweredOn':
      return { reason: 'PoweringOn', message: `"${vm.name}" is being powered on` };
    case 'ToolsRunning':
      return { reason: 'Booting', message: `"${vm.name}" runs, its VMware Tools don't answer yet` };
    case 'IPAssigned':
      return { reason: 'Booting', message: `"${vm.name}" runs, it has no address yet` };
    case 'CustomizationSucceeded':
      return { reason: 'Customizing', message: `"${vm.name}" runs, its customization has not ended yet` };
  }
}

function timeoutOf(readiness: LinkedCloneReadiness | undefined): number {
  return readiness?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
}

function readyMessage(vm: VmView): string {
  if (vm.powerState !== 'poweredOn') return `"${vm.name}" is there, powered off`;
  const [address] = guestAddresses(vm);
  return address === undefined ? `"${vm.name}" runs` : `"${vm.name}" runs at ${address}`;
}
