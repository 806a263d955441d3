// Who may see and do what: asked on every call, every traversal and every search, so it has to be cheap. The wire asks;
// the inventory's roles and permissions answer (see inventory/authorization.ts). What belongs to one session (collectors,
// views) is hidden from others elsewhere, in wire/visibility.ts.
import type { SimObject } from './sim-object.ts';

/** A principal is the user name of a session, as it logged in. Nobody is asked about before login. */
export interface Access {
  /** False hides the object: references to it are left out, and calls on it find nothing. */
  canSee(principal: string, object: SimObject): boolean;
  /**
   * Whether the principal has a privilege, such as `VirtualMachine.Provisioning.Clone`, on an object. Objects that are no
   * entities are asked about too: managers, tasks, snapshots. Which entity counts for those is the answerer's to know.
   */
  can(principal: string, privilege: string, object: SimObject): boolean;
}

/** Everybody sees everything and may do everything. */
export const ALLOW_ALL: Access = { canSee: () => true, can: () => true };
