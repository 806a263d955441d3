// Which of our machines have a disk of somebody else attached, as far as that was read on this connection: their disks are
// read when they are made, when the watch says that their configuration changed, and when a deletion wants to know. A note
// holds for the version of the configuration that it was read with. It costs no call to ask before each deletion while the
// watch tells these versions; whoever is named is looked at live before anything follows from it.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Operation, Outcome } from './operations.ts';

/** For so long nobody asks again who wasn't looked at yet, milliseconds: a wave of deletions has thousands that ask. */
const ALL_SEEN_MS = 2_000;

/** Looks at one machine and notes what it has attached; gives the reason why it can't. */
export type Look = (ref: MoRef) => Promise<string | undefined>;

/** By the values of the references: all of them are virtual machines. */
export class BorrowedDisks {
  readonly #borrowing = new Map<string, { readonly ref: MoRef; readonly files: readonly string[] }>();
  readonly #versions = new Map<string, string>();
  /** The login in which each was found to be gone: a vCenter gives out a reference again only when it was restored. */
  readonly #gone = new Map<string, number>();
  #allSeenAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<string | undefined> | undefined;

  /** The files of other folders that the VM has attached, read with that version of its configuration (changeVersion). */
  note(ref: MoRef, files: readonly string[], version: string | undefined): void {
    if (version === undefined) this.#versions.delete(ref.value);
    else this.#versions.set(ref.value, version);
    if (files.length === 0) this.#borrowing.delete(ref.value);
    else this.#borrowing.set(ref.value, { ref, files });
  }

  /** The VM doesn't exist any more, as was told in that login of the client. */
  noteGone(ref: MoRef, login: number): void {
    this.#gone.set(ref.value, login);
    this.#borrowing.delete(ref.value);
  }

  /** What a task of ours has destroyed is gone. */
  ended({ kind, on }: Operation, { state }: Outcome, login: number): void {
    if (kind === 'destroy' && state === 'success' && on !== undefined) this.noteGone(on, login);
  }

  isGone(ref: MoRef, login: number): boolean {
    return this.#gone.get(ref.value) === login;
  }

  /** The version of the VM's configuration that its disks were read with last; undefined where they never were. */
  versionOf(ref: MoRef): string | undefined {
    return this.#versions.get(ref.value);
  }

  /**
   * VMs that had a file out of `home` (a folder with its slash) attached when they were last looked at. On whatever datastore:
   * its name may be another one since, and nothing tells of that.
   */
  from(home: string): MoRef[] {
    if (home === '') return [];
    const folder = withoutDatastore(home);
    return [...this.#borrowing.values()]
      .filter(({ files }) => files.some((file) => withoutDatastore(file).startsWith(folder)))
      .map(({ ref }) => ref);
  }

  /**
   * Sees to it that those machines were looked at which have to be; the first reason why one can't be. Those who ask together
   * share the looks; where these take long, they count from their end, or nobody would ever get on. `now`: monotonic.
   */
  async ensureAllSeen(now: () => number, unseen: () => readonly MoRef[], look: Look): Promise<string | undefined> {
    if (now() - this.#allSeenAt < ALL_SEEN_MS) return undefined;
    this.#looking ??= this.#lookAtAll(unseen(), look)
      .then((reason) => {
        if (reason === undefined) this.#allSeenAt = now();
        return reason;
      })
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #lookAtAll(refs: readonly MoRef[], look: Look): Promise<string | undefined> {
    const reasons = await Promise.all(refs.map(look));
    return reasons.find((one) => one !== undefined);
  }

  /** Forgets when other machines were looked at. What one has attached that was retained or released stays known. */
  forgetOthers(refs: readonly MoRef[]): void {
    const kept = new Set(refs.map(({ value }) => value));
    for (const known of [this.#versions, this.#gone])
      for (const value of known.keys()) if (!kept.has(value)) known.delete(value);
  }
}

/** `web-01/web-01.vmdk` of `[ds-1] web-01/web-01.vmdk`. */
function withoutDatastore(path: string): string {
  return path.replace(/^\[.*?\] /, '');
}
