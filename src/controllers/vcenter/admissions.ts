// Who was let in under a limit (clones of a base, clones of a namespace) and isn't in the cache with it yet. Without this,
// clones that are looked at in the same moment would all find the last place free.

export class Admissions {
  readonly #uids = new Map<string, Set<string>>();

  /** Counts the object under `limit` until it's withdrawn. Call it in the same tick as the count that let it in. */
  admit(limit: string, uid: string): void {
    const admitted = this.#uids.get(limit);
    if (admitted === undefined) this.#uids.set(limit, new Set([uid]));
    else admitted.add(uid);
  }

  /** How many objects other than `uid` are under `limit`: `known` to the cache, or let in. */
  count(limit: string, known: readonly string[], uid: string): number {
    const all = new Set([...known, ...(this.#uids.get(limit) ?? [])]);
    all.delete(uid);
    return all.size;
  }

  withdraw(uid: string): void {
    for (const [limit, admitted] of this.#uids) {
      if (admitted.delete(uid) && admitted.size === 0) this.#uids.delete(limit);
    }
  }
}
