// The roles: vCenter's own, which nobody can change, and those that were added. Ids and labels of the system roles are
// vCenter's (vSphere API reference, AuthorizationManager: system-defined roles).
import { VimFault } from '../core/vim-fault.ts';
import { BASIC_PRIVILEGES, PRIVILEGES } from './privileges.ts';

export interface Role {
  readonly roleId: number;
  readonly name: string;
  readonly label: string;
  readonly summary: string;
  readonly isSystem: boolean;
  readonly privileges: ReadonlySet<string>;
}

export interface SavedRoles {
  readonly own: readonly Role[];
  readonly nextId: number;
}

export const ADMIN_ROLE = -1;
/** Held by everybody on everything above an entity that they may see. */
export const VIEW_ROLE = -3;
const ANONYMOUS_ROLE = -4;
const FIRST_ROLE_ID = 1001;

const SYSTEM_ROLES: readonly Role[] = [
  system(-5, 'NoAccess', 'No access', 'Used for restricting granted access', []),
  system(ANONYMOUS_ROLE, 'Anonymous', 'Anonymous', 'Not logged-in user (cannot be granted)', ['System.Anonymous']),
  system(VIEW_ROLE, 'View', 'View', 'Visibility access (cannot be granted)', ['System.Anonymous', 'System.View']),
  system(-2, 'ReadOnly', 'Read-only', 'See details of objects, but not make changes', BASIC_PRIVILEGES),
  system(ADMIN_ROLE, 'Admin', 'Administrator', 'Full access rights', PRIVILEGES),
];

/** What the role Admin is called by people and in inventory files. */
const ALIASES: Readonly<Record<string, string>> = { Administrator: 'Admin' };

/** Roles that a permission can't give. */
export const UNGRANTABLE: ReadonlySet<number> = new Set([VIEW_ROLE, ANONYMOUS_ROLE]);

/** Names that a permission of an inventory file may name besides the file's own roles. */
export const GRANTABLE_SYSTEM_ROLES: readonly string[] = [
  ...Object.keys(ALIASES),
  ...SYSTEM_ROLES.filter((role) => !UNGRANTABLE.has(role.roleId)).map((role) => role.name),
];

const KNOWN: ReadonlySet<string> = new Set(PRIVILEGES);
const MAX_NAME = 80;

export class Roles {
  readonly #byId = new Map<number, Role>(SYSTEM_ROLES.map((role) => [role.roleId, role]));
  #nextId = FIRST_ROLE_ID;

  /** System roles first, then in the order in which they were added. */
  get all(): readonly Role[] {
    return [...this.#byId.values()];
  }

  find(roleId: number): Role | undefined {
    return this.#byId.get(roleId);
  }

  /** Throws NotFound. */
  must(roleId: number): Role {
    const role = this.#byId.get(roleId);
    if (role === undefined) throw new VimFault('NotFound', {}, `The role ${roleId} was not found.`);
    return role;
  }

  /** `Administrator` is Admin. */
  named(name: string): Role | undefined {
    const wanted = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
    return this.all.find((role) => role.name === wanted);
  }

  /** Throws AlreadyExists, InvalidName, or InvalidArgument for a privilege that doesn't exist. */
  add(name: string, privIds: readonly string[]): Role {
    this.#demandName(name, undefined);
    const role = custom(this.#nextId++, name, privIds);
    this.#byId.set(role.roleId, role);
    return role;
  }

  /** Throws as `add`; NotFound; InvalidArgument for a system role. */
  update(roleId: number, name: string, privIds: readonly string[]): Role {
    this.mustOwn(roleId);
    this.#demandName(name, roleId);
    const role = custom(roleId, name, privIds);
    this.#byId.set(roleId, role);
    return role;
  }

  /** Throws NotFound; InvalidArgument for a system role. */
  remove(roleId: number): Role {
    const role = this.mustOwn(roleId);
    this.#byId.delete(roleId);
    return role;
  }

  /** A role that may be changed. Throws NotFound; InvalidArgument for a system role. */
  mustOwn(roleId: number): Role {
    const role = this.must(roleId);
    if (role.isSystem) throw invalid('roleId');
    return role;
  }

  save(): SavedRoles {
    return { own: this.all.filter((role) => !role.isSystem), nextId: this.#nextId };
  }

  /** What `save` gave is all there is besides the system roles. */
  load({ own, nextId }: SavedRoles): void {
    for (const role of this.all) if (!role.isSystem) this.#byId.delete(role.roleId);
    for (const role of own) this.#byId.set(role.roleId, role);
    this.#nextId = nextId;
  }

  #demandName(name: string, roleId: number | undefined): void {
    if (name.trim() === '' || name.length > MAX_NAME)
      throw new VimFault('InvalidName', { name }, `The name '${name}' is invalid.`);
    const same = this.named(name);
    if (same !== undefined && same.roleId !== roleId)
      throw new VimFault('AlreadyExists', { name }, `The specified key, name, or identifier '${name}' already exists.`);
  }
}

/** AuthorizationRole. */
export function roleData(role: Role): Record<string, unknown> {
  return {
    roleId: role.roleId,
    system: role.isSystem,
    name: role.name,
    info: { label: role.label, summary: role.summary },
    privilege: [...role.privileges],
  };
}

function system(roleId: number, name: string, label: string, summary: string, privileges: readonly string[]): Role {
  return { roleId, name, label, summary, isSystem: true, privileges: new Set(privileges) };
}

/** Every role that is added has the system privileges, whether they were named or not. */
function custom(roleId: number, name: string, privIds: readonly string[]): Role {
  const privileges = new Set([...BASIC_PRIVILEGES, ...privIds]);
  for (const id of privileges) if (!KNOWN.has(id)) throw invalid('privIds');
  return { roleId, name, label: name, summary: name, isSystem: false, privileges };
}

function invalid(property: string): VimFault {
  return new VimFault(
    'InvalidArgument',
    { invalidProperty: property },
    `A specified parameter was not correct: ${property}`,
  );
}
