// What all views are: a managed object with a set of members that tells of its changes.
import type { SimObject } from '../core/sim-object.ts';
import { attachMembers } from '../property-collector/view-members.ts';
import type { ViewMembers } from '../property-collector/view-members.ts';

export class View implements ViewMembers {
  readonly object: SimObject;
  readonly #members = new Set<SimObject>();
  readonly #listeners = new Set<(object: SimObject, isMember: boolean) => void>();
  /** Whether its session may see an object. */
  readonly #admits: (object: SimObject) => boolean;
  #revision = 0;

  constructor(object: SimObject, admits: (object: SimObject) => boolean) {
    this.object = object;
    this.#admits = admits;
    attachMembers(object, this);
  }

  get members(): ReadonlySet<SimObject> {
    return this.#members;
  }

  /** What its session may not see doesn't become a member, and ceases to be one. */
  add(object: SimObject): void {
    if (!this.#admits(object)) return this.delete(object);
    if (this.#members.has(object)) return;
    this.#members.add(object);
    this.#announce(object, true);
  }

  delete(object: SimObject): void {
    if (this.#members.delete(object)) this.#announce(object, false);
  }

  /** Makes `objects` the members. */
  replace(objects: ReadonlySet<SimObject>): void {
    for (const member of [...this.#members]) if (!objects.has(member)) this.delete(member);
    for (const object of objects) this.add(object);
  }

  /** Drops what its session may not see any more. */
  dropHidden(): void {
    for (const member of [...this.#members]) if (!this.#admits(member)) this.delete(member);
  }

  subscribe(listener: (object: SimObject, isMember: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #announce(object: SimObject, isMember: boolean): void {
    this.#revision += 1;
    // The property `view` is derived from this one; see deriveViewProperty.
    this.object.set(REVISION, this.#revision);
    for (const listener of [...this.#listeners]) listener(object, isMember);
  }
}

/** A stored property of view objects that isn't in the schema, so no client sees it. */
export const REVISION = 'revision';
