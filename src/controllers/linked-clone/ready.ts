// The last step of every reconcile of a clone that has its VM: see it, keep it powered as it should be, say how it is.
import { findCondition } from '../../api/conditions.ts';
import { LABELS } from '../../api/identifiers.ts';
import type { LinkedClone, PowerState as ApiPowerState } from '../../api/types.generated.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { PhaseResult } from '../shared/phases.ts';
import type { PowerState, VmView } from '../vcenter/vm-view.ts';
import { withFailureText } from './customization-failure.ts';
import { guestAddresses, guestHostname } from './guest-facts.ts';
import { applyNotes } from './notes.ts';
import { observeVm, recheckLink } from './observe.ts';
import { applyPower } from './power.ts';
import { NO_REASON, customizationState, evaluateReadiness, guestReady, policyOf } from './readiness.ts';
import { companyMs } from './company.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';
import { STORAGE_PATHS, storageFigures } from './storage-figures.ts';
import { followVm } from './vm-record.ts';

const POWER_STATES: Readonly<Record<PowerState, ApiPowerState>> = {
  poweredOn: 'PoweredOn',
  poweredOff: 'PoweredOff',
  suspended: 'Suspended',
};

/** How many windows the first storage figures wait for those of other clones. */
const FIGURES_COMPANY = 12;

/** What a paused clone says. */
export const PAUSED = 'spec.paused is true: nothing is done to the virtual machine';

export async function readyPhase(scope: CloneScope): Promise<PhaseResult> {
  const { clone, draft, memory, runtime } = scope;
  if (draft.status.vm === undefined) throw new Error('no virtual machine is recorded');
  const vm = withStoredOutcome(clone, await withFailureText(scope, await observeVm(scope)));
  draft.drop('Lost');
  const drift = followVm(scope, vm);
  if (clone.status?.vm !== undefined) await recheckLink(scope, vm);
  describeGuest(scope, vm);
  describeRevision(scope);
  if (vm.connectionState !== undefined && vm.connectionState !== 'connected') {
    draft.set('PoweredOn', 'Unknown', 'Disconnected', `the virtual machine is ${vm.connectionState}`);
    draft.set('GuestReady', 'Unknown', 'Disconnected', `the virtual machine is ${vm.connectionState}`);
    throw new NotReady(
      'Disconnected',
      `"${vm.name}" is ${vm.connectionState}: nothing is concluded and nothing done until it's connected again`,
    );
  }
  draft.set(
    'PoweredOn',
    vm.powerState === 'poweredOn',
    vm.powerState === 'suspended' ? 'Suspended' : vm.powerState === 'poweredOn' ? 'PoweredOn' : 'PoweredOff',
    `the virtual machine is ${POWER_STATES[vm.powerState ?? 'poweredOff']}`,
  );
  const wasReady = clone.status?.timings?.readySeconds !== undefined;
  const readiness = evaluateReadiness({
    spec: clone.spec,
    vm,
    poweredOnSeconds: poweredOnSeconds(scope, vm),
    wasReady,
  });
  const guest = guestReady(vm, readiness);
  draft.set('GuestReady', guest.value, guest.reason, guest.message);
  const paused = clone.spec.paused === true;
  if (!paused) await applyPower(scope, vm);
  const notesDueMs = paused ? undefined : await applyNotes(scope, vm);

  if (paused && !readiness.ready) {
    const state = vm.powerState === 'poweredOn' ? readiness.message : `"${vm.name}" doesn't run`;
    throw new NotReady('Paused', `${PAUSED}; ${state}${drift}`);
  }
  if (!paused && policyOf(clone.spec) === 'Off' && vm.powerState === 'poweredOn')
    throw new NotReady('PoweringOff', `"${vm.name}" is being powered off`);
  if (!readiness.ready) {
    const off = wasReady && vm.powerState !== 'poweredOn' && isSurprise(clone);
    const reason = off ? 'PoweredOff' : readiness.reason;
    const how = vm.powerState === 'suspended' ? 'suspended' : 'powered off';
    const message = off
      ? `"${vm.name}" was ${how} behind the operator's back; it's powered on again`
      : readiness.message;
    throw new NotReady(reason, message + drift, {
      requeueAfterMs:
        readiness.timeoutInSeconds === undefined ? undefined : Math.max(1, readiness.timeoutInSeconds * 1000),
    });
  }
  if (!wasReady) await firstTimeReady(scope, vm);
  draft.summarize('Ready', 'Ready', readiness.message + drift);
  runtime.grace.clear(scope.uid);
  memory.poweredOnAt = vm.powerState === 'poweredOn' ? memory.poweredOnAt : undefined;
  return notesDueMs === undefined ? undefined : { requeueAfterMs: notesDueMs };
}

/**
 * A customization happens once in a machine's life, and vCenter doesn't keep its outcome for as long: of a machine that was
 * registered again it says that there was none.
 */
function withStoredOutcome({ status }: LinkedClone, vm: VmView): VmView {
  const isKnown = findCondition(status?.conditions, 'Customized')?.status === 'True';
  return isKnown && customizationState(vm) === 'none' ? { ...vm, customization: 'TOOLSDEPLOYPKG_SUCCEEDED' } : vm;
}

/** It was seen running last, or has been missed since: not off because it was to be, until a moment ago. */
function isSurprise({ status }: LinkedClone): boolean {
  return (
    findCondition(status?.conditions, 'PoweredOn')?.status === 'True' ||
    findCondition(status?.conditions, 'Ready')?.reason === 'PoweredOff'
  );
}

/** Which template it was made from, and whether that is the set's present one. */
function describeRevision({ clone, set, draft }: CloneScope): void {
  const revision = clone.metadata.labels?.[LABELS.revision];
  if (revision === undefined) return;
  const current = set?.status?.updateRevision ?? revision; // not written yet: it's being made from this one
  draft.status.revision = revision;
  if (revision === current) draft.set('UpToDate', true, 'UpToDate', `made from ${revision}`);
  else draft.set('UpToDate', false, 'Outdated', `made from ${revision}, its set is at ${current}`);
}

function describeGuest(scope: CloneScope, vm: VmView): void {
  const { draft, clone } = scope;
  if (vm.powerState !== undefined) draft.status.powerState = POWER_STATES[vm.powerState];
  const addresses = guestAddresses(vm);
  if (addresses.length > 0) draft.status.addresses = addresses;
  else delete draft.status.addresses;
  const hostname = guestHostname(vm);
  if (hostname !== undefined) draft.status.guestHostname = hostname;
  if (clone.spec.customization === undefined) return;
  switch (customizationState(vm)) {
    case 'succeeded':
      draft.set('Customized', true, 'CustomizationSucceeded', `with "${clone.spec.customization.specName}"`);
      break;
    case 'failed':
      draft.set('Customized', false, 'CustomizationFailed', vm.customizationError ?? NO_REASON);
      break;
    case 'pending':
    case 'running':
      draft.set('Customized', false, 'Customizing', `with "${clone.spec.customization.specName}"`);
      break;
    case 'none':
      break;
  }
}

/** Seconds since this process first saw the VM on; a restart counts from the condition's time. */
function poweredOnSeconds(scope: CloneScope, vm: VmView): number | undefined {
  const { memory, runtime } = scope;
  if (vm.powerState !== 'poweredOn') {
    memory.poweredOnAt = undefined;
    return undefined;
  }
  const now = runtime.clock.monotonic();
  if (memory.poweredOnAt === undefined) {
    const stored = scope.clone.status?.conditions?.find(
      (condition) => condition.type === 'PoweredOn' && condition.status === 'True',
    );
    const since = stored === undefined ? 0 : Math.max(0, runtime.clock.now() - Date.parse(stored.lastTransitionTime));
    memory.poweredOnAt = now - since;
  }
  return (now - memory.poweredOnAt) / 1000;
}

/** Timings and the first storage figures ride on the write that says Ready. */
async function firstTimeReady(scope: CloneScope, vm: VmView): Promise<void> {
  const { draft, runtime, clone, memory } = scope;
  const { connection } = requireConnection(scope);
  const readySeconds = Math.max(
    0,
    Math.round((runtime.clock.now() - Date.parse(clone.metadata.creationTimestamp)) / 1000),
  );
  const customizeSeconds =
    clone.spec.customization === undefined || memory.poweredOnAt === undefined
      ? undefined
      : Math.round((runtime.clock.monotonic() - memory.poweredOnAt) / 1000);
  draft.status.timings = {
    ...draft.status.timings,
    readySeconds,
    ...(customizeSeconds === undefined ? {} : { customizeSeconds }),
  };
  const state = await connection.client.readSoon(vm.ref, STORAGE_PATHS, companyMs(scope, FIGURES_COMPANY));
  const figures = state === undefined ? undefined : storageFigures(state.properties, draft.status.storage, draft.now);
  if (figures !== undefined) draft.status.storage = figures;
}
