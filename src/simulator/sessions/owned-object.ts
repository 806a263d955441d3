// What a client makes for itself alone: property collectors, their filters, views, history collectors. Only its session
// sees it, and it goes with the session. A session has at most so many of each: a client that forgets to destroy them is
// told so before it takes all memory.
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { isManagedA } from '../schema/schema.ts';
import { ownBy, ownerOf } from '../wire/visibility.ts';
import type { Session } from './session.ts';

/** Of one client: `maxCollector` of EventManager and of TaskManager. vCenter's default. */
export const MAX_HISTORY_COLLECTORS = 32;

/** Managed type → how many of it a session may have at once. For all but history collectors no number is documented. */
const MOST: ReadonlyMap<string, number> = new Map([
  ['PropertyCollector', 100],
  ['PropertyFilter', 1000],
  ['View', 1000],
  ['EventHistoryCollector', MAX_HISTORY_COLLECTORS],
  ['TaskHistoryCollector', MAX_HISTORY_COLLECTORS],
]);

/** How many a session has, by the types of MOST. */
const counts = new WeakMap<Session, Map<string, number>>();

/** Makes a managed object that belongs to `session`. Throws as `demandRoomFor`. */
export function createOwned(
  world: World,
  session: Session,
  type: string,
  properties: Record<string, unknown>,
): SimObject {
  demandRoomFor(session, type);
  const object = world.registry.create(type, properties, { value: `session[${session.key}]${crypto.randomUUID()}` });
  ownBy(object, session);
  count(session, type, 1);
  return object;
}

/** Takes it out of the inventory, if it is still there. */
export function removeOwned(world: World, object: SimObject): void {
  const session = ownerOf(object);
  if (session === undefined || world.registry.get(object.ref) !== object) return;
  count(session, object.type, -1);
  world.registry.remove(object);
}

/** Throws when the session has as many as it may: InvalidState for history collectors, as documented, else LimitExceeded. */
export function demandRoomFor(session: Session, type: string): void {
  const kind = kindOf(type);
  const limit = MOST.get(kind) ?? Infinity;
  if ((counts.get(session)?.get(kind) ?? 0) < limit) return;
  const sentence = `The session has ${limit} objects of type ${kind}, the most it may have: destroy some.`;
  if (isManagedA(type, 'HistoryCollector')) throw new VimFault('InvalidState', {}, sentence);
  throw new VimFault('LimitExceeded', { property: kind, limit }, sentence);
}

function count(session: Session, type: string, change: 1 | -1): void {
  const own = counts.get(session) ?? new Map<string, number>();
  counts.set(session, own);
  own.set(kindOf(type), (own.get(kindOf(type)) ?? 0) + change);
}

function kindOf(type: string): string {
  return [...MOST.keys()].find((kind) => isManagedA(type, kind)) ?? type;
}
