// Counts the deletions that nobody's plan explains: more than ten, and more than a fifth of a vCenter's clones, in ten
// minutes look like an accident. Pure but for what it remembers: which deletions were a set's own, and which were let
// through. What is still on its way out is counted from the objects, so a restart forgets little.

const WINDOW_MS = 600_000;
/** More than so many, and more than this share. */
const MOST = 10;
const MOST_SHARE = 0.2;

export interface PendingDeletion {
  readonly uid: string;
  /** deletionTimestamp, epoch ms. */
  readonly deletedAt: number;
}

export class DeletionBreaker {
  /** Deletions up to then (epoch ms, the API server's clock) were accepted by an administrator. */
  acceptedUntil = Number.NEGATIVE_INFINITY;
  readonly #letThrough = new Map<string, number>();

  /** Its deletion was held after all. */
  withdraw(uid: string): void {
    this.#letThrough.delete(uid);
  }

  accept(until: number): void {
    this.acceptedUntil = Math.max(this.acceptedUntil, until);
    for (const [uid, at] of this.#letThrough) if (at <= until) this.#letThrough.delete(uid);
  }

  /**
   * Lets `one` through, or says how many were deleted of how many. `pending`: the unexplained deletions under way, `one`
   * among them; `clones`: UIDs of all clones, those included.
   */
  decide(
    one: PendingDeletion,
    pending: readonly PendingDeletion[],
    clones: readonly string[],
    nowMs: number,
  ): { readonly deleted: number; readonly of: number } | undefined {
    for (const [uid, at] of this.#letThrough) if (at <= nowMs - WINDOW_MS) this.#letThrough.delete(uid);
    const recent = pending.filter(({ deletedAt }) => deletedAt > nowMs - WINDOW_MS && deletedAt > this.acceptedUntil);
    const deleted = new Set([one.uid, ...this.#letThrough.keys(), ...recent.map(({ uid }) => uid)]).size;
    const of = new Set([...clones, ...this.#letThrough.keys()]).size;
    if (deleted > MOST && deleted > of * MOST_SHARE) return { deleted, of };
    if (!this.#letThrough.has(one.uid)) this.#letThrough.set(one.uid, nowMs);
    return undefined;
  }
}
