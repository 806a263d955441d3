// The table of types as a client of one version of vim25 knows it: what came later isn't there. A client that meets an element
// or a type that its own table lacks fails on the whole reply, so nothing newer may be sent to it.
import { baseOf, fieldsOf, managedType } from './schema.ts';
import type { MethodDef } from './schema.ts';
import { knowsVersion, sinceVersion } from './since.ts';

interface Shape {
  readonly type: string;
  /** Fields that the client doesn't know. */
  readonly hidden: ReadonlySet<string> | undefined;
}

export class VersionView {
  /** undefined: everything that the table has. */
  readonly #version: string | undefined;
  readonly #shapes = new Map<string, Shape>();
  readonly #members = new Map<string, boolean>();

  constructor(version: string | undefined) {
    this.#version = version;
  }

  /** The data type itself, or the nearest one that it descends from and that the client knows. */
  typeFor(type: string): string {
    return this.shapeOf(type).type;
  }

  /** How a data object of `type` looks to the client. */
  shapeOf(type: string): Shape {
    const cached = this.#shapes.get(type);
    if (cached !== undefined) return cached;
    let known = type;
    while (!this.#knows(sinceVersion(known)) && baseOf(known) !== '') known = baseOf(known);
    const sent = new Set(
      (fieldsOf(known) ?? []).map(({ name }) => name).filter((name) => this.knowsField(known, name)),
    );
    const hidden = (fieldsOf(type) ?? []).map(({ name }) => name).filter((name) => !sent.has(name));
    const shape = { type: known, hidden: hidden.length === 0 ? undefined : new Set(hidden) };
    this.#shapes.set(type, shape);
    return shape;
  }

  /** A field of a data type or of one that it descends from. */
  knowsField(type: string, field: string): boolean {
    let owner = type;
    while (hasField(baseOf(owner), field)) owner = baseOf(owner);
    return this.#knows(sinceVersion(owner, field));
  }

  /** A property or method of a managed type or of one that it descends from. */
  knowsMember(managed: string, member: string): boolean {
    const key = `${managed}.${member}`;
    const cached = this.#members.get(key);
    if (cached !== undefined) return cached;
    const isKnown = this.#knows(sinceVersion(declaring(managed, member), member));
    // Clients may ask for any name: only those that exist are kept.
    if (hasMember(managed, member)) this.#members.set(key, isKnown);
    return isKnown;
  }

  /** The method with the parameters that the client knows. */
  methodFor(managed: string, method: MethodDef): MethodDef {
    const owner = declaring(managed, method.name);
    const params = method.params.filter(({ name }) => this.#knows(sinceVersion(owner, `${method.name}.${name}`)));
    return params.length === method.params.length ? method : { ...method, params };
  }

  #knows(wanted: string): boolean {
    return this.#version === undefined || knowsVersion(this.#version, wanted);
  }
}

/** The whole table. */
export const EVERYTHING = new VersionView(undefined);

const views = new Map<string, VersionView>();

/** `version` is one that is served, so there are few. */
export function viewOf(version: string): VersionView {
  let view = views.get(version);
  if (view === undefined) views.set(version, (view = new VersionView(version)));
  return view;
}

function hasField(type: string, field: string): boolean {
  return type !== '' && fieldsOf(type)?.some(({ name }) => name === field) === true;
}

function hasMember(managed: string, member: string): boolean {
  const definition = managedType(managed);
  return definition?.properties.has(member) === true || definition?.methods.has(member) === true;
}

/** The type furthest up that has the property or method. */
function declaring(managed: string, member: string): string {
  let owner = managed;
  for (let base = managedType(owner)?.base ?? ''; base !== ''; base = managedType(base)?.base ?? '') {
    if (hasMember(base, member)) owner = base;
  }
  return owner;
}
