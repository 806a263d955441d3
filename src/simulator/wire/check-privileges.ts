// May the caller do this? A method names the privilege that is needed on the object it is called on, and some parameters
// name one that is needed on the object they refer to (AddHost_Task: `resourcePool`). Both come from the table of types.
// What the table leaves open (CloneVM_Task needs other rights for a template; references deep in a spec) is answered by
// `world.access.needs`.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import type { MethodDef } from '../schema/schema.ts';
import type { Session } from '../sessions/session.ts';

/** Throws NoPermission for the first privilege that is missing. Nothing is asked before login; see requireSession. */
export function checkPrivileges(
  world: World,
  session: Session | undefined,
  definition: MethodDef,
  self: SimObject,
  args: Readonly<Record<string, unknown>>,
): void {
  if (session === undefined || definition.privilege === 'System.Anonymous') return;
  const principal = session.userName;
  const needs = world.access.needs({ method: definition.name, self, args, principal });
  if (needs === undefined) demandPrivilege(world, principal, definition.privilege, self);
  for (const { privilege, object } of needs ?? []) demandPrivilege(world, principal, privilege, object);
  for (const param of definition.params) {
    if (param.privilege === '') continue;
    for (const ref of [args[param.name]].flat()) {
      const object = isMoRef(ref) ? world.registry.get(ref) : undefined;
      if (object !== undefined) demandPrivilege(world, principal, param.privilege, object);
    }
  }
}

/** Throws NoPermission, which names the object and the privilege. A privilege of '' is always held. */
export function demandPrivilege(world: World, principal: string, privilege: string, object: SimObject): void {
  if (privilege !== '' && !world.access.can(principal, privilege, object)) throw noPermission(privilege, object);
}

/** The fault NoPermission. */
export function noPermission(privilegeId: string, object: SimObject): VimFault {
  return new VimFault(
    'NoPermission',
    { object: object.ref, privilegeId, missingPrivileges: [{ entity: object.ref, privilegeIds: [privilegeId] }] },
    'Permission to perform this operation was denied.',
  );
}
