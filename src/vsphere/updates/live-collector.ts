// One property collector with its views, lists and filters: everything on the server that the poll needs. It lives within
// one session; after anything went wrong a new one is made from what is wanted, never repaired.
import { toError } from '../../util/errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { VSphereError, isExcess } from '../faults.ts';
import { pageSizeFor } from '../inventory/page-size.ts';
import { readMany } from '../inventory/retrieve.ts';
import type { Invoke } from '../invoke.ts';
import { moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';
import type { ObjectState } from '../object-state.ts';
import type { ServiceContent } from '../service-content.ts';
import { listedObjects, machinesInViews } from './filter-spec.ts';
import { TaskList } from './task-list.ts';
import { TASK_PATHS } from './task-table.ts';
import type { UpdateSet } from './update-set.ts';
import type { Wanted } from './wanted.ts';
import { DISPOSE_TIMEOUT_MS, WatchedList, createTolerant, takeAway } from './watched-list.ts';
import type { WatchedListOptions } from './watched-list.ts';

export interface LiveOptions {
  readonly invoke: Invoke;
  readonly content: ServiceContent;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Least milliseconds between two changes of the list of tasks. */
  readonly taskIntervalMs: number;
  /** Such a change takes along the tasks that would be watched within so many milliseconds. */
  readonly taskAlongMs: number;
  /** Milliseconds that a poll may take beyond what the server was asked to wait. */
  readonly pollGraceMs: number;
  /** Number of the current session. */
  readonly generation: () => number;
  /** Ends every call but those that take things down. */
  readonly signal: AbortSignal;
  readonly onUnknownTasks: (tasks: readonly MoRef[]) => void;
  /** Watched objects that don't exist. */
  readonly onUnknownObjects: (refs: readonly MoRef[]) => void;
  /** The lists aren't what they should be: a new collector is needed. */
  readonly onFailure: (error: unknown) => void;
}

export type Channel = 'vms' | 'objects' | 'tasks';

export class LiveCollector {
  /** Number of the session that this collector belongs to. */
  readonly generation: number;
  readonly tasks: TaskList;
  /** Folders that can't be watched, with the reason. */
  readonly refusedFolders = new Map<string, VSphereError>();
  readonly #options: LiveOptions;
  readonly #collector: MoRef;
  readonly #stop: AbortController;
  readonly #signal: AbortSignal;
  readonly #views: MoRef[] = [];
  readonly #channels = new Map<string, Channel>();
  readonly #folderViews = new Map<string, MoRef>();
  readonly #typeLists = new Map<string, WatchedList>();
  #folderList: WatchedList | undefined;
  readonly #wanted: Wanted;
  #maxObjects: number;
  #polled = false;

  private constructor(
    options: LiveOptions,
    collector: MoRef,
    generation: number,
    stop: AbortController,
    signal: AbortSignal,
    taskList: WatchedList,
    wanted: Wanted,
  ) {
    this.#wanted = wanted;
    this.#maxObjects = wanted.pageLimit;
    const { invoke, clock, onUnknownTasks: onUnknown, onFailure } = options;
    this.#options = options;
    this.generation = generation;
    this.#collector = collector;
    this.#stop = stop;
    this.#signal = signal;
    this.#adopt(taskList, 'tasks');
    this.tasks = new TaskList({
      view: taskList.view,
      invoke,
      clock,
      signal,
      intervalMs: options.taskIntervalMs,
      alongMs: options.taskAlongMs,
      onUnknown,
      onFailure,
    });
  }

  /** Makes the collector and all that is wanted; the poll hasn't begun yet. */
  static async create(options: LiveOptions, wanted: Wanted): Promise<LiveCollector> {
    const { invoke, content } = options;
    const stop = new AbortController();
    const signal = AbortSignal.any([options.signal, stop.signal]);
    const collector = await invoke<MoRef>(content.propertyCollector, 'CreatePropertyCollector', {}, { signal });
    const generation = options.generation(); // now: the call may have waited for a login
    const common = { invoke, viewManager: content.viewManager, collector, signal };
    const taskOptions: WatchedListOptions = { ...common, spec: (list) => listedObjects(list, 'Task', TASK_PATHS) };
    const taskList = await WatchedList.create(taskOptions, []).catch((error: unknown) => {
      takeAway(invoke, collector, 'DestroyPropertyCollector');
      throw error;
    });
    const live = new LiveCollector(options, collector, generation, stop, signal, taskList, wanted);
    try {
      await live.ensure(wanted);
    } catch (error) {
      // In the background: the failure is known already, and taking down may have to wait for the same dead connection.
      void live.dispose();
      throw error;
    }
    return live;
  }

  channelOf(filter: MoRef): Channel | undefined {
    return this.#channels.get(moRefKey(filter));
  }

  /** Sets up what is wanted and isn't there yet; true when that was anything. Not to be called twice at a time. */
  async ensure(wanted: Wanted): Promise<boolean> {
    let changed = await this.#ensureFolders(wanted);
    for (const [type, { paths, refs }] of wanted.types) {
      if (await this.#ensureObjects(type, paths, [...refs.values()])) changed = true;
    }
    return changed;
  }

  async forget(ref: MoRef): Promise<void> {
    await this.#typeLists.get(ref.type)?.remove([ref]);
  }

  /** One question to the collector: what is new since `version` ('' asks for everything). */
  async poll(version: string, maxWaitSeconds: number): Promise<UpdateSet | undefined> {
    this.#polled = true;
    const wholeSeconds = Math.ceil(maxWaitSeconds); // an int on the wire
    const args = { version, options: { maxWaitSeconds: wholeSeconds, maxObjectUpdates: this.#maxObjects } };
    const timeoutMs = wholeSeconds * 1_000 + this.#options.pollGraceMs;
    const options = { signal: this.#signal, sessionBound: true, timeoutMs };
    try {
      return await this.#options.invoke<UpdateSet | undefined>(this.#collector, 'WaitForUpdatesEx', args, options);
    } catch (error) {
      // Our own interrupt.
      if (error instanceof VSphereError && error.fault === 'RequestCanceled') return undefined;
      // What was in it can't be had again from this collector: the next one asks for less at a time.
      if (isExcess(error)) this.#wanted.limitPage(Math.floor(this.#maxObjects / 2));
      throw error;
    }
  }

  /** What is watched of tasks, read now; undefined of one that vCenter doesn't know. */
  async readTasks(tasks: readonly MoRef[]): Promise<[MoRef, ObjectState['properties'] | undefined][]> {
    const { invoke, content } = this.#options;
    const states = await readMany(invoke, content.propertyCollector, tasks, TASK_PATHS, this.#signal);
    return tasks.map((task) => [task, states.get(moRefKey(task))?.properties]);
  }

  /** Makes a waiting poll answer now. */
  async interrupt(): Promise<void> {
    await this.#options.invoke(
      this.#collector,
      'CancelWaitForUpdates',
      {},
      { signal: this.#signal, sessionBound: true },
    );
  }

  /** Ends all calls and timers; nothing of it is used any more. */
  abandon(): void {
    this.#stop.abort();
    this.tasks.dispose();
  }

  /**
   * Ends everything and destroys it on the server, as far as that works within a short time. False where the server wasn't
   * reached: it may be tried again.
   */
  async dispose(): Promise<boolean> {
    this.abandon();
    const { invoke, logger } = this.#options;
    const options = { sessionBound: true, timeoutMs: DISPOSE_TIMEOUT_MS };
    const calls = [
      invoke(this.#collector, 'DestroyPropertyCollector', {}, options),
      ...this.#views.map((view) => invoke(view, 'DestroyView', {}, options)),
    ];
    const failures = (await Promise.allSettled(calls)).flatMap((result) =>
      result.status === 'rejected' ? [toError(result.reason)] : [],
    );
    for (const err of failures) logger.debug({ err }, 'a watch was not taken down, it ends with the session');
    return !failures.some((error) => error instanceof VSphereError && error.kind === 'connection');
  }

  async #ensureFolders(wanted: Wanted): Promise<boolean> {
    const fresh = [...wanted.folders].filter(([key]) => !this.#folderViews.has(key));
    for (const [key, folder] of fresh) await this.#viewFolder(key, folder);
    const views = [...this.#folderViews.values()];
    if (fresh.length === 0 || views.length === 0) return false;
    if (this.#folderList === undefined) {
      this.#limitPage(wanted.vmPaths, 'VirtualMachine');
      const options = this.#listOptions((list) => machinesInViews(list, wanted.vmPaths));
      this.#folderList = this.#adopt(await WatchedList.create(options, this.#polled ? [] : views), 'vms');
    }
    await this.#folderList.add(views);
    return true;
  }

  async #viewFolder(key: string, folder: MoRef): Promise<void> {
    const { invoke, content, logger } = this.#options;
    const args = { container: folder, type: ['VirtualMachine'], recursive: true };
    try {
      const view = await invoke<MoRef>(content.viewManager, 'CreateContainerView', args, {
        signal: this.#signal,
        sessionBound: true,
      });
      this.#views.push(view);
      this.#folderViews.set(key, view);
      this.refusedFolders.delete(key);
    } catch (error) {
      if (!(error instanceof VSphereError) || !isAboutFolder(error)) throw error;
      logger.warn({ folder: folder.value, fault: error.fault }, 'a folder cannot be watched');
      this.refusedFolders.set(key, error);
    }
  }

  async #ensureObjects(type: string, paths: readonly string[], refs: readonly MoRef[]): Promise<boolean> {
    const { onUnknownObjects } = this.#options;
    let list = this.#typeLists.get(type);
    if (list === undefined) {
      this.#limitPage(paths, type);
      const options = this.#listOptions((view) => listedObjects(view, type, paths));
      list = this.#adopt(await createTolerant(options, this.#polled ? [] : refs, onUnknownObjects), 'objects');
      this.#typeLists.set(type, list);
      if (!this.#polled) return true;
    }
    if (refs.every((ref) => list.asked(ref))) return false;
    const unknown = await list.add(refs);
    if (unknown.length > 0) onUnknownObjects(unknown);
    return true;
  }

  #listOptions(spec: WatchedListOptions['spec']): WatchedListOptions {
    const { invoke, content } = this.#options;
    return { invoke, viewManager: content.viewManager, collector: this.#collector, signal: this.#signal, spec };
  }

  #adopt(list: WatchedList, channel: Channel): WatchedList {
    this.#views.push(list.view);
    this.#channels.set(moRefKey(list.filter), channel);
    return list;
  }

  #limitPage(paths: readonly string[], type: string): void {
    this.#maxObjects = Math.min(this.#maxObjects, pageSizeFor(paths, type));
  }
}

/** Faults that say something about the folder; any other is a failure of the set-up as a whole. */
function isAboutFolder({ kind, fault }: VSphereError): boolean {
  return kind === 'notFound' || kind === 'permission' || fault === 'InvalidArgument';
}
