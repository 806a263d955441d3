// What a view shows a property collector: its members as a set that tells of every change, so that a filter over ten
// thousand machines hears of the one that came without looking at the others.
import type { SimObject } from '../core/sim-object.ts';

export interface ViewMembers {
  readonly members: ReadonlySet<SimObject>;
  /** Calls `listener` for each object that comes or goes; returns how to stop. */
  subscribe(listener: (object: SimObject, isMember: boolean) => void): () => void;
}

const MEMBERS = 'viewMembers';

/** Makes `object`'s property `view` follow `members`. */
export function attachMembers(object: SimObject, members: ViewMembers): void {
  object.extra.set(MEMBERS, members);
}

/** The members of a view; undefined when the object isn't one. */
export function membersOf(object: SimObject): ViewMembers | undefined {
  return object.hasExtra ? (object.extra.get(MEMBERS) as ViewMembers | undefined) : undefined;
}
