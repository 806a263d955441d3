// Roles, users, groups and permissions as the inventory file has them, and those that every vCenter has.
import type { World } from '../core/world.ts';
import { InventoryError } from '../inventory/inventory-error.ts';
import type { Seed, SeedPermission } from '../inventory/seed.ts';
import { findByPath } from '../search/inventory-path.ts';
import type { Authorization } from './authorization.ts';
import { keyOf } from './permission-store.ts';
import type { Permission } from './permission-store.ts';
import { parsePrincipal, shownPrincipal } from './principal-name.ts';
import { ADMIN_ROLE } from './roles.ts';
import type { SimObject } from '../core/sim-object.ts';

const ADMINISTRATORS = 'Administrators';

type AccessSeed = Pick<Seed, 'users' | 'groups' | 'roles' | 'permissions'>;

/** Who there is and which roles: before anybody can be asked about. */
export function seedPrincipals(world: World, authorization: Authorization, seed: AccessSeed): void {
  const { directory, roles } = authorization;
  const administrator = world.options.username;
  directory.addUser(administrator);
  directory.addGroup(administratorsOf(world), [administrator]);
  for (const user of seed.users) directory.addUser(user.name);
  for (const group of seed.groups) directory.addGroup(group.name, group.members);
  for (const role of seed.roles) roles.add(role.name, role.privileges);
  authorization.rolesChanged();
}

/** Once the inventory is built. Throws InventoryError for a path that leads nowhere. */
export function seedPermissions(world: World, authorization: Authorization, seed: AccessSeed): void {
  const { rootFolder } = world;
  const admin = { roleId: ADMIN_ROLE, propagate: true };
  grant(authorization, rootFolder, { ...admin, principal: world.options.username, isGroup: false });
  grant(authorization, rootFolder, { ...admin, principal: administratorsOf(world), isGroup: true });
  for (const { name, role } of seed.users) {
    if (role === undefined) continue;
    grant(authorization, rootFolder, {
      principal: name,
      isGroup: false,
      roleId: roleId(authorization, role),
      propagate: true,
    });
  }
  for (const permission of seed.permissions) {
    const { principal, isGroup, propagate } = permission;
    grant(authorization, entityAt(world, permission), {
      principal,
      isGroup,
      roleId: roleId(authorization, permission.role),
      propagate,
    });
  }
}

function entityAt(world: World, { line, field, entity }: SeedPermission): SimObject {
  const found = findByPath((ref) => world.registry.get(ref), world.rootFolder, entity);
  if (found === undefined)
    throw new InventoryError(line, field, `names "${entity}", where there is nothing in the inventory`);
  return found;
}

function grant(authorization: Authorization, entity: SimObject, permission: Permission): void {
  const shown = { ...permission, principal: shownPrincipal(permission.principal) };
  const others = authorization.permissions.on(entity).filter((other) => keyOf(other) !== keyOf(shown));
  authorization.setPermissions(entity, [...others, shown]);
}

/** Parsing has checked that there is such a role. */
function roleId(authorization: Authorization, name: string): number {
  const role = authorization.roles.named(name);
  if (role === undefined) throw new Error(`there is no role ${name}`);
  return role.roleId;
}

/** The group that may do everything, in the administrator's domain. */
function administratorsOf(world: World): string {
  const { domain } = parsePrincipal(world.options.username);
  return domain === '' ? ADMINISTRATORS : `${domain}\\${ADMINISTRATORS}`;
}
