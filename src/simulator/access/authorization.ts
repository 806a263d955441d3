// Who may see and do what in this vCenter: the answers to core/access.ts, from roles, permissions and groups. What a user may
// do is worked out once and kept until something changes that it follows from; who has the role Admin on everything costs one
// look-up a question.
import type { Access, Need, PrivilegedCall } from '../core/access.ts';
import type { Change } from '../core/change.ts';
import { managerRef } from '../core/service-content.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';
import { managedType } from '../schema/schema.ts';
import { isOwned } from '../wire/visibility.ts';
import { callNeeds } from './call-needs.ts';
import { Directory } from './directory.ts';
import { Grants } from './grants.ts';
import { isInheritancePath, permissionEntity } from './permission-parents.ts';
import { keyOf, PermissionStore } from './permission-store.ts';
import type { Permission } from './permission-store.ts';
import { principalKey } from './principal-name.ts';
import { PRIVILEGES, privilegeData } from './privileges.ts';
import { roleData, Roles } from './roles.ts';
import { withoutHidden } from './shown-value.ts';
import { Viewer } from './viewer.ts';

const VIEW = 'System.View';
const OWN_TASK_PRIVILEGES: ReadonlySet<string> = new Set(['System.View', 'System.Read']);

/** A property that looks different to each reader: given the reader's name, the object and its value. */
export type Presenter = (principal: string, object: SimObject, value: unknown) => unknown;

export class Authorization implements Access {
  readonly roles = new Roles();
  readonly directory = new Directory();
  readonly permissions = new PermissionStore();
  readonly #world: World;
  readonly #presenters = new Map<string, Presenter>();
  #grants = new Grants(this.roles);
  /** By user name; users who never asked anything aren't in it. */
  readonly #viewers = new Map<string, Viewer>();
  /** Of one viewer: values without hidden references, good as long as the viewer is. */
  readonly #shown = new WeakMap<Viewer, WeakMap<object, { readonly shown: unknown }>>();

  constructor(world: World) {
    this.#world = world;
    world.registry.must(managerRef('authorizationManager')).setMany({
      privilegeList: PRIVILEGES.map(privilegeData),
      description: { privilege: [], privilegeGroup: [] },
    });
    this.rolesChanged();
    world.registry.subscribe((change) => this.#heard(change));
  }

  canSee(principal: string, object: SimObject): boolean {
    const viewer = this.#viewer(principal);
    if (viewer.isUnlimited) return true;
    if (isOwnTask(principal, object)) return true;
    const entity = this.#entityOf(object);
    return entity !== undefined && viewer.on(entity).privileges.has(VIEW);
  }

  can(principal: string, privilege: string, object: SimObject): boolean {
    const viewer = this.#viewer(principal);
    // What a session made for itself is nobody else's to grant.
    if (viewer.isUnlimited || privilege === '' || isOwned(object)) return true;
    if (OWN_TASK_PRIVILEGES.has(privilege) && isOwnTask(principal, object)) return true;
    const entity = this.#entityOf(object);
    return entity !== undefined && viewer.on(entity).privileges.has(privilege);
  }

  needs(call: PrivilegedCall): readonly Need[] | undefined {
    return callNeeds(this.#world, call);
  }

  shown(principal: string, object: SimObject, property: string, value: unknown): unknown {
    const viewer = this.#viewer(principal);
    if (viewer.isUnlimited) return value;
    const presenter = this.#presenters.get(`${object.type}.${property}`);
    if (presenter !== undefined) return presenter(principal, object, value);
    if (property === 'effectiveRole') return viewer.on(object).roleIds;
    if (typeof value !== 'object' || value === null) return value;
    return this.#withoutHidden(viewer, principal, object, property, value);
  }

  /** `Type.property` looks different to each reader who is limited. */
  present(property: string, presenter: Presenter): void {
    this.#presenters.set(property, presenter);
  }

  /** Privilege ids that a user has on an entity. */
  privilegesOf(userName: string, entity: SimObject): ReadonlySet<string> {
    return this.#viewer(userName).on(entity).privileges;
  }

  /** The permissions of an entity are these from now on. */
  setPermissions(entity: SimObject, permissions: readonly Permission[]): void {
    const keys = new Set([...this.permissions.on(entity), ...permissions].map(keyOf));
    this.permissions.replace(entity, permissions);
    entity.set('permission', permissionData(entity, permissions));
    this.#renew((viewer) => [...viewer.keys].some((key) => keys.has(key)));
  }

  /** A role came, changed or went: everybody who has it anywhere has something else now. */
  rolesChanged(): void {
    this.#world.registry.must(managerRef('authorizationManager')).set('roleList', this.roles.all.map(roleData));
    this.#grants = new Grants(this.roles);
    this.#renew(() => true);
  }

  #viewer(principal: string): Viewer {
    const known = this.#viewers.get(principal);
    if (known !== undefined) return known;
    const { registry, rootFolder } = this.#world;
    const sources = { registry, root: rootFolder, permissions: this.permissions, grants: this.#grants };
    const viewer = new Viewer(sources, principal, this.directory.groupsOf(principal));
    // Anybody may be asked about: who can't log in isn't remembered.
    if (this.directory.find(principal, false) !== undefined) this.#viewers.set(principal, viewer);
    return viewer;
  }

  #entityOf(object: SimObject): SimObject | undefined {
    return permissionEntity(this.#world.registry, this.#world.rootFolder, object);
  }

  #withoutHidden(viewer: Viewer, principal: string, object: SimObject, property: string, value: object): unknown {
    let cache = this.#shown.get(viewer);
    if (cache === undefined) this.#shown.set(viewer, (cache = new WeakMap()));
    const known = cache.get(value);
    if (known !== undefined) return known.shown;
    const type = managedType(object.type)?.properties.get(property)?.type ?? 'anyType';
    const shown = withoutHidden(value, type, (ref) => {
      const target = this.#world.registry.get(ref);
      return target !== undefined && !isOwned(target) && !this.canSee(principal, target);
    });
    cache.set(value, { shown });
    return shown;
  }

  #heard(change: Change): void {
    const { object } = change;
    if (change.kind === 'leave') this.#left(object);
    else if (change.kind === 'modify' && isInheritancePath(object, change.path)) {
      // Who may do everything everywhere doesn't notice.
      this.#renew((viewer) => !viewer.isUnlimited);
    }
  }

  #left(entity: SimObject): void {
    if (!this.permissions.has(entity)) return;
    const keys = new Set(this.permissions.on(entity).map(keyOf));
    this.permissions.replace(entity, []);
    this.#renew((viewer) => [...viewer.keys].some((key) => keys.has(key)));
  }

  /** Works out anew what affected users may do, and tells those who watch for them. */
  #renew(isAffected: (viewer: Viewer) => boolean): void {
    const affected = new Set<string>();
    for (const [principal, viewer] of this.#viewers) if (isAffected(viewer)) affected.add(principal);
    if (affected.size === 0) return;
    for (const principal of affected) this.#viewers.delete(principal);
    this.#world.accessChanged.run((principal) => affected.has(principal));
  }
}

/** Permission, as clients read it. */
export function permissionData(
  entity: SimObject,
  permissions: readonly Permission[],
): readonly Record<string, unknown>[] {
  return permissions.map(({ principal, isGroup, roleId, propagate }) => ({
    entity: entity.ref,
    principal,
    group: isGroup,
    roleId,
    propagate,
  }));
}

/** One may follow a task that one started, also when what it worked on is gone. */
function isOwnTask(principal: string, object: SimObject): boolean {
  if (object.type !== 'Task') return false;
  const userName = object.get('info.reason.userName');
  return typeof userName === 'string' && principalKey(userName) === principalKey(principal);
}
