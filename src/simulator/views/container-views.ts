// Container views that follow the inventory: an entity that comes, goes or moves is checked against the views above it
// and nothing else is looked at. Only the move of a whole folder, pool or host makes the views be filled anew.
import { isManagedA } from '../schema/schema.ts';
import type { Change } from '../core/change.ts';
import { pathsTouch } from '../core/property-path.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { ancestorsOf, isContainer, PARENT_PATHS, parentsOf } from './hierarchy.ts';
import type { View } from './view.ts';

export interface ContainerSpec {
  readonly container: SimObject;
  /** Managed types; empty: all. */
  readonly types: readonly string[];
  readonly isRecursive: boolean;
}

export class ContainerViews {
  readonly #registry: Registry;
  readonly #views = new Map<View, ContainerSpec>();
  readonly #byContainer = new Map<SimObject, Set<View>>();

  constructor(registry: Registry) {
    this.#registry = registry;
    registry.subscribe((change) => this.#heard(change));
  }

  add(view: View, spec: ContainerSpec): void {
    this.#views.set(view, spec);
    const sameContainer = this.#byContainer.get(spec.container);
    if (sameContainer === undefined) this.#byContainer.set(spec.container, new Set([view]));
    else sameContainer.add(view);
    view.replace(this.#membersOf(spec));
  }

  /** What may be seen has changed: fills the view anew. */
  refill(view: View): void {
    const spec = this.#views.get(view);
    if (spec !== undefined) view.replace(this.#membersOf(spec));
  }

  remove(view: View): void {
    const spec = this.#views.get(view);
    if (spec === undefined) return;
    this.#views.delete(view);
    const sameContainer = this.#byContainer.get(spec.container);
    sameContainer?.delete(view);
    if (sameContainer?.size === 0) this.#byContainer.delete(spec.container);
  }

  #membersOf(spec: ContainerSpec): ReadonlySet<SimObject> {
    const members = new Set<SimObject>();
    const inside = new Map<SimObject, boolean>();
    for (const object of this.#registry.ofType('ManagedEntity')) {
      if (isWanted(object, spec) && this.#isIn(object, spec, inside)) members.add(object);
    }
    return members;
  }

  /** `known` remembers the answer for containers, so that filling a view costs one step per object. */
  #isIn(object: SimObject, spec: ContainerSpec, known: Map<SimObject, boolean>): boolean {
    const parents = parentsOf(this.#registry, object);
    if (parents.includes(spec.container)) return true;
    if (!spec.isRecursive) return false;
    return parents.some((parent) => {
      const cached = known.get(parent);
      if (cached !== undefined) return cached;
      known.set(parent, false);
      const isInside = this.#isIn(parent, spec, known);
      known.set(parent, isInside);
      return isInside;
    });
  }

  #heard(change: Change): void {
    if (this.#views.size === 0 || !isManagedA(change.object.type, 'ManagedEntity')) return;
    if (change.kind === 'leave') {
      for (const view of this.#views.keys()) view.delete(change.object);
    } else if (change.kind === 'enter') this.#entered(change.object);
    else if (PARENT_PATHS.some((path) => pathsTouch(path, change.path))) this.#moved(change.object);
  }

  #entered(object: SimObject): void {
    const parents = parentsOf(this.#registry, object);
    for (const ancestor of ancestorsOf(this.#registry, object)) {
      for (const view of this.#byContainer.get(ancestor) ?? []) {
        const spec = this.#views.get(view);
        if (spec === undefined || !isWanted(object, spec)) continue;
        if (spec.isRecursive || parents.includes(ancestor)) view.add(object);
      }
    }
  }

  #moved(object: SimObject): void {
    for (const [view, spec] of this.#views) {
      if (isContainer(object)) view.replace(this.#membersOf(spec));
      else if (isWanted(object, spec) && this.#isIn(object, spec, new Map())) view.add(object);
      else view.delete(object);
    }
  }
}

function isWanted(object: SimObject, spec: ContainerSpec): boolean {
  return spec.types.length === 0 || spec.types.some((type) => object.type === type || isManagedA(object.type, type));
}
