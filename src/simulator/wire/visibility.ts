// Who may see an object at all. Collectors, filters and views belong to the session that made them; the rest is asked of
// `world.access`.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { managedObjectNotFound } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import type { Session } from '../sessions/session.ts';

const OWNER = 'session';

/** Makes `object` visible to `session` alone. */
export function ownBy(object: SimObject, session: Session): void {
  object.extra.set(OWNER, session);
}

/** True for what one session made for itself. */
export function isOwned(object: SimObject): boolean {
  return ownerOf(object) !== undefined;
}

/** Whose it is, of what one session made for itself. */
export function ownerOf(object: SimObject): Session | undefined {
  return object.hasExtra ? (object.extra.get(OWNER) as Session | undefined) : undefined;
}

export function isVisible(world: World, object: SimObject, session: Session | undefined): boolean {
  const owner = ownerOf(object);
  if (owner !== undefined) return owner === session;
  // Before login nobody has rights: what may be read then is decided property by property.
  return session === undefined || world.access.canSee(session.userName, object);
}

/** The object of a reference, as `session` sees it. */
export function findVisible(world: World, ref: MoRef, session: Session | undefined): SimObject | undefined {
  const object = world.registry.get(ref);
  return object !== undefined && isVisible(world, object, session) ? object : undefined;
}

/** As findVisible; throws ManagedObjectNotFound. */
export function mustSee(world: World, ref: MoRef, session: Session | undefined): SimObject {
  const object = findVisible(world, ref, session);
  if (object === undefined) throw managedObjectNotFound(ref);
  return object;
}
