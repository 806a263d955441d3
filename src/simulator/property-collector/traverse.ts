// One walk over the inventory from a filter's roots: the objects it selects, each once, roots first.
import { isManagedA } from '../schema/schema.ts';
import type { SimObject } from '../core/sim-object.ts';
import { managedObjectNotFound } from '../core/vim-fault.ts';
import { findVisible, isVisible } from '../wire/visibility.ts';
import { referencesIn } from './filter-spec.ts';
import type { FilterSpec, SelectList, Traversal } from './filter-spec.ts';
import type { Reader } from './read-property.ts';
import { membersOf } from './view-members.ts';

/** Throws ManagedObjectNotFound for a missing root, unless the spec wants such roots reported. */
export function selectObjects(reader: Reader, spec: FilterSpec): ReadonlySet<SimObject> {
  const selected = new Set<SimObject>();
  const visited = new Map<SelectList, Set<SimObject>>();
  for (const root of spec.roots) {
    const object = findVisible(reader.world, root.ref, reader.session);
    if (object === undefined) {
      if (spec.reportMissing) continue;
      throw managedObjectNotFound(root.ref);
    }
    if (!root.skip) selected.add(object);
    walk(reader, object, root.selects, selected, visited);
  }
  return selected;
}

function walk(
  reader: Reader,
  from: SimObject,
  selects: SelectList,
  selected: Set<SimObject>,
  visited: Map<SelectList, Set<SimObject>>,
): void {
  // Nobody may follow references before login.
  if (selects.traversals.length === 0 || reader.session === undefined) return;
  let seen = visited.get(selects);
  if (seen === undefined) visited.set(selects, (seen = new Set()));
  if (seen.has(from)) return;
  seen.add(from);
  for (const traversal of selects.traversals) {
    if (!isManagedA(from.type, traversal.type)) continue;
    for (const target of targetsOf(reader, from, traversal)) {
      if (!traversal.skip) selected.add(target);
      walk(reader, target, traversal.selects, selected, visited);
    }
  }
}

/** The objects a traversal leads to that exist and may be seen. */
export function* targetsOf(reader: Reader, from: SimObject, traversal: Traversal): Iterable<SimObject> {
  const members = traversal.path === 'view' ? membersOf(from) : undefined;
  if (members !== undefined) {
    for (const member of members.members) if (isVisible(reader.world, member, reader.session)) yield member;
    return;
  }
  for (const ref of referencesIn(from.get(traversal.path))) {
    const target = findVisible(reader.world, ref, reader.session);
    if (target !== undefined) yield target;
  }
}
