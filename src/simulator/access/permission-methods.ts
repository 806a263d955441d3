// AuthorizationManager: the methods that read and change permissions.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { modelOf } from '../inventory/model-state.ts';
import { ancestorsOf } from '../views/hierarchy.ts';
import { isVisible } from '../wire/visibility.ts';
import { postPermissionChanges } from './access-events.ts';
import { permissionData } from './authorization.ts';
import type { Authorization } from './authorization.ts';
import { keyOf } from './permission-store.ts';
import type { Permission } from './permission-store.ts';
import { shownPrincipal } from './principal-name.ts';
import { ADMIN_ROLE, UNGRANTABLE } from './roles.ts';

/** Permission, as clients write it. */
interface PermissionArgument {
  readonly principal: string;
  readonly group: boolean;
  readonly roleId: number;
  readonly propagate: boolean;
}

type Args = Readonly<Record<string, unknown>>;

export const permissionMethods: MethodTable = {
  AuthorizationManager: {
    SetEntityPermissions(context, args) {
      const given = argumentsOf(context, args);
      const keys = new Set(given.map(keyOf));
      change(context, args, (before) => [...before.filter((permission) => !keys.has(keyOf(permission))), ...given]);
    },
    ResetEntityPermissions(context, args) {
      const given = argumentsOf(context, args);
      change(context, args, () => given);
    },
    RemoveEntityPermission(context, args) {
      const key = keyOf({ principal: String(args['user']), isGroup: args['isGroup'] === true });
      change(context, args, (before) => {
        const left = before.filter((permission) => keyOf(permission) !== key);
        if (left.length === before.length) throw new VimFault('NotFound', {}, 'The permission was not found.');
        return left;
      });
    },
    RetrieveEntityPermissions(context, args) {
      const entity = entityOf(context, args);
      const { permissions } = modelOf(context.world).authorization;
      if (args['inherited'] !== true) return permissionData(entity, permissions.on(entity));
      const above = [...ancestorsOf(context.world.registry, entity)].flatMap((ancestor) =>
        permissionData(
          ancestor,
          permissions.on(ancestor).filter((permission) => permission.propagate),
        ),
      );
      return [...permissionData(entity, permissions.on(entity)), ...above];
    },
    RetrieveAllPermissions: (context) => matching(context, () => true),
    RetrieveRolePermissions(context, args) {
      const role = modelOf(context.world).authorization.roles.must(Number(args['roleId']));
      return matching(context, (permission) => permission.roleId === role.roleId);
    },
  },
};

/** Everywhere that the caller sees. */
function matching(
  { world, session }: CallContext,
  isWanted: (permission: Permission) => boolean,
): readonly Record<string, unknown>[] {
  const { permissions } = modelOf(world).authorization;
  return [...permissions.entities]
    .filter((entity) => isVisible(world, entity, session))
    .flatMap((entity) => permissionData(entity, permissions.on(entity).filter(isWanted)));
}

function entityOf({ world }: CallContext, args: Args): SimObject {
  return world.registry.must(args['entity'] as MoRef);
}

/** Throws UserNotFound for a stranger, NotFound for a role that isn't there, InvalidArgument for one that can't be given. */
function argumentsOf({ world }: CallContext, args: Args): readonly Permission[] {
  const { authorization } = modelOf(world);
  return ((args['permission'] ?? []) as readonly PermissionArgument[]).map((given) => {
    demandPrincipal(authorization, given);
    authorization.roles.must(given.roleId);
    if (UNGRANTABLE.has(given.roleId))
      throw new VimFault(
        'InvalidArgument',
        { invalidProperty: 'permission.roleId' },
        'A specified parameter was not correct: permission.roleId',
      );
    const { principal, group, roleId, propagate } = given;
    return { principal: shownPrincipal(principal), isGroup: group, roleId, propagate };
  });
}

function demandPrincipal({ directory }: Authorization, { principal, group }: PermissionArgument): void {
  if (directory.find(principal, group) !== undefined) return;
  throw new VimFault(
    'UserNotFound',
    { principal, unresolved: false },
    `The user or group named '${principal}' does not exist.`,
  );
}

function change(
  context: CallContext,
  args: Args,
  edit: (before: readonly Permission[]) => readonly Permission[],
): void {
  const { authorization } = modelOf(context.world);
  const entity = entityOf(context, args);
  const before = authorization.permissions.on(entity);
  const now = edit(before);
  demandAdmin(context.world, entity, now);
  authorization.setPermissions(entity, now);
  postPermissionChanges(context, entity, before, now);
}

/** Throws AuthMinimumAdminPermission: on the root folder there is always somebody left who may do everything. */
export function demandAdmin(world: World, entity: SimObject, now: readonly Permission[]): void {
  if (entity !== world.rootFolder) return;
  if (now.some((permission) => permission.roleId === ADMIN_ROLE && permission.propagate)) return;
  throw new VimFault(
    'AuthMinimumAdminPermission',
    {},
    'There must be at least one administrator permission on the root folder.',
  );
}
