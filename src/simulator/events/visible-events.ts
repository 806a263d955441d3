// Which events a session may read: those about entities that it sees. Of what is gone, those count whose place it sees.
import type { World } from '../core/world.ts';
import type { LoggedEvent } from './event-log.ts';

/** Events about the vCenter itself are everybody's. */
export function mayReadEvent(world: World, principal: string, event: LoggedEvent): boolean {
  if (event.about === undefined) return true;
  for (const ref of [event.about, ...event.ancestors]) {
    const entity = world.registry.get(ref);
    if (entity !== undefined) return world.access.canSee(principal, entity);
  }
  return world.access.canSee(principal, world.rootFolder);
}
