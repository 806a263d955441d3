// Which events and tasks a session may read: those about entities that it sees. Of what is gone, those whose place it sees.
import type { World } from '../core/world.ts';
import type { Whereabouts } from './whereabouts.ts';

/** What is about the vCenter itself is everybody's. */
export function mayReadEvent(world: World, principal: string, event: Whereabouts): boolean {
  if (event.about === undefined) return true;
  for (const ref of [event.about, ...event.ancestors]) {
    const entity = world.registry.get(ref);
    if (entity !== undefined) return world.access.canSee(principal, entity);
  }
  return world.access.canSee(principal, world.rootFolder);
}
