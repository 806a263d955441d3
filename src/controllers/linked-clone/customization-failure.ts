// Why a customization failed, in vCenter's words: the event names the cause and the log in the guest, while the guest's own
// field is empty at times. Read once, when it failed; what is stored in the condition is never asked for again.
import { oneLine } from '../../vsphere/fault-message.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { customizationState } from './readiness.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** Every event that says so; an id stands for itself alone (vSphere Web Services API, EventFilterSpec.eventTypeId). */
const FAILURES = [
  'CustomizationUnknownFailure',
  'CustomizationSysprepFailed',
  'CustomizationNetworkSetupFailed',
  'CustomizationLinuxIdentityFailed',
].map((type) => `vim.event.${type}`);

interface FailureEvent {
  readonly key: number;
  readonly reason?: string;
  readonly fullFormattedMessage?: string;
}

/** The VM as seen, with the event's text as the error where its customization failed. */
export async function withFailureText(scope: CloneScope, vm: VmView): Promise<VmView> {
  const { memory, clone } = scope;
  if (clone.spec.customization === undefined || customizationState(vm) !== 'failed') {
    memory.customizationFailure = undefined;
    return vm;
  }
  const stored = clone.status?.conditions?.find(({ type }) => type === 'Customized');
  if (stored?.reason === 'CustomizationFailed') memory.customizationFailure ??= stored.message;
  memory.customizationFailure ??= await readFailure(scope, vm);
  return memory.customizationFailure === '' ? vm : { ...vm, customizationError: memory.customizationFailure };
}

async function readFailure(scope: CloneScope, vm: VmView): Promise<string> {
  const { client } = requireConnection(scope).connection;
  const { eventManager } = client.content;
  if (eventManager === undefined) return '';
  const filter = { entity: { entity: vm.ref, recursion: 'self' }, eventTypeId: FAILURES };
  const events = (await client.invoke<FailureEvent[] | undefined>(eventManager, 'QueryEvents', { filter })) ?? [];
  const last = events.toSorted((a, b) => a.key - b.key).at(-1);
  return oneLine(last?.fullFormattedMessage ?? last?.reason ?? '');
}
