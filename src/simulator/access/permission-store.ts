// The permissions: on an entity, a principal has a role, here only or also below. At most one for each user and each group on
// an entity. They go with their entity.
import type { SimObject } from '../core/sim-object.ts';
import { principalKey } from './principal-name.ts';

export interface Permission {
  /** As a vCenter shows it. */
  readonly principal: string;
  readonly isGroup: boolean;
  readonly roleId: number;
  /** Whether it counts for what is below, too. */
  readonly propagate: boolean;
}

export type PermissionKey = Pick<Permission, 'principal' | 'isGroup'>;

export class PermissionStore {
  readonly #byEntity = new Map<SimObject, Map<string, Permission>>();

  /** Those defined on the entity itself, in the order in which they were made. */
  on(entity: SimObject): readonly Permission[] {
    return [...(this.#byEntity.get(entity)?.values() ?? [])];
  }

  /** The entities that have any. */
  get entities(): Iterable<SimObject> {
    return this.#byEntity.keys();
  }

  has(entity: SimObject): boolean {
    return this.#byEntity.has(entity);
  }

  find(entity: SimObject, key: PermissionKey): Permission | undefined {
    return this.#byEntity.get(entity)?.get(keyOf(key));
  }

  /** Makes `permissions` all that the entity has. */
  replace(entity: SimObject, permissions: readonly Permission[]): void {
    if (permissions.length === 0) this.#byEntity.delete(entity);
    else this.#byEntity.set(entity, new Map(permissions.map((permission) => [keyOf(permission), permission])));
  }
}

/** The same for two permissions of one principal. */
export function keyOf({ principal, isGroup }: PermissionKey): string {
  return `${isGroup ? 'group' : 'user'}:${principalKey(principal)}`;
}
