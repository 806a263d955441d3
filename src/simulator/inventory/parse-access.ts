// The sections `users`, `groups`, `roles` and `permissions` of an inventory file.
import { PRIVILEGES } from '../access/privileges.ts';
import { GRANTABLE_SYSTEM_ROLES } from '../access/roles.ts';
import { principalKey } from '../access/principal-name.ts';
import type { Section } from './section.ts';
import type { SeedGroup, SeedPermission, SeedRole, SeedUser } from './seed.ts';

export interface SeedAccess {
  readonly users: readonly SeedUser[];
  readonly groups: readonly SeedGroup[];
  readonly roles: readonly SeedRole[];
  readonly permissions: readonly SeedPermission[];
}

const KNOWN: ReadonlySet<string> = new Set(PRIVILEGES);

/** Throws InventoryError. Whether the paths of permissions lead somewhere is known when the inventory is built. */
export function parseAccess(root: Section): SeedAccess {
  const roles = root.list('roles', parseRole);
  unique(root, 'roles', [...GRANTABLE_SYSTEM_ROLES, ...roles.map((role) => role.name)]);
  const roleNames = [...GRANTABLE_SYSTEM_ROLES, ...roles.map((role) => role.name)];
  const groups = root.list('groups', parseGroup);
  const permissions = root.list('permissions', (item) => parsePermission(item, roleNames));
  const named = new Set(
    [...groups.flatMap((group) => group.members), ...permissions.map(({ principal }) => principal)].map(principalKey),
  );
  const users = root.list('users', (item) => parseUser(item, roleNames, named));
  return { users, groups, roles, permissions };
}

function parseRole(item: Section): SeedRole {
  const role = { name: item.string('name'), privileges: item.strings('privileges') };
  const stranger = role.privileges.find((id) => !KNOWN.has(id));
  if (stranger !== undefined) throw item.error('privileges', `names "${stranger}", which is no privilege of vSphere`);
  item.done();
  return role;
}

function parseGroup(item: Section): SeedGroup {
  const group = { name: item.string('name'), members: item.strings('members') };
  item.done();
  return group;
}

/** Who is in a group or has a permission gets no role by default: those say what the user may do. */
function parseUser(item: Section, roleNames: readonly string[], named: ReadonlySet<string>): SeedUser {
  const [name, password] = [item.string('name'), item.string('password')];
  const fallback = named.has(principalKey(name)) ? undefined : 'Administrator';
  const role = item.optionalString('role') ?? fallback;
  if (role !== undefined) demandRole(item, role, roleNames);
  item.done();
  return { name, password, role };
}

function parsePermission(item: Section, roleNames: readonly string[]): SeedPermission {
  const isGroup = item.has('group');
  if (isGroup === item.has('user')) throw item.error('', 'needs one of the fields user and group');
  const permission = {
    entity: item.string('entity', '/'),
    principal: item.string(isGroup ? 'group' : 'user'),
    isGroup,
    role: item.string('role'),
    propagate: item.boolean('propagate', true),
    ...item.place('entity'),
  };
  demandRole(item, permission.role, roleNames);
  item.done();
  return permission;
}

function demandRole(item: Section, role: string, roleNames: readonly string[]): void {
  if (!roleNames.includes(role)) throw item.error('role', `names no role; there are: ${roleNames.join(', ')}`);
}

function unique(root: Section, field: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name.toLowerCase())) throw root.error(field, `names "${name}" twice`);
    seen.add(name.toLowerCase());
  }
}
