// Which properties of an object a filter asks for, worked out once per type: the union of all property sets that name
// the type or a base of it.
import { isManagedA, managedType } from '../schema/schema.ts';
import { parsePath } from '../core/property-path.ts';
import type { PathSegment } from '../core/property-path.ts';
import { VimFault } from '../core/vim-fault.ts';
import { declaredType } from '../wire/declared-type.ts';
import type { PropertySet } from './filter-spec.ts';
import { isUnmodelled } from './unmodelled.ts';

export interface PlannedProperty {
  readonly path: string;
  readonly segments: readonly PathSegment[];
  readonly isList: boolean;
  /** Needed on the object to read it. */
  readonly privilege: string;
}

export class PropertyPlans {
  readonly #sets: readonly PropertySet[];
  readonly #byType = new Map<string, readonly PlannedProperty[] | undefined>();

  /** Throws InvalidProperty for a path that its type doesn't have. */
  constructor(sets: readonly PropertySet[]) {
    this.#sets = sets;
    for (const { type, paths } of sets) {
      for (const path of paths) if (managedType(type) !== undefined) plan(type, path);
    }
  }

  /** What to read from objects of `type`; undefined when no property set is for them, so they aren't reported. */
  for(type: string): readonly PlannedProperty[] | undefined {
    if (!this.#byType.has(type)) this.#byType.set(type, this.#compute(type));
    return this.#byType.get(type);
  }

  #compute(type: string): readonly PlannedProperty[] | undefined {
    const sets = this.#sets.filter((set) => set.type === type || isManagedA(type, set.type));
    if (sets.length === 0) return undefined;
    const definition = managedType(type);
    if (definition === undefined) return [];
    const paths = sets.flatMap((set) => (set.all ? [...definition.properties.keys()] : set.paths));
    return [...new Set(paths)].map((path) => plan(type, path));
  }
}

function plan(type: string, path: string): PlannedProperty {
  const segments = parsePath(path);
  const declared = segments === undefined ? undefined : declaredType(type, segments);
  if (segments !== undefined && declared !== undefined) {
    return { path, segments, isList: declared.list, privilege: declared.privilege };
  }
  if (segments !== undefined && isUnmodelled(type, segments[0]?.text ?? '')) {
    return { path, segments, isList: false, privilege: '' };
  }
  throw new VimFault('InvalidProperty', { name: path }, `The property "${path}" does not exist on ${type}.`);
}
