// A PropertyFilterSpec, checked and linked: selection specs that only name another one are replaced by it, so walking
// needs no look-ups. Recursion by name makes the structure cyclic on purpose.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { managedType } from '../schema/schema.ts';
import { parsePath } from '../core/property-path.ts';
import type { PathSegment } from '../core/property-path.ts';
import { VimFault } from '../core/vim-fault.ts';
import { declaredType } from '../wire/declared-type.ts';

/** From an object of `type` to what its property `path` refers to. */
export interface Traversal {
  readonly type: string;
  readonly path: string;
  readonly segments: readonly PathSegment[];
  /** The objects it leads to aren't reported for this reason; what is selected from them may be. */
  readonly skip: boolean;
  readonly selects: SelectList;
}

/** The traversals to try on an object. Its identity says under which part of the spec an object was reached. */
export interface SelectList {
  readonly traversals: readonly Traversal[];
}

export interface RootSpec {
  readonly ref: MoRef;
  readonly skip: boolean;
  readonly selects: SelectList;
}

export interface PropertySet {
  readonly type: string;
  readonly all: boolean;
  readonly paths: readonly string[];
}

export interface FilterSpec {
  readonly propertySets: readonly PropertySet[];
  readonly roots: readonly RootSpec[];
  readonly reportMissing: boolean;
}

type Data = Readonly<Record<string, unknown>>;

/** Checks a decoded PropertyFilterSpec. Throws InvalidProperty, or InvalidArgument for a name that nothing has. */
export function compileFilterSpec(spec: Data): FilterSpec {
  const objectSets = listOf(spec['objectSet']);
  const named = new Map<string, Traversal>();
  const linker = new Linker(named);
  for (const objectSet of objectSets) linker.declare(listOf(objectSet['selectSet']));
  return {
    propertySets: listOf(spec['propSet']).map(toPropertySet),
    roots: objectSets.map((objectSet) => ({
      ref: objectSet['obj'] as MoRef,
      skip: objectSet['skip'] === true,
      selects: linker.link(listOf(objectSet['selectSet'])),
    })),
    reportMissing: spec['reportMissingObjectsInResults'] === true,
  };
}

function listOf(value: unknown): readonly Data[] {
  return Array.isArray(value) ? (value as Data[]) : [];
}

function toPropertySet(data: Data): PropertySet {
  return {
    type: String(data['type']),
    all: data['all'] === true,
    // API reference, PropertySpec.all: with it the paths are ignored.
    paths: data['all'] === true ? [] : ((data['pathSet'] as string[] | undefined) ?? []),
  };
}

interface Draft {
  type: string;
  path: string;
  segments: readonly PathSegment[];
  skip: boolean;
  selects: { traversals: readonly Traversal[] };
}

/** Two passes: first every traversal that is written out, with its name; then the names that only refer. */
class Linker {
  readonly #named: Map<string, Traversal>;
  readonly #drafts = new Map<Data, Draft>();

  constructor(named: Map<string, Traversal>) {
    this.#named = named;
  }

  declare(selectSet: readonly Data[]): void {
    for (const data of selectSet) {
      if (data['$type'] !== 'TraversalSpec') continue;
      const draft = toDraft(data);
      this.#drafts.set(data, draft);
      if (typeof data['name'] === 'string') this.#named.set(data['name'], draft);
      this.declare(listOf(data['selectSet']));
    }
  }

  link(selectSet: readonly Data[]): SelectList {
    return { traversals: selectSet.map((data) => this.#resolve(data)) };
  }

  #resolve(data: Data): Traversal {
    const draft = this.#drafts.get(data);
    if (draft === undefined) return this.#byName(data['name']);
    draft.selects.traversals = this.link(listOf(data['selectSet'])).traversals;
    return draft;
  }

  #byName(name: unknown): Traversal {
    const traversal = typeof name === 'string' ? this.#named.get(name) : undefined;
    if (traversal !== undefined) return traversal;
    throw new VimFault('InvalidArgument', { invalidProperty: 'name' }, `No selection spec is named "${String(name)}".`);
  }
}

function toDraft(data: Data): Draft {
  const [type, path] = [String(data['type']), String(data['path'])];
  const segments = parsePath(path);
  // Of a type that isn't modelled there are no objects, so nothing can be said about its paths.
  const isUnknown = managedType(type) === undefined;
  if (segments === undefined || (!isUnknown && declaredType(type, segments)?.type.startsWith('@') !== true)) {
    throw new VimFault('InvalidProperty', { name: path }, `The property "${path}" of ${type} leads to no object.`);
  }
  return { type, path, segments, skip: data['skip'] === true, selects: { traversals: [] } };
}

/** The objects that a property's value refers to. */
export function referencesIn(value: unknown): readonly MoRef[] {
  if (isMoRef(value)) return [value];
  return Array.isArray(value) ? value.filter(isMoRef) : [];
}
