// Every reference in a call's arguments must lead to an object that the caller can see, else ManagedObjectNotFound: vCenter
// resolves them before the method runs. Methods that have their own answer for missing objects are left out.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { World } from '../core/world.ts';
import type { Session } from '../sessions/session.ts';
import { mustSee } from './visibility.ts';

/** They report or ignore what is missing, each in its own way. */
const TOLERANT: ReadonlySet<string> = new Set([
  'CreateFilter',
  'RetrieveProperties',
  'RetrievePropertiesEx',
  'CreateListView',
  'ModifyListView',
  'ResetListView',
]);

/** Throws ManagedObjectNotFound for the first reference that leads nowhere. */
export function checkReferences(
  world: World,
  session: Session | undefined,
  method: string,
  args: Record<string, unknown>,
): void {
  if (!TOLERANT.has(method)) walk(world, session, args);
}

function walk(world: World, session: Session | undefined, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) walk(world, session, item);
  } else if (!('$type' in value) && isMoRef(value)) {
    mustSee(world, value, session);
  } else {
    for (const field of Object.values(value)) walk(world, session, field);
  }
}
