// Which properties of an object a filter asks for, worked out once per type: the union of all property sets that name
// the type or a base of it.
import { fieldsOf, isManagedA, managedType } from '../schema/schema.ts';
import { EVERYTHING } from '../schema/version-view.ts';
import type { VersionView } from '../schema/version-view.ts';
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
  readonly #view: VersionView;
  readonly #byType = new Map<string, readonly PlannedProperty[] | undefined>();

  /** Throws InvalidProperty for a path that its type doesn't have, or not in the client's version. */
  constructor(sets: readonly PropertySet[], view = EVERYTHING) {
    this.#sets = sets;
    this.#view = view;
    for (const { type, paths } of sets) {
      for (const path of paths) if (managedType(type) !== undefined) plan(type, path, view);
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
    if (managedType(type) === undefined) return [];
    const paths = sets.flatMap((set) => (set.all ? this.#allOf(type) : set.paths));
    return [...new Set(paths)].map((path) => plan(type, path, this.#view));
  }

  #allOf(type: string): readonly string[] {
    const names = [...(managedType(type)?.properties.keys() ?? [])];
    return names.filter((name) => this.#view.knowsMember(type, name));
  }
}

function plan(type: string, path: string, view: VersionView): PlannedProperty {
  const segments = parsePath(path);
  const declared = segments === undefined || !isKnown(type, segments, view) ? undefined : declaredType(type, segments);
  if (segments !== undefined && declared !== undefined) {
    return { path, segments, isList: declared.list, privilege: declared.privilege };
  }
  if (segments !== undefined && isUnmodelled(type, segments[0]?.text ?? '')) {
    return { path, segments, isList: false, privilege: '' };
  }
  throw new VimFault('InvalidProperty', { name: path }, `The property "${path}" does not exist on ${type}.`);
}

/** False when the property, or a field that the path leads through, is newer than the client's version. */
function isKnown(type: string, segments: readonly PathSegment[], view: VersionView): boolean {
  const [first, ...rest] = segments;
  if (first === undefined || !view.knowsMember(type, first.text)) return false;
  let at = managedType(type)?.properties.get(first.text)?.type ?? '';
  for (const { text, isKey } of rest) {
    if (isKey) continue;
    const field = fieldsOf(at)?.find(({ name }) => name === text);
    // A field of a descendant: which one is only known when there is a value.
    if (field === undefined) return true;
    if (!view.knowsField(at, text)) return false;
    at = field.type;
  }
  return true;
}
