// One filter of one collector: what its client was told about each object, and which objects may differ from that.
// Changes only mark; values are read and compared when an update is asked for, so a burst costs one comparison.
import { pathsTouch } from '../core/property-path.ts';
import type { SimObject } from '../core/sim-object.ts';
import { managedObjectNotFound } from '../core/vim-fault.ts';
import { findVisible } from '../wire/visibility.ts';
import type { VersionView } from '../schema/version-view.ts';
import type { ChangeHub, Watcher } from './change-hub.ts';
import type { FilterSpec, RootSpec } from './filter-spec.ts';
import { changedUpdate, enterUpdate, leaveUpdate } from './object-update.ts';
import { PropertyPlans } from './property-plan.ts';
import type { PlannedProperty } from './property-plan.ts';
import type { Reader } from './read-property.ts';
import { refusals, readAllowed } from './read-property.ts';
import { targetsOf } from './traverse.ts';
import { WatchGraph } from './watch-graph.ts';

export interface FilterOptions {
  readonly reader: Reader;
  readonly hub: ChangeHub;
  readonly spec: FilterSpec;
  readonly partialUpdates: boolean;
  /** What the client's version knows; undefined: everything. */
  readonly view?: VersionView | undefined;
  /** Called when there may be something new to report. */
  readonly onDirty: () => void;
}

/** Indexes into the object's property plan; undefined: the object came or went. */
type Marks = Set<number> | undefined;

export class PropertyFilter implements Watcher {
  readonly #options: FilterOptions;
  readonly #plans: PropertyPlans;
  readonly #graph: WatchGraph;
  /** What the client was told, by object: values in the order of the plan. */
  readonly #told = new Map<SimObject, unknown[]>();
  readonly #dirty = new Map<SimObject, Marks>();
  /** What the client was told it may not read, by object: paths. Most objects have none. */
  readonly #toldRefused = new Map<SimObject, string>();
  /** Objects of which other properties may be readable now. */
  readonly #reread = new Set<SimObject>();
  /** The roots that were there, and might be seen, when they were last looked for. */
  readonly #roots = new Map<RootSpec, SimObject>();
  readonly #missing: Record<string, unknown>[] = [];
  #tellMissing = false;

  /** Throws InvalidProperty; ManagedObjectNotFound for a missing root unless the spec wants such roots reported. */
  constructor(options: FilterOptions) {
    this.#options = options;
    this.#plans = new PropertyPlans(options.spec.propertySets, options.view);
    this.#graph = new WatchGraph((from, traversal) => targetsOf(options.reader, from, traversal), {
      selected: (object) => this.#mark(object, undefined),
      interested: (object, isInterested) => {
        if (isInterested) options.hub.watch(object, this);
        else options.hub.unwatch(object, this);
      },
    });
    this.#addRoots();
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0 || this.#tellMissing;
  }

  objectChanged(object: SimObject, path: string): void {
    this.#graph.changed(object, path);
    if (!this.#graph.isSelected(object)) return;
    const plan = this.#plans.for(object.type) ?? [];
    for (const [index, property] of plan.entries()) {
      if (pathsTouch(property.path, path)) this.#markProperty(object, index);
    }
  }

  objectLeft(object: SimObject): void {
    this.#graph.left(object);
  }

  /** What the filter's reader may see or read has changed. */
  accessChanged(): void {
    const { reader, spec } = this.#options;
    for (const root of spec.roots) {
      const before = this.#roots.get(root);
      const now = findVisible(reader.world, root.ref, reader.session);
      if (before === now) continue;
      if (before !== undefined) this.#graph.removeRoot(before, root);
      if (now !== undefined) this.#addRoot(root, now);
      else this.#roots.delete(root);
    }
    this.#graph.retrace();
    for (const object of this.#graph.selected()) {
      this.#reread.add(object);
      for (const index of (this.#plans.for(object.type) ?? []).keys()) this.#markProperty(object, index);
    }
  }

  /** Forgets what the client was told: everything selected is new to it again. */
  reset(): void {
    this.#told.clear();
    this.#toldRefused.clear();
    this.#reread.clear();
    this.#dirty.clear();
    this.#tellMissing = this.#missing.length > 0;
    for (const object of this.#graph.selected()) this.#dirty.set(object, undefined);
  }

  /** At most `limit` object updates, and the roots that were missing. */
  takeUpdates(limit: number): { readonly objectSet: readonly unknown[]; readonly missingSet: readonly unknown[] } {
    const objectSet: unknown[] = [];
    for (const [object, marks] of this.#dirty) {
      if (objectSet.length >= limit) break;
      this.#dirty.delete(object);
      const update = this.#update(object, marks);
      if (update !== undefined) objectSet.push(update);
    }
    const missingSet = this.#tellMissing ? this.#missing : [];
    this.#tellMissing = false;
    return { objectSet, missingSet };
  }

  destroy(): void {
    this.#graph.clear();
    this.#dirty.clear();
    this.#told.clear();
    this.#toldRefused.clear();
    this.#reread.clear();
    this.#roots.clear();
  }

  #addRoots(): void {
    const { reader, spec } = this.#options;
    const found = spec.roots.map((root) => ({
      root,
      object: findVisible(reader.world, root.ref, reader.session),
    }));
    for (const { root, object } of found) {
      if (object !== undefined) continue;
      const fault = managedObjectNotFound(root.ref);
      if (!spec.reportMissing) throw fault;
      this.#missing.push({ obj: root.ref, fault: fault.toLocalized() });
    }
    this.#tellMissing = this.#missing.length > 0;
    for (const { root, object } of found) if (object !== undefined) this.#addRoot(root, object);
  }

  #addRoot(root: RootSpec, object: SimObject): void {
    this.#roots.set(root, object);
    this.#graph.addRoot(object, root);
  }

  #mark(object: SimObject, marks: Marks): void {
    this.#dirty.set(object, marks);
    this.#options.onDirty();
  }

  #markProperty(object: SimObject, index: number): void {
    const marks = this.#dirty.get(object);
    if (marks !== undefined) marks.add(index);
    else if (!this.#dirty.has(object)) this.#mark(object, new Set([index]));
  }

  #update(object: SimObject, marks: Marks): Record<string, unknown> | undefined {
    const told = this.#told.get(object);
    const plan = this.#plans.for(object.type);
    if (plan === undefined || !this.#graph.isSelected(object)) {
      this.#told.delete(object);
      this.#toldRefused.delete(object);
      this.#reread.delete(object);
      return told === undefined ? undefined : leaveUpdate(object);
    }
    if (told === undefined) {
      const values = plan.map((property) => readAllowed(this.#options.reader, object, property));
      this.#told.set(object, values);
      this.#reread.delete(object);
      return enterUpdate(object, plan, values, this.#refused(object, plan) ?? []);
    }
    const refused = this.#reread.delete(object) ? this.#refused(object, plan) : undefined;
    const changes = [...(marks ?? plan.keys())].flatMap((index) => {
      const property = plan[index];
      if (property === undefined) return [];
      const before = told[index];
      const now = readAllowed(this.#options.reader, object, property);
      told[index] = now;
      return changedUpdate(object, property, before, now, this.#options.partialUpdates);
    });
    if (changes.length === 0 && refused === undefined) return undefined;
    return {
      kind: 'modify',
      obj: object.ref,
      ...(changes.length === 0 ? {} : { changeSet: changes }),
      ...(refused === undefined ? {} : { missingSet: refused }),
    };
  }

  /** MissingProperty of what may not be read; undefined when the client was told that already, or there is nothing to tell. */
  #refused(object: SimObject, plan: readonly PlannedProperty[]): readonly Record<string, unknown>[] | undefined {
    const refused = refusals(this.#options.reader, object, plan);
    const paths = refused.map(({ path }) => String(path)).join(' ');
    if (paths === (this.#toldRefused.get(object) ?? '')) return undefined;
    if (paths === '') this.#toldRefused.delete(object);
    else this.#toldRefused.set(object, paths);
    return refused.length === 0 ? undefined : refused;
  }
}
