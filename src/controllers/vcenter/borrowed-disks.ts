// Which of our machines have a disk of somebody else attached, as far as that was seen on this connection: their disks are
// read when they are made, when the watch says that their configuration changed, and when a deletion wants to know. It costs
// no call to ask before each deletion; whoever is named is looked at live before anything follows from it.
import type { MoRef } from '../../vsphere/mo-ref.ts';

/** For so long nobody asks again who wasn't looked at yet, milliseconds: a wave of deletions has thousands that ask. */
const ALL_SEEN_MS = 2_000;

/** Looks at one machine and notes what it has attached; gives the reason why it can't. */
export type Look = (ref: MoRef) => Promise<string | undefined>;

/** Machines that are to have been looked at. */
export interface MachinesSeen {
  /** Once: it's told when they change. */
  readonly watched: readonly MoRef[];
  /** Each time. */
  readonly unwatched: readonly MoRef[];
}

/** By the values of the references: all of them are virtual machines. */
export class BorrowedDisks {
  readonly #borrowing = new Map<string, { readonly ref: MoRef; readonly files: readonly string[] }>();
  readonly #seen = new Set<string>();
  readonly #looks = new Map<string, Promise<string | undefined>>();
  #allSeenAt = Number.NEGATIVE_INFINITY;

  /** The files of other folders that the VM has attached now. */
  note(ref: MoRef, files: readonly string[]): void {
    this.#seen.add(ref.value);
    if (files.length === 0) this.#borrowing.delete(ref.value);
    else this.#borrowing.set(ref.value, { ref, files });
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
   * Sees to it that all of our machines were looked at once; the first reason why one can't be. Those who ask together share
   * the looks. `now`: by the monotonic clock.
   */
  async ensureAllSeen(now: number, all: () => MachinesSeen, look: Look): Promise<string | undefined> {
    if (now - this.#allSeenAt < ALL_SEEN_MS) return undefined;
    const { watched, unwatched } = all();
    this.#forgetOthers(watched);
    const unseen = [...watched.filter(({ value }) => !this.#seen.has(value)), ...unwatched];
    const reasons = await Promise.all(unseen.map((ref) => this.#lookOnce(ref, look)));
    const reason = reasons.find((one) => one !== undefined);
    if (reason === undefined) this.#allSeenAt = now;
    return reason;
  }

  #lookOnce(ref: MoRef, look: Look): Promise<string | undefined> {
    const running = this.#looks.get(ref.value);
    if (running !== undefined) return running;
    const looking = look(ref).finally(() => this.#looks.delete(ref.value));
    this.#looks.set(ref.value, looking);
    return looking;
  }

  /** Machines that are gone. What one has attached that was retained or released stays known. */
  #forgetOthers(refs: readonly MoRef[]): void {
    const kept = new Set(refs.map(({ value }) => value));
    for (const value of this.#seen) if (!kept.has(value)) this.#seen.delete(value);
  }
}

/** `web-01/web-01.vmdk` of `[ds-1] web-01/web-01.vmdk`. */
function withoutDatastore(path: string): string {
  return path.replace(/^\[.*?\] /, '');
}
