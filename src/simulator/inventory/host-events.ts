// Events about hosts, and about what their connection means for the VMs on them.
import type { SimObject } from '../core/sim-object.ts';
import { postVmEvent } from '../events/vm-events.ts';
import type { EventCause } from '../events/vm-events.ts';
import { nameOf } from '../vm/vm.ts';
import { refsAt } from './links.ts';
import type { Model } from './model-state.ts';

/** What nobody asked for. */
export const BY_ITSELF: EventCause = { user: '' };

export function postHostEvent(model: Model, host: SimObject, type: string, cause: EventCause, message: string): void {
  const { user, chainId } = cause;
  model.events.post({ type, entity: host, user, message, ...(chainId === undefined ? {} : { chainId }) });
}

/** After the connection changed. */
export function postConnection(model: Model, host: SimObject, state: string, cause: EventCause): void {
  const name = String(host.get('name'));
  if (state === 'connected') postHostEvent(model, host, 'HostConnectedEvent', cause, `Connected to ${name}`);
  else if (state === 'disconnected')
    postHostEvent(model, host, 'HostDisconnectedEvent', cause, `Disconnected from ${name}`);
  else postHostEvent(model, host, 'HostConnectionLostEvent', cause, `Host ${name} is not responding`);
  for (const ref of refsAt(host, 'vm')) {
    const vm = model.vms.get(ref);
    if (vm === undefined) continue;
    if (state === 'connected')
      postVmEvent(model, vm, 'VmConnectedEvent', cause, `Virtual machine ${nameOf(vm)} is connected`);
    else
      postVmEvent(
        model,
        vm,
        'VmDisconnectedEvent',
        cause,
        `Virtual machine ${nameOf(vm)} on host ${name} is disconnected`,
      );
  }
}
