// Who there is: users and groups, and who is in which group. Stands for the identity source of a vCenter; filled from the
// inventory file, read by permissions and by UserDirectory.
import { principalKey, shownPrincipal } from './principal-name.ts';

export interface DirectoryEntry {
  /** As a vCenter shows it: `LAB.LOCAL\ann`. */
  readonly principal: string;
  readonly fullName: string;
  readonly isGroup: boolean;
}

export class Directory {
  readonly #users = new Map<string, DirectoryEntry>();
  readonly #groups = new Map<string, DirectoryEntry>();
  /** Key of a user or group → keys of the groups that list it. */
  readonly #groupsOf = new Map<string, Set<string>>();

  addUser(name: string): void {
    this.#users.set(principalKey(name), { principal: shownPrincipal(name), fullName: name, isGroup: false });
  }

  /** Members are users or other groups. */
  addGroup(name: string, members: readonly string[]): void {
    const key = principalKey(name);
    this.#groups.set(key, { principal: shownPrincipal(name), fullName: name, isGroup: true });
    for (const member of members) {
      const known = this.#groupsOf.get(principalKey(member));
      if (known === undefined) this.#groupsOf.set(principalKey(member), new Set([key]));
      else known.add(key);
    }
  }

  find(name: string, isGroup: boolean): DirectoryEntry | undefined {
    return (isGroup ? this.#groups : this.#users).get(principalKey(name));
  }

  get entries(): readonly DirectoryEntry[] {
    return [...this.#users.values(), ...this.#groups.values()];
  }

  /** Keys of the groups that a user or group is in, directly or through others. */
  groupsOf(name: string): ReadonlySet<string> {
    const groups = new Set<string>();
    const pending = [principalKey(name)];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const group of this.#groupsOf.get(next) ?? []) {
        if (groups.has(group)) continue;
        groups.add(group);
        pending.push(group);
      }
    }
    return groups;
  }
}
