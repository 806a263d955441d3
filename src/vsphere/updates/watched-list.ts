// One list view with its filter, and what is in it. A list that is made while the poll runs starts empty and is filled by a
// change: some servers only look at a new filter when something else changes, and the change is that something.
import { VSphereError } from '../faults.ts';
import type { FilterSpec } from '../inventory/retrieve.ts';
import type { Invoke } from '../invoke.ts';
import { moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';

/** Milliseconds that taking one thing down on the server may last. */
export const DISPOSE_TIMEOUT_MS = 2_000;

export interface WatchedListOptions {
  readonly invoke: Invoke;
  readonly viewManager: MoRef;
  readonly collector: MoRef;
  readonly signal: AbortSignal;
  /** The filter over the list. */
  readonly spec: (list: MoRef) => FilterSpec;
}

export class WatchedList {
  readonly view: MoRef;
  readonly filter: MoRef;
  readonly #options: WatchedListOptions;
  readonly #members = new Set<string>();

  private constructor(options: WatchedListOptions, view: MoRef, filter: MoRef) {
    this.#options = options;
    this.view = view;
    this.filter = filter;
  }

  /** Makes list and filter. Rejects with ManagedObjectNotFound where one of `members` doesn't exist. */
  static async create(options: WatchedListOptions, members: readonly MoRef[]): Promise<WatchedList> {
    const { invoke, viewManager, collector, signal, spec } = options;
    const common = { signal, sessionBound: true };
    const view = await invoke<MoRef>(viewManager, 'CreateListView', { obj: members }, common);
    const args = { spec: spec(view), partialUpdates: false };
    const filter = await invoke<MoRef>(collector, 'CreateFilter', args, common).catch((error: unknown) => {
      takeAway(invoke, view, 'DestroyView');
      throw error;
    });
    const list = new WatchedList(options, view, filter);
    for (const member of members) list.#members.add(moRefKey(member));
    return list;
  }

  /** True when the member was added (and may have turned out not to exist). */
  asked(member: MoRef): boolean {
    return this.#members.has(moRefKey(member));
  }

  /** Adds what wasn't added before; resolves with the members that don't exist. */
  async add(members: readonly MoRef[]): Promise<readonly MoRef[]> {
    const { invoke, signal } = this.#options;
    const add = members.filter((member) => !this.asked(member));
    if (add.length === 0) return [];
    const options = { signal, sessionBound: true };
    const unknown = await invoke<MoRef[] | undefined>(this.view, 'ModifyListView', { add }, options);
    for (const member of add) this.#members.add(moRefKey(member));
    return unknown ?? [];
  }

  async remove(members: readonly MoRef[]): Promise<void> {
    const { invoke, signal } = this.#options;
    const remove = members.filter((member) => this.#members.delete(moRefKey(member)));
    if (remove.length > 0) await invoke(this.view, 'ModifyListView', { remove }, { signal, sessionBound: true });
  }
}

/** Destroys what nobody else knows of, in the background; where that fails it ends with the session. */
export function takeAway(invoke: Invoke, ref: MoRef, method: 'DestroyPropertyCollector' | 'DestroyView'): void {
  invoke(ref, method, {}, { sessionBound: true, timeoutMs: DISPOSE_TIMEOUT_MS }).catch(() => undefined);
}

/** As `create`, also where some members don't exist: those are handed to `onUnknown`. */
export async function createTolerant(
  options: WatchedListOptions,
  members: readonly MoRef[],
  onUnknown: (unknown: readonly MoRef[]) => void,
): Promise<WatchedList> {
  try {
    return await WatchedList.create(options, members);
  } catch (error) {
    if (!(error instanceof VSphereError) || error.fault !== 'ManagedObjectNotFound') throw error;
    const list = await WatchedList.create(options, []);
    onUnknown(await list.add(members));
    return list;
  }
}
