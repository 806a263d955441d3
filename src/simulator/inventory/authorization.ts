// AuthorizationManager: which roles there are and what each user may do. A user's role is the inventory file's and counts
// everywhere; it's what a preflight asks for. A user without an entry there is an administrator.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { MethodTable } from '../core/call-context.ts';
import { managerRef } from '../core/service-content.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { modelOf } from './model-state.ts';
import { BASIC_PRIVILEGES, PRIVILEGES, privilegeData } from './privileges.ts';
import type { Seed } from './seed.ts';

const ADMINISTRATOR = 'Administrator';
/** vCenter's own roles: id and privileges. Others get the next numbers. */
const SYSTEM_ROLES: Readonly<Record<string, readonly [number, readonly string[]]>> = {
  NoAccess: [-5, []],
  ReadOnly: [-2, BASIC_PRIVILEGES],
  [ADMINISTRATOR]: [-1, PRIVILEGES],
};
const FIRST_ROLE_ID = 1001;

export class Authorization {
  readonly #roleOfUser = new Map<string, string>();
  readonly #privileges = new Map<string, ReadonlySet<string>>();

  constructor(world: World, seed: Pick<Seed, 'users' | 'roles'>) {
    this.#privileges.set(ADMINISTRATOR, new Set(PRIVILEGES));
    for (const role of seed.roles) this.#privileges.set(role.name, new Set([...BASIC_PRIVILEGES, ...role.privileges]));
    for (const user of seed.users) this.#roleOfUser.set(user.name.toLowerCase(), user.role);
    const manager = world.registry.must(managerRef('authorizationManager'));
    manager.setMany({
      roleList: roleList(seed),
      privilegeList: PRIVILEGES.map(privilegeData),
      description: { privilege: [], privilegeGroup: [] },
    });
  }

  /** Privilege ids that a user has, on every entity. */
  privilegesOf(user: string): ReadonlySet<string> {
    const role = this.#roleOfUser.get(user.toLowerCase()) ?? ADMINISTRATOR;
    return this.#privileges.get(role) ?? new Set(BASIC_PRIVILEGES);
  }
}

function roleList(seed: Pick<Seed, 'roles'>): readonly Record<string, unknown>[] {
  const own = Object.entries(SYSTEM_ROLES).map(([name, [roleId, privileges]]) =>
    roleData(roleId, name, true, privileges),
  );
  return [
    ...own,
    ...seed.roles.map((seedRole, index) =>
      roleData(FIRST_ROLE_ID + index, seedRole.name, false, [...BASIC_PRIVILEGES, ...seedRole.privileges]),
    ),
  ];
}

function roleData(
  roleId: number,
  name: string,
  system: boolean,
  privilege: readonly string[],
): Record<string, unknown> {
  return { roleId, system, name, info: { label: name, summary: name }, privilege: [...new Set(privilege)] };
}

export const authorizationMethods: MethodTable = {
  AuthorizationManager: {
    HasPrivilegeOnEntity(context, args) {
      const held = heldBySession(context.world, String(args['sessionId']));
      return wanted(args).map((id) => held.has(id));
    },
    HasPrivilegeOnEntities(context, args) {
      const held = heldBySession(context.world, String(args['sessionId']));
      return (args['entity'] as readonly MoRef[]).map((entity) => entityPrivilege(entity, wanted(args), held));
    },
    HasUserPrivilegeOnEntities(context, args) {
      const held = modelOf(context.world).authorization.privilegesOf(String(args['userName']));
      return (args['entities'] as readonly MoRef[]).map((entity) => entityPrivilege(entity, wanted(args), held));
    },
    FetchUserPrivilegeOnEntities(context, args) {
      const privileges = [...modelOf(context.world).authorization.privilegesOf(String(args['userName']))];
      return (args['entities'] as readonly MoRef[]).map((entity) => ({ entity, privileges }));
    },
    RetrieveAllPermissions: () => [],
    RetrieveEntityPermissions: () => [],
    RetrieveRolePermissions: () => [],
  },
};

function wanted(args: Readonly<Record<string, unknown>>): readonly string[] {
  return (args['privId'] as readonly string[] | undefined) ?? [];
}

function entityPrivilege(entity: MoRef, ids: readonly string[], held: ReadonlySet<string>): Record<string, unknown> {
  return { entity, privAvailability: ids.map((privId) => ({ privId, isGranted: held.has(privId) })) };
}

/** Throws InvalidArgument for a session that isn't there. */
function heldBySession(world: World, sessionId: string): ReadonlySet<string> {
  const session = world.sessions.byKey(sessionId);
  if (session === undefined)
    throw new VimFault(
      'InvalidArgument',
      { invalidProperty: 'sessionId' },
      'A specified parameter was not correct: sessionId',
    );
  return modelOf(world).authorization.privilegesOf(session.userName);
}
