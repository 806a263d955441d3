// AuthorizationManager: the methods that change roles.
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { modelOf } from '../inventory/model-state.ts';
import { postPermissionChanges, postRoleAdded, postRoleRemoved, postRoleUpdated } from './access-events.ts';
import type { Authorization } from './authorization.ts';
import { demandAdmin } from './permission-methods.ts';
import type { Permission } from './permission-store.ts';

type Args = Readonly<Record<string, unknown>>;

export const roleMethods: MethodTable = {
  AuthorizationManager: {
    AddAuthorizationRole(context, args) {
      const { authorization } = modelOf(context.world);
      const role = authorization.roles.add(String(args['name']), privIds(args));
      authorization.rolesChanged();
      postRoleAdded(context, role);
      return role.roleId;
    },
    UpdateAuthorizationRole(context, args) {
      const { authorization } = modelOf(context.world);
      const before = authorization.roles.must(Number(args['roleId']));
      const role = authorization.roles.update(before.roleId, String(args['newName']), privIds(args));
      authorization.rolesChanged();
      postRoleUpdated(context, before, role);
    },
    RemoveAuthorizationRole(context, args) {
      const { authorization } = modelOf(context.world);
      const { roleId } = authorization.roles.mustOwn(Number(args['roleId']));
      const uses = entitiesWith(authorization, roleId);
      if (uses.length > 0 && args['failIfUsed'] === true)
        throw new VimFault('RemoveFailed', {}, 'The role is used by permissions.');
      const role = authorization.roles.remove(roleId);
      for (const entity of uses)
        rewrite(context, entity, (permission) => (permission.roleId === roleId ? undefined : permission));
      authorization.rolesChanged();
      postRoleRemoved(context, role);
    },
    MergePermissions(context, args) {
      const { authorization } = modelOf(context.world);
      const [from, to] = [Number(args['srcRoleId']), Number(args['dstRoleId'])];
      authorization.roles.must(from);
      authorization.roles.must(to);
      for (const entity of entitiesWith(authorization, from)) {
        rewrite(context, entity, (permission) =>
          permission.roleId === from ? { ...permission, roleId: to } : permission,
        );
      }
    },
  },
};

function privIds(args: Args): readonly string[] {
  return (args['privIds'] as readonly string[] | undefined) ?? [];
}

function entitiesWith({ permissions }: Authorization, roleId: number): readonly SimObject[] {
  return [...permissions.entities].filter((entity) =>
    permissions.on(entity).some((permission) => permission.roleId === roleId),
  );
}

/** Throws AuthMinimumAdminPermission. */
function rewrite(
  context: CallContext,
  entity: SimObject,
  change: (permission: Permission) => Permission | undefined,
): void {
  const { authorization } = modelOf(context.world);
  const before = authorization.permissions.on(entity);
  const now = before.map(change).filter((permission) => permission !== undefined);
  demandAdmin(context.world, entity, now);
  authorization.setPermissions(entity, now);
  postPermissionChanges(context, entity, before, now);
}
