// One managed object: its properties by vim25 name, stored or derived, and a private room for the model.
// Values are immutable by convention: `set` copies the containers along the path, so a watcher may keep what it read
// and compare it later. Every `set` is announced; `setSilently` isn't, because vCenter doesn't announce it either.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { ObjectHost } from './derivation.ts';
import { parsePath, pathsTouch, readPath, writePath } from './property-path.ts';
import type { PathSegment } from './property-path.ts';
import { RefList } from './ref-list.ts';

export type { Change } from './change.ts';

export class SimObject {
  readonly type: string;
  readonly value: string;
  readonly ref: MoRef;
  readonly #properties = new Map<string, unknown>();
  readonly #derived = new Map<string, unknown>();
  readonly #host: ObjectHost;
  #extra: Map<string, unknown> | undefined;

  constructor(type: string, value: string, properties: Record<string, unknown>, host: ObjectHost) {
    this.type = type;
    this.value = value;
    this.ref = Object.freeze({ type, value });
    this.#host = host;
    for (const [name, initial] of Object.entries(properties)) {
      if (initial !== undefined) this.#properties.set(name, initial);
    }
  }

  /** Model-private state: never read by clients, never announced. */
  get extra(): Map<string, unknown> {
    this.#extra ??= new Map();
    return this.#extra;
  }

  /** False while nothing was ever asked of `extra`: saves the room for it on thousands of objects. */
  get hasExtra(): boolean {
    return this.#extra !== undefined;
  }

  /** The value at `path`, stored or derived; undefined when unset. */
  get(path: string): unknown {
    const segments = segmentsOf(path);
    return readPath(this.#top(segments[0].text), segments, 1);
  }

  /** Stores `value` at `path` and announces it; undefined unsets. Setting what is there already announces nothing. */
  set(path: string, value: unknown): void {
    const op = this.#write(path, value);
    if (op !== undefined) this.#host.changed(this, path, op);
  }

  /** Several `set`s whose announcements come after the last one is stored. */
  setMany(changes: Record<string, unknown>): void {
    const announced: [string, 'assign' | 'add' | 'remove'][] = [];
    for (const [path, value] of Object.entries(changes)) {
      const op = this.#write(path, value);
      if (op !== undefined) announced.push([path, op]);
    }
    for (const [path, op] of announced) this.#host.changed(this, path, op);
  }

  /** For what vCenter changes without an update: layoutEx, storage, recentTask. */
  setSilently(path: string, value: unknown): void {
    this.#write(path, value);
  }

  /** Puts `ref` at the end of the list of references `property`, unless it is there; costs nothing more where there are many. */
  addRef(property: string, ref: MoRef): void {
    if (this.#refs(property).add(ref)) this.#listChanged(property);
  }

  /** Takes `ref` out of the list of references `property`, if it is there. */
  removeRef(property: string, ref: MoRef): void {
    if (this.#dropRef(property, ref)) this.#listChanged(property);
  }

  /** As `addRef`, and as `setSilently`. */
  addRefSilently(property: string, ref: MoRef): void {
    this.#refs(property).add(ref);
  }

  removeRefSilently(property: string, ref: MoRef): void {
    this.#dropRef(property, ref);
  }

  /** Every stored property. The values are immutable, so this stays as it is. */
  stored(): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...this.#properties.keys()].map((name) => [name, this.#stored(name)]));
  }

  /** Makes `properties` all that is stored, without announcing it: for a database that comes back while nobody watches. */
  restore(properties: Readonly<Record<string, unknown>>): void {
    this.#properties.clear();
    this.#derived.clear();
    for (const [name, value] of Object.entries(properties)) if (value !== undefined) this.#properties.set(name, value);
  }

  #top(name: string): unknown {
    const derivation = this.#host.derivationsOf(this.type).get(name);
    if (derivation === undefined) return this.#stored(name);
    if (!this.#derived.has(name)) this.#derived.set(name, derivation.compute(this));
    return this.#derived.get(name);
  }

  #stored(name: string): unknown {
    const value = this.#properties.get(name);
    return value instanceof RefList ? value.toArray() : value;
  }

  #refs(property: string): RefList {
    const known = this.#properties.get(property);
    if (known instanceof RefList) return known;
    const list = new RefList((known as readonly MoRef[] | undefined) ?? []);
    this.#properties.set(property, list);
    return list;
  }

  #dropRef(property: string, ref: MoRef): boolean {
    return this.#properties.has(property) && this.#refs(property).delete(ref);
  }

  #listChanged(property: string): void {
    this.#forgetDerived(property);
    this.#host.changed(this, property, 'assign');
  }

  /** How the value changed; undefined when it was the same already. */
  #write(path: string, value: unknown): 'assign' | 'add' | 'remove' | undefined {
    const segments = segmentsOf(path);
    const name = segments[0].text;
    if (this.#host.derivationsOf(this.type).has(name))
      throw new Error(`${this.type}.${name} is derived: set what it comes from`);
    const stored = this.#stored(name);
    const before = readPath(stored, segments, 1);
    if (Object.is(before, value)) return undefined;
    const next = writePath(stored, segments, value, 1);
    if (next === undefined) this.#properties.delete(name);
    else this.#properties.set(name, next);
    this.#forgetDerived(path);
    if (segments.at(-1)?.isKey !== true) return 'assign';
    if (before === undefined) return 'add';
    return value === undefined ? 'remove' : 'assign';
  }

  #forgetDerived(path: string): void {
    if (this.#derived.size === 0) return;
    for (const derivation of this.#host.derivationsOf(this.type).values()) {
      if (!this.#derived.has(derivation.property) || !derivation.from.some((from) => pathsTouch(from, path))) continue;
      this.#derived.delete(derivation.property);
      this.#forgetDerived(derivation.property);
    }
  }
}

function segmentsOf(path: string): readonly [PathSegment, ...PathSegment[]] {
  const segments = parsePath(path);
  if (segments === undefined) throw new Error(`malformed property path: ${path}`);
  return segments as readonly [PathSegment, ...PathSegment[]];
}
