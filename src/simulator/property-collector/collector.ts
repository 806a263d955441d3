// One property collector of one session: its filters and the versions a client moves through. The last update set is
// kept until the client shows, by asking with its version, that it has arrived: asking again with the version before
// gives the same set again, so a lost reply loses nothing.
import { VimFault } from '../core/vim-fault.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { PropertyFilter } from './property-filter.ts';
import { Waiter } from './waiter.ts';

/** The data object UpdateSet. */
export type UpdateSet = Readonly<Record<string, unknown>>;

export interface WaitLimits {
  /** Real seconds; undefined: as long as it takes. */
  readonly maxWaitSeconds: number | undefined;
  readonly maxObjectUpdates: number | undefined;
}

/** Object updates in one set when the client sets no limit. */
const DEFAULT_LIMIT = 1000;

export class Collector {
  readonly #filters = new Map<SimObject, PropertyFilter>();
  readonly #waiters = new Set<Waiter>();
  #version = 0;
  #last: { readonly from: string; readonly set: UpdateSet } | undefined;
  #isWakeScheduled = false;

  get filters(): Iterable<SimObject> {
    return this.#filters.keys();
  }

  addFilter(object: SimObject, filter: PropertyFilter): void {
    this.#filters.set(object, filter);
    this.wake();
  }

  /** What the collector's session may see or read has changed. */
  accessChanged(): void {
    for (const filter of this.#filters.values()) filter.accessChanged();
    this.wake();
  }

  removeFilter(object: SimObject): void {
    this.#filters.get(object)?.destroy();
    this.#filters.delete(object);
  }

  /** Something may have changed: those who wait look again, once the current work is done. */
  wake(): void {
    if (this.#waiters.size === 0 || this.#isWakeScheduled) return;
    this.#isWakeScheduled = true;
    setImmediate(() => {
      this.#isWakeScheduled = false;
      for (const waiter of [...this.#waiters]) waiter.look();
    });
  }

  /** What is new since `version`, at once; undefined when nothing is. Throws InvalidCollectorVersion. */
  check(version: string | undefined, limit: number | undefined): UpdateSet | undefined {
    return this.#advance(this.#enter(version ?? ''), limit ?? DEFAULT_LIMIT);
  }

  /** As `check`, but waits for something to report. Undefined when time is up or the client went away. */
  async wait(
    version: string | undefined,
    limits: WaitLimits,
    signal: AbortSignal | undefined,
  ): Promise<UpdateSet | undefined> {
    const from = this.#enter(version ?? '');
    const limit = limits.maxObjectUpdates ?? DEFAULT_LIMIT;
    const now = this.#advance(from, limit);
    if (now !== undefined || limits.maxWaitSeconds === 0) return now;
    const waiter = new Waiter(() => this.#advance(from, limit), limits.maxWaitSeconds, signal);
    this.#waiters.add(waiter);
    try {
      return await waiter.result;
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  /** Ends every wait with `fault`. */
  cancelWaits(fault: VimFault): void {
    for (const waiter of [...this.#waiters]) waiter.fail(fault);
  }

  /** Ends every wait with `fault` and drops all filters; the caller removes their objects. */
  destroy(fault: VimFault): readonly SimObject[] {
    const objects = [...this.#filters.keys()];
    for (const object of objects) this.removeFilter(object);
    this.cancelWaits(fault);
    return objects;
  }

  /** Checks the version a client comes with; '' starts over. Returns the version that is asked from. */
  #enter(version: string): string {
    if (version === '') {
      for (const filter of this.#filters.values()) filter.reset();
      this.#last = undefined;
      return String(this.#version);
    }
    if (version === String(this.#version) || version === this.#last?.from) return version;
    throw new VimFault('InvalidCollectorVersion', {}, 'The collector version is invalid.');
  }

  #advance(from: string, limit: number): UpdateSet | undefined {
    // Asked again with the version before the last: the reply was lost, or another call took the update.
    if (from !== String(this.#version)) return this.#last?.from === from ? this.#last.set : undefined;
    const set = this.#collect(limit);
    if (set === undefined) return undefined;
    this.#version += 1;
    this.#last = { from, set: { version: String(this.#version), ...set } };
    return this.#last.set;
  }

  #collect(limit: number): UpdateSet | undefined {
    const filterSet: Record<string, unknown>[] = [];
    let left = limit;
    for (const [object, filter] of this.#filters) {
      if (!filter.isDirty || left <= 0) continue;
      const { objectSet, missingSet } = filter.takeUpdates(left);
      left -= objectSet.length;
      if (objectSet.length === 0 && missingSet.length === 0) continue;
      filterSet.push({
        filter: object.ref,
        ...(objectSet.length === 0 ? {} : { objectSet }),
        ...(missingSet.length === 0 ? {} : { missingSet }),
      });
    }
    if (filterSet.length === 0) return undefined;
    const isTruncated = [...this.#filters.values()].some((filter) => filter.isDirty);
    return { filterSet, ...(isTruncated ? { truncated: true } : {}) };
  }
}
