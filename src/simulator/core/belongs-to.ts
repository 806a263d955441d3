// Objects that are no entities but belong to one: a snapshot to its machine, a datastore browser to its host. What may be
// done with them is decided there.
import type { SimObject } from './sim-object.ts';

const ENTITY = 'entity';

/** `object` belongs to `entity` from now on. */
export function belongTo(object: SimObject, entity: SimObject): void {
  object.extra.set(ENTITY, entity);
}

/** What `belongTo` said; undefined when it said nothing. */
export function ownerOf(object: SimObject): SimObject | undefined {
  return object.hasExtra ? (object.extra.get(ENTITY) as SimObject | undefined) : undefined;
}
