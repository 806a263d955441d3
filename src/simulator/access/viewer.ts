// What one user may do where: the permissions of the user and of the groups that the user is in, as they count on each
// entity. vCenter's rules (vSphere Security, "Multiple Permission Settings"): the nearest permission counts and hides those
// further up; on one entity the user's own counts and not those of groups; those of several groups add up; a machine has what
// it inherits from its folder and from its pool together, unless one of the two permissions is above the other.
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { Grant, Grants } from './grants.ts';
import { permissionParents } from './permission-parents.ts';
import { keyOf } from './permission-store.ts';
import type { Permission, PermissionStore } from './permission-store.ts';

export interface ViewerSources {
  readonly registry: Registry;
  readonly root: SimObject;
  readonly permissions: PermissionStore;
  readonly grants: Grants;
}

const VIEW = 'System.View';

/** What an entity inherits, and where that was granted; from nowhere when nothing is. */
interface Inherited {
  readonly grant: Grant;
  readonly from: SimObject | undefined;
}

/** Good until a permission, a role, a group or the place of an entity changes. */
export class Viewer {
  /** Keys of the permissions that apply: the user's and those of the user's groups. */
  readonly keys: ReadonlySet<string>;
  /** True for who may do everything everywhere: nothing else has to be asked then. */
  readonly isUnlimited: boolean;
  readonly #sources: ViewerSources;
  readonly #userKey: string;
  /** What an entity hands down, for everything but machines. */
  readonly #handedDown = new Map<SimObject, Inherited>();
  #above: ReadonlySet<SimObject> | undefined;

  constructor(sources: ViewerSources, userName: string, groups: Iterable<string>) {
    this.#sources = sources;
    this.#userKey = keyOf({ principal: userName, isGroup: false });
    this.keys = new Set([this.#userKey, ...[...groups].map((group) => keyOf({ principal: group, isGroup: true }))]);
    this.isUnlimited = this.#isUnlimited();
  }

  /** What the user has on an entity. */
  on(entity: SimObject): Grant {
    const { grants } = this.#sources;
    if (this.isUnlimited) return grants.admin;
    const grant = this.#direct(entity, false) ?? this.#inherited(entity).grant;
    return !grant.privileges.has(VIEW) && this.#isAbove(entity) ? grants.view : grant;
  }

  #isUnlimited(): boolean {
    const { permissions, root, grants } = this.#sources;
    if (this.#direct(root, true) !== grants.admin) return false;
    for (const entity of permissions.entities) {
      const here = this.#direct(entity, false);
      const below = this.#direct(entity, true);
      if ((here ?? grants.admin) !== grants.admin || (below ?? grants.admin) !== grants.admin) return false;
    }
    return true;
  }

  /** From permissions on the entity itself; undefined without any. `isBelow`: only those that propagate. */
  #direct(entity: SimObject, isBelow: boolean): Grant | undefined {
    const { permissions, grants } = this.#sources;
    if (!permissions.has(entity)) return undefined;
    const applying = permissions
      .on(entity)
      .filter((permission) => this.keys.has(keyOf(permission)) && (permission.propagate || !isBelow));
    if (applying.length === 0) return undefined;
    const own = applying.find((permission) => keyOf(permission) === this.#userKey);
    return grants.of((own === undefined ? applying : [own]).map((permission: Permission) => permission.roleId));
  }

  #inherited(entity: SimObject): Inherited {
    const { registry, grants } = this.#sources;
    let inherited: Inherited = { grant: grants.none, from: undefined };
    for (const parent of permissionParents(registry, entity))
      inherited = this.#both(inherited, this.#handedDownBy(parent));
    return inherited;
  }

  /** A permission hides those above it, also when those come down another way. */
  #both(one: Inherited, other: Inherited): Inherited {
    if (other.from === undefined || other.from === one.from) return one;
    if (one.from === undefined || this.#isBelow(other.from, one.from)) return other;
    if (this.#isBelow(one.from, other.from)) return one;
    return { grant: this.#sources.grants.join(one.grant, other.grant), from: one.from };
  }

  /** Only machines have two parents, and no permission is handed down by one. */
  #isBelow(entity: SimObject, above: SimObject): boolean {
    const { registry } = this.#sources;
    for (let at: SimObject | undefined = entity; at !== undefined; at = permissionParents(registry, at)[0])
      if (at === above) return true;
    return false;
  }

  #handedDownBy(entity: SimObject): Inherited {
    const known = this.#handedDown.get(entity);
    if (known !== undefined) return known;
    const grant = this.#direct(entity, true);
    const handedDown = grant === undefined ? this.#inherited(entity) : { grant, from: entity };
    this.#handedDown.set(entity, handedDown);
    return handedDown;
  }

  /** Whether something below may be seen because of a permission: then so may the way to it. */
  #isAbove(entity: SimObject): boolean {
    this.#above ??= this.#findAbove();
    return this.#above.has(entity);
  }

  #findAbove(): ReadonlySet<SimObject> {
    const { registry, permissions } = this.#sources;
    const above = new Set<SimObject>();
    const pending: SimObject[] = [];
    for (const entity of permissions.entities) {
      if (this.#direct(entity, false)?.privileges.has(VIEW) === true) pending.push(entity);
    }
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const parent of permissionParents(registry, next)) {
        if (above.has(parent)) continue;
        above.add(parent);
        pending.push(parent);
      }
    }
    return above;
  }
}
