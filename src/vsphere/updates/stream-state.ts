// The merged state behind the three channels of the watch, filled by the pages of the poll's answers.
import type { MoRef } from '../mo-ref.ts';
import type { ObjectChange, UpdateBatch } from '../updates.ts';
import { ChannelState } from './channel-state.ts';
import type { Channel } from './live-collector.ts';
import type { TaskTable } from './task-table.ts';
import type { FilterUpdate, MissingObject, UpdateSet } from './update-set.ts';

export class StreamState {
  readonly #vms = new ChannelState();
  readonly #objects = new ChannelState();
  readonly #tasks: TaskTable;
  /** Something couldn't be looked at: what isn't in this state isn't proven to be absent. */
  #incomplete = false;

  /** The tasks outlive the state: they are followed over any number of set-ups. */
  constructor(tasks: TaskTable) {
    this.#tasks = tasks;
  }

  /** Applies one page; resolves filters to channels by `channelOf`. Returns the tasks that have ended by it. */
  apply({ filterSet = [] }: UpdateSet, channelOf: (filter: MoRef) => Channel | undefined): MoRef[] {
    return filterSet.flatMap((update) => this.#applyFilter(update, channelOf(update.filter)));
  }

  /** Watched objects that don't exist. */
  objectsUnknown(refs: readonly MoRef[]): void {
    for (const ref of refs) this.#objects.leave(ref);
  }

  dropObject(ref: MoRef): void {
    this.#objects.drop(ref);
  }

  /** False of a machine that a set-up anew didn't find and couldn't rule out either. */
  isProven(vm: MoRef): boolean {
    return this.#vms.isProven(vm);
  }

  markIncomplete(): void {
    this.#incomplete = true;
  }

  /** This state was filled by a set-up anew; `previous` is what was known before. */
  succeed(previous: StreamState): void {
    this.#vms.succeed(previous.#vms, !this.#incomplete);
    this.#objects.succeed(previous.#objects, !this.#incomplete);
  }

  /** True while `take` would give something that may be the first of a burst: a changed object, the end of a task. */
  get mayBeBurst(): boolean {
    return this.#vms.changed || this.#objects.changed || this.#tasks.ended;
  }

  /** What changed since the last call; undefined when nothing did and the set-up isn't new. */
  take(resynced: boolean): UpdateBatch | undefined {
    const vms: ObjectChange[] = this.#vms.take();
    const objects = this.#objects.take();
    const tasks = this.#tasks.take();
    if (!resynced && vms.length === 0 && objects.length === 0 && tasks.length === 0) return undefined;
    return { vms, objects, tasks, resynced };
  }

  #applyFilter({ objectSet = [], missingSet = [] }: FilterUpdate, channel: Channel | undefined): MoRef[] {
    // A filter that isn't ours any more.
    if (channel === undefined) return [];
    if (channel === 'tasks') {
      const gone = missingSet.filter(isGone).filter(({ obj }) => this.#tasks.gone(obj));
      const ended = objectSet.filter((update) => this.#tasks.apply(update));
      return [...gone, ...ended].map(({ obj }) => obj);
    }
    const state = channel === 'vms' ? this.#vms : this.#objects;
    for (const update of objectSet) state.apply(update);
    for (const missing of missingSet) {
      if (isGone(missing)) state.leave(missing.obj);
      else this.markIncomplete();
    }
    return [];
  }
}

function isGone({ fault }: MissingObject): boolean {
  return (fault as { fault?: { $type?: string } }).fault?.$type === 'ManagedObjectNotFound';
}
