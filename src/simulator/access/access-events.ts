// Events about roles and permissions, as a vCenter writes them.
import type { CallContext } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Permission } from './permission-store.ts';
import type { Role } from './roles.ts';

export function postRoleAdded(context: CallContext, role: Role): void {
  post(context, undefined, 'RoleAddedEvent', `New role ${role.name} created`, {
    role: roleArgument(role),
    privilegeList: [...role.privileges],
  });
}

export function postRoleUpdated(context: CallContext, before: Role, role: Role): void {
  post(context, undefined, 'RoleUpdatedEvent', `Role modified: ${role.name}`, {
    role: roleArgument(role),
    privilegeList: [...role.privileges],
    prevRoleName: before.name,
    privilegesAdded: [...role.privileges].filter((id) => !before.privileges.has(id)),
    privilegesRemoved: [...before.privileges].filter((id) => !role.privileges.has(id)),
  });
}

export function postRoleRemoved(context: CallContext, role: Role): void {
  post(context, undefined, 'RoleRemovedEvent', `Role ${role.name} removed`, { role: roleArgument(role) });
}

/** What is different about an entity's permissions now. */
export function postPermissionChanges(
  context: CallContext,
  entity: SimObject,
  before: readonly Permission[],
  now: readonly Permission[],
): void {
  const same = (one: Permission) => (other: Permission) =>
    one.principal === other.principal && one.isGroup === other.isGroup;
  for (const permission of now) postPermissionSet(context, entity, before.find(same(permission)), permission);
  for (const permission of before) {
    if (now.some(same(permission))) continue;
    post(context, entity, 'PermissionRemovedEvent', `Permission rule removed for ${permission.principal}`, {
      ...subject(entity, permission),
    });
  }
}

function postPermissionSet(
  context: CallContext,
  entity: SimObject,
  before: Permission | undefined,
  permission: Permission,
): void {
  const { principal, roleId, propagate } = permission;
  const role = roleArgument(roleOf(context, roleId));
  const fields = { ...subject(entity, permission), role, propagate };
  if (before === undefined) {
    post(context, entity, 'PermissionAddedEvent', `Permission created for ${principal}, role is ${role.name}`, fields);
  } else if (before.roleId !== roleId || before.propagate !== propagate) {
    post(context, entity, 'PermissionUpdatedEvent', `Permission changed for ${principal}, role is ${role.name}`, {
      ...fields,
      prevRole: roleArgument(roleOf(context, before.roleId)),
      prevPropagate: before.propagate,
    });
  }
}

function subject(entity: SimObject, { principal, isGroup }: Permission): Record<string, unknown> {
  return { entity: { name: String(entity.get('name') ?? ''), entity: entity.ref }, principal, group: isGroup };
}

function roleOf(context: CallContext, roleId: number): Role {
  return modelOf(context.world).authorization.roles.must(roleId);
}

function roleArgument(role: Role): { readonly roleId: number; readonly name: string } {
  return { roleId: role.roleId, name: role.name };
}

function post(
  context: CallContext,
  entity: SimObject | undefined,
  type: string,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): void {
  modelOf(context.world).events.post({ type, entity, user: context.user, message, fields });
}
