// Events about resource pools. They stand where their cluster is.
import { entityArgument } from '../events/event-arguments.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { Model } from './model-state.ts';

export function postPoolEvent(
  model: Model,
  pool: SimObject,
  type: string,
  user: string,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  model.events.post({ type, entity: pool, user, message, fields: { resourcePool: entityArgument(pool), ...fields } });
}
