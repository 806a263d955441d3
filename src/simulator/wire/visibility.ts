// Who may see an object at all. Collectors, filters and views belong to the session that made them.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { managedObjectNotFound } from '../core/vim-fault.ts';
import type { Session } from '../sessions/session.ts';

const OWNER = 'session';

/** Makes `object` visible to `session` alone. */
export function ownBy(object: SimObject, session: Session): void {
  object.extra.set(OWNER, session);
}

export function isVisible(object: SimObject, session: Session | undefined): boolean {
  if (!object.hasExtra) return true;
  const owner = object.extra.get(OWNER);
  return owner === undefined || owner === session;
}

/** The object of a reference, as `session` sees it. */
export function findVisible(registry: Registry, ref: MoRef, session: Session | undefined): SimObject | undefined {
  const object = registry.get(ref);
  return object !== undefined && isVisible(object, session) ? object : undefined;
}

/** As findVisible; throws ManagedObjectNotFound. */
export function mustSee(registry: Registry, ref: MoRef, session: Session | undefined): SimObject {
  const object = findVisible(registry, ref, session);
  if (object === undefined) throw managedObjectNotFound(ref);
  return object;
}
