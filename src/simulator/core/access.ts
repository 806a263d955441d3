// Who may see and do what: asked on every call, every traversal and every search, so it has to be cheap. The wire asks;
// roles and permissions answer (see access/authorization.ts). What belongs to one session (collectors, views) is hidden
// from others elsewhere, in wire/visibility.ts.
import type { SimObject } from './sim-object.ts';

/** One privilege that a call needs on one object. */
export interface Need {
  /** Such as `VirtualMachine.Provisioning.Clone`. */
  readonly privilege: string;
  readonly object: SimObject;
}

/** A call whose arguments are decoded; every reference in them leads to an object that its caller sees. */
export interface PrivilegedCall {
  readonly method: string;
  readonly self: SimObject;
  readonly args: Readonly<Record<string, unknown>>;
  readonly principal: string;
}

/** A principal is the user name of a session, as it logged in. Nobody is asked about before login. */
export interface Access {
  /** False hides the object: references to it are left out, and calls on it find nothing. */
  canSee(principal: string, object: SimObject): boolean;
  /**
   * Whether the principal has a privilege, such as `VirtualMachine.Provisioning.Clone`, on an object. Objects that are no
   * entities are asked about too: managers, tasks, snapshots. Which entity counts for those is the answerer's to know.
   */
  can(principal: string, privilege: string, object: SimObject): boolean;
  /** What a call needs that depends on its arguments, instead of the privilege of its method; undefined: just that one. */
  needs(call: PrivilegedCall): readonly Need[] | undefined;
  /** The value of a whole property as the principal reads it: hidden objects aren't referred to. */
  shown(principal: string, object: SimObject, property: string, value: unknown): unknown;
}

/** Everybody sees everything and may do everything. */
export const ALLOW_ALL: Access = {
  canSee: () => true,
  can: () => true,
  needs: () => undefined,
  shown: (_principal, _object, _property, value) => value,
};
