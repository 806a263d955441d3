// Every condition that can be ordered; one file each.
import type { Model } from '../inventory/model-state.ts';
import type { Condition } from './conditions.ts';
import { datastoreInaccessible } from './datastore-inaccessible.ts';
import { hostDisconnected } from './host-disconnected.ts';
import { hostMaintenance } from './host-maintenance.ts';
import { vmInaccessible } from './vm-inaccessible.ts';

export function conditionKinds(model: Model): readonly Condition[] {
  return [hostDisconnected(model), hostMaintenance(model), datastoreInaccessible(model), vmInaccessible(model)];
}
