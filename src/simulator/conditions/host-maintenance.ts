// A host in maintenance mode, whatever runs on it: what a client sees when somebody else is at work.
import { setMaintenance } from '../inventory/host-methods.ts';
import type { Model } from '../inventory/model-state.ts';
import type { Condition } from './conditions.ts';

export const hostMaintenance = (model: Model): Condition => ({
  name: 'maintenance',
  type: 'HostSystem',
  begin: (host) => setMaintenance(model, host, true),
  end: (host) => setMaintenance(model, host, false),
});
