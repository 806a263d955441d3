// Sets of roles and what they allow together. The same roles are always the same Grant, so that comparing and joining them
// for ten thousand machines costs next to nothing.
import { ADMIN_ROLE, VIEW_ROLE } from './roles.ts';
import type { Roles } from './roles.ts';

export interface Grant {
  readonly key: string;
  /** Without repetition, in rising order. */
  readonly roleIds: readonly number[];
  readonly privileges: ReadonlySet<string>;
}

export class Grants {
  readonly #roles: Roles;
  readonly #byKey = new Map<string, Grant>();

  constructor(roles: Roles) {
    this.#roles = roles;
  }

  /** The union of what the roles allow. */
  of(roleIds: Iterable<number>): Grant {
    const ids = [...new Set(roleIds)].toSorted((a, b) => a - b);
    const key = ids.join(',');
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const privileges = new Set(ids.flatMap((id) => [...(this.#roles.find(id)?.privileges ?? [])]));
    const grant = { key, roleIds: ids, privileges };
    this.#byKey.set(key, grant);
    return grant;
  }

  get none(): Grant {
    return this.of([]);
  }

  /** What one has above an entity that one may see. */
  get view(): Grant {
    return this.of([VIEW_ROLE]);
  }

  get admin(): Grant {
    return this.of([ADMIN_ROLE]);
  }

  join(one: Grant, other: Grant): Grant {
    if (one === other) return one;
    const key = `${one.key}+${other.key}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const joined = this.of([...one.roleIds, ...other.roleIds]);
    this.#byKey.set(key, joined);
    return joined;
  }
}
