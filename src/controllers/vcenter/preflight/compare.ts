// Wanted against held: what is missing and what is too much, by object, in a stable order so that an unchanged finding
// makes an unchanged status. Pure.
import type { VCenterStatusMissingPrivileges } from '../../../api/types.generated.ts';
import { moRefKey } from '../../../vsphere/mo-ref.ts';
import type { Place } from './privilege-table.ts';
import { ROLES } from './privilege-table.ts';
import type { Entity, Target } from './targets.ts';

/** Objects in the status; the message has the count of those that don't fit. */
const MOST_OBJECTS = 32;
/** Objects named in the message. */
const NAMED_OBJECTS = 3;
/** Privileges that are too much, named in the message. */
const NAMED_PRIVILEGES = 4;

/** One object with the privileges that are missing, or too many, on it. */
export interface Finding extends Entity {
  readonly place: Place;
  readonly privileges: readonly string[];
}

export interface Findings {
  readonly missing: readonly Finding[];
  readonly excess: readonly Finding[];
}

/** `held` by moRefKey; an object that isn't in it is left out, since nothing is known of it. */
export function compare(targets: readonly Target[], held: ReadonlyMap<string, ReadonlySet<string>>): Findings {
  const missing = new Collected();
  const excess = new Collected();
  for (const { place, entities, wanted, withheld } of targets) {
    const asked = entities.flatMap((entity) => {
      const has = held.get(moRefKey(entity.ref));
      return has === undefined ? [] : [{ entity, has, lacking: wanted.filter((id) => !has.has(id)) }];
    });
    const [best] = asked.toSorted((a, b) => a.lacking.length - b.lacking.length);
    if (best !== undefined) missing.add(place, best.entity, best.lacking);
    for (const { entity, has } of asked)
      excess.add(
        place,
        entity,
        withheld.filter((id) => has.has(id)),
      );
  }
  return { missing: missing.all(), excess: excess.all() };
}

/** Findings merged by object and place. */
class Collected {
  readonly #byKey = new Map<string, { entity: Entity; place: Place; ids: Set<string> }>();

  add(place: Place, entity: Entity, ids: readonly string[]): void {
    if (ids.length === 0) return;
    const key = `${place} ${moRefKey(entity.ref)}`;
    const known = this.#byKey.get(key) ?? { entity, place, ids: new Set<string>() };
    this.#byKey.set(key, known);
    for (const id of ids) known.ids.add(id);
  }

  all(): readonly Finding[] {
    return [...this.#byKey.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { entity, place, ids }]) => ({ ...entity, place, privileges: [...ids].toSorted() }));
  }
}

/** For the status. */
export function statusList(findings: readonly Finding[]): readonly VCenterStatusMissingPrivileges[] {
  return findings
    .slice(0, MOST_OBJECTS)
    .map(({ path, ref, privileges }) => ({ path, moRef: moRefKey(ref), privileges: [...privileges] }));
}

/** Some of what is too much on one object; the status has all of it. */
export function excessExample({ path, privileges }: Finding): string {
  const more = privileges.length - NAMED_PRIVILEGES;
  const named = privileges.slice(0, NAMED_PRIVILEGES).join(', ');
  return `${named}${more > 0 ? ` and ${more} more` : ''} on ${path}`;
}

/** What is missing on which object, then the commands that add it to the shipped roles. */
export function missingMessage(missing: readonly Finding[]): string {
  const named = missing
    .slice(0, NAMED_OBJECTS)
    .map(({ path, ref, privileges }) => `${privileges.join(', ')} on ${path} (${ref.value})`);
  const more = missing.length - named.length;
  const rest = more > 0 ? ` and on ${more} more objects (status.missingPrivileges)` : '';
  const places = [...new Set(missing.map(({ place }) => place))];
  const commands = places.map((place) => {
    const ids = new Set(missing.filter((each) => each.place === place).flatMap(({ privileges }) => privileges));
    return `govc role.update -a ${ROLES[place]} ${[...ids].toSorted().join(' ')}`;
  });
  return `the account lacks ${named.join('; ')}${rest}; what needs it fails, the rest goes on; to add it to the shipped roles: ${commands.join(' && ')}`;
}
