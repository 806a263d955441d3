// Clones of a source VM share it, a snapshot operation has it alone: over all connections of this process to one vCenter. Two
// VCenter objects may stand for the same vCenter, with limits of their own; a snapshot that goes through one of them goes for
// clones that are made through the other, too.

/** What one connection does with sources, by the key of the source. */
export interface SourceUser {
  /** How many clones of it hold a slot. */
  clonesOf(source: string): number;
  /** How many snapshot operations on it hold a slot. */
  snapshotsOf(source: string): number;
  /** A snapshot operation holds it, or waits for it. */
  reserves(source: string): boolean;
  /** Whoever waits for a source asks again. */
  ask(what: 'clone' | 'snapshot'): void;
}

export class SourceLocks {
  readonly #users = new Set<SourceUser>();

  join(user: SourceUser): void {
    this.#users.add(user);
  }

  /** What it holds is given back; whoever waited for that goes on. */
  leave(user: SourceUser): void {
    this.#users.delete(user);
    this.changed('snapshot');
    this.changed('clone');
  }

  /** A clone of it may begin, as far as snapshot operations go. */
  isOpen(source: string): boolean {
    return ![...this.#users].some((user) => user.reserves(source));
  }

  /** A snapshot operation on it may begin. */
  isUnused(source: string): boolean {
    return [...this.#users].every((user) => user.clonesOf(source) + user.snapshotsOf(source) === 0);
  }

  /** Something that those who wait for it may have waited for has ended. */
  changed(what: 'clone' | 'snapshot'): void {
    for (const user of this.#users) user.ask(what);
  }
}
