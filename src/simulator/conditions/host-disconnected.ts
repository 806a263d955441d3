// A host that doesn't answer: its VMs are disconnected with it, and nothing can be started on it.
import { connectHost } from '../inventory/host-methods.ts';
import type { Model } from '../inventory/model-state.ts';
import type { Condition } from './conditions.ts';

export const hostDisconnected = (model: Model): Condition => ({
  name: 'hostDisconnected',
  type: 'HostSystem',
  begin: (host) => connectHost(model, host, 'notResponding'),
  end: (host) => connectHost(model, host, 'connected'),
});
