// Reading one property as one session sees it: most come from the object, a few depend on who asks or on the moment.
import type { SimObject } from '../core/sim-object.ts';
import { readPath } from '../core/property-path.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import type { Session } from '../sessions/session.ts';
import { hidesConfig } from '../vm/host-placement.ts';
import { noPermission } from '../wire/check-privileges.ts';
import { isVisible } from '../wire/visibility.ts';
import type { PlannedProperty } from './property-plan.ts';

export interface Reader {
  readonly world: World;
  /** Undefined before login. */
  readonly session: Session | undefined;
}

type Contextual = (reader: Reader, object: SimObject) => unknown;

const CONTEXTUAL: ReadonlyMap<string, Contextual> = new Map<string, Contextual>([
  ['ServiceInstance.serverClock', ({ world }) => new Date(world.clock.now()).toISOString()],
  ['SessionManager.currentSession', ({ session }) => session?.toData()],
  ['SessionManager.sessionList', ({ world }) => world.sessions.list().map((session) => session.toData())],
  ['ViewManager.viewList', (reader) => ownedRefs(reader, 'View')],
  [
    'PropertyCollector.filter',
    (reader, object) => ownedRefs(reader, 'PropertyFilter', (filter) => filter.extra.get('collector') === object.value),
  ],
]);

const EMPTY_LIST: readonly unknown[] = [];

/** The value, undefined when unset. Doesn't ask whether it may be read: see `refusal`. */
export function readProperty(reader: Reader, object: SimObject, property: PlannedProperty): unknown {
  const { segments } = property;
  const name = segments[0]?.text ?? '';
  const contextual = CONTEXTUAL.get(`${object.type}.${name}`);
  const whole = contextual === undefined ? storedProperty(object, name) : contextual(reader, object);
  const shown = shownTo(reader, object, name, whole);
  const value = segments.length === 1 ? shown : readPath(shown, segments, 1);
  if (value !== undefined || !property.isList) return value;
  // A vCenter answers a list that nobody set with an empty one, unless what it would be in is missing too.
  return segments.length === 1 || readPath(shown, segments.slice(0, -1), 1) !== undefined ? EMPTY_LIST : undefined;
}

function storedProperty(object: SimObject, name: string): unknown {
  return name === 'config' && object.type === 'VirtualMachine' && hidesConfig(object) ? undefined : object.get(name);
}

function shownTo({ world, session }: Reader, object: SimObject, name: string, value: unknown): unknown {
  return session === undefined ? value : world.access.shown(session.userName, object, name, value);
}

/** Why a property can't be read, as it stands in missingSet; undefined when it can. */
export function refusal(reader: Reader, object: SimObject, property: PlannedProperty): VimFault | undefined {
  if (property.privilege === 'System.Anonymous') return undefined;
  const privilegeId = property.privilege === '' ? 'System.Read' : property.privilege;
  if (reader.session !== undefined) {
    const isAllowed = reader.world.access.can(reader.session.userName, privilegeId, object);
    return isAllowed ? undefined : noPermission(privilegeId, object);
  }
  return new VimFault('NotAuthenticated', { object: object.ref, privilegeId }, 'The session is not authenticated.');
}

/** The value that the reader gets: undefined also for what it may not read. */
export function readAllowed(reader: Reader, object: SimObject, property: PlannedProperty): unknown {
  return refusal(reader, object, property) === undefined ? readProperty(reader, object, property) : undefined;
}

/** MissingProperty of everything in a plan that the reader may not read. */
export function refusals(
  reader: Reader,
  object: SimObject,
  plan: readonly PlannedProperty[],
): readonly Record<string, unknown>[] {
  return plan.flatMap((property) => {
    const refused = refusal(reader, object, property);
    return refused === undefined ? [] : [{ path: property.path, fault: refused.toLocalized() }];
  });
}

function ownedRefs(
  { world, session }: Reader,
  type: string,
  isWanted: (object: SimObject) => boolean = () => true,
): unknown {
  const refs = [];
  for (const object of world.registry.ofType(type))
    if (isVisible(world, object, session) && isWanted(object)) refs.push(object.ref);
  return refs;
}
