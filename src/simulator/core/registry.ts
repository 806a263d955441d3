// All managed objects of one simulated vCenter, by reference and by type, and the one stream of what changes on them.
// Guarantees: a MoRef is never used twice, unless the counter is set back (a restored vCenter forgets what it gave out); listeners hear every change in order, after it is stored; a change of what a
// derived property comes from is heard as a change of that property too.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { isManagedA, managedType } from '../schema/schema.ts';
import type { Derivation, ObjectHost } from './derivation.ts';
import { moRefPrefix } from './mo-ref-values.ts';
import { pathsTouch } from './property-path.ts';
import { SimObject } from './sim-object.ts';
import type { Change } from './change.ts';
import { managedObjectNotFound } from './vim-fault.ts';

const NO_DERIVATIONS: ReadonlyMap<string, Derivation> = new Map();

export class Registry implements ObjectHost {
  readonly #byType = new Map<string, Map<string, SimObject>>();
  readonly #derivations = new Map<string, Map<string, Derivation>>();
  #derivationsByType = new Map<string, ReadonlyMap<string, Derivation>>();
  readonly #listeners = new Set<(change: Change) => void>();
  #counter = 0;
  #size = 0;

  /** Number of objects. */
  get size(): number {
    return this.#size;
  }

  /** The last number that was given out. Setting it back hands numbers out again: after a restore from a backup. */
  get counter(): number {
    return this.#counter;
  }

  set counter(value: number) {
    this.#counter = value;
  }

  /** Every object. */
  *all(): Iterable<SimObject> {
    for (const objects of this.#byType.values()) yield* objects.values();
  }

  /** Adds an object and announces `enter`. `value` names singletons; others get the next number. */
  create(type: string, properties: Record<string, unknown>, options: { value?: string } = {}): SimObject {
    const value = options.value ?? `${moRefPrefix(type, properties)}${++this.#counter}`;
    const objects = this.#objectsOf(type);
    if (objects.has(value)) throw new Error(`${type}:${value} exists already`);
    const object = new SimObject(type, value, properties, this);
    objects.set(value, object);
    this.#size += 1;
    this.#emit({ kind: 'enter', object, path: '', op: 'add' });
    return object;
  }

  /** Takes an object out and announces `leave`; its properties stay readable for those who hold it. */
  remove(object: SimObject): void {
    if (this.#byType.get(object.type)?.delete(object.value) !== true) return;
    this.#size -= 1;
    this.#emit({ kind: 'leave', object, path: '', op: 'remove' });
  }

  get(ref: MoRef): SimObject | undefined {
    return this.#byType.get(ref.type)?.get(ref.value) ?? this.#bySubtype(ref);
  }

  /** As `get`; throws the fault ManagedObjectNotFound. */
  must(ref: MoRef): SimObject {
    const object = this.get(ref);
    if (object === undefined) throw managedObjectNotFound(ref);
    return object;
  }

  /** Every object of a type or of one that descends from it. */
  *ofType(type: string): Iterable<SimObject> {
    for (const [name, objects] of this.#byType) {
      if (name === type || isManagedA(name, type)) yield* objects.values();
    }
  }

  /** Declares a computed property; see Derivation. It can't be set. */
  derive(type: string, property: string, from: readonly string[], compute: (object: SimObject) => unknown): void {
    let own = this.#derivations.get(type);
    if (own === undefined) this.#derivations.set(type, (own = new Map()));
    own.set(property, { property, from, compute });
    this.#derivationsByType = new Map();
  }

  /** Calls `listener` for every change from now on; returns how to stop. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  derivationsOf(type: string): ReadonlyMap<string, Derivation> {
    if (this.#derivations.size === 0) return NO_DERIVATIONS;
    const cached = this.#derivationsByType.get(type);
    if (cached !== undefined) return cached;
    const merged = new Map<string, Derivation>();
    for (const ancestor of ancestorsOf(type)) {
      for (const [property, derivation] of this.#derivations.get(ancestor) ?? []) merged.set(property, derivation);
    }
    this.#derivationsByType.set(type, merged);
    return merged;
  }

  changed(object: SimObject, path: string, op: 'assign' | 'add' | 'remove'): void {
    // A change of an object that left, or isn't in yet, interests nobody.
    if (this.#byType.get(object.type)?.get(object.value) !== object) return;
    this.#emit({ kind: 'modify', object, path, op });
    for (const derivation of this.derivationsOf(object.type).values()) {
      if (derivation.from.some((from) => pathsTouch(from, path))) this.changed(object, derivation.property, 'assign');
    }
  }

  #emit(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  #objectsOf(type: string): Map<string, SimObject> {
    let objects = this.#byType.get(type);
    if (objects === undefined) this.#byType.set(type, (objects = new Map()));
    return objects;
  }

  /** A client may name an object by a base type (ManagedEntity:vm-12); vCenter resolves it by value. */
  #bySubtype(ref: MoRef): SimObject | undefined {
    if (managedType(ref.type) === undefined) return undefined;
    for (const [name, objects] of this.#byType) {
      const object = isManagedA(name, ref.type) ? objects.get(ref.value) : undefined;
      if (object !== undefined) return object;
    }
    return undefined;
  }
}

/** The type and its bases, root first. */
function ancestorsOf(type: string): readonly string[] {
  const chain: string[] = [];
  for (let at = type; at !== ''; at = managedType(at)?.base ?? '') chain.unshift(at);
  return chain;
}
