// Runs the tasks of one vCenter: queued until hosts, datastores and the vCenter have room, running for their time, then success or error.
// Guarantees: a task ends exactly once; inventory changes are visible before the success is; locks and units come back at
// the end, whatever it was; whoever waits is started in the order of arrival, as far as there is room.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { toError } from '../../util/errors.ts';
import type { SimTimer } from '../core/sim-clock.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import type { Durations } from './durations.ts';
import { EntityLocks } from './entity-locks.ts';
import type { EntityLock } from './entity-locks.ts';
import { RecentTasks } from './recent-tasks.ts';
import { SlotPools, VCENTER } from './slot-pools.ts';
import type { SlotLimits, SlotNeeds } from './slot-pools.ts';
import { SlotQueue } from './slot-queue.ts';
import { TaskHistory } from './task-history.ts';
import { initialTaskInfo } from './task-info.ts';
import { TASK_KINDS } from './task-kinds.ts';
import type { TaskKindName } from './task-kinds.ts';
import { TaskProgress } from './task-progress.ts';
import type { TaskOrigin, TaskRun, TaskWork } from './task-work.ts';

export interface TaskEngineOptions {
  readonly world: World;
  readonly durations: Durations;
  readonly limits: SlotLimits;
  /** Throws InaccessibleDatastore when the work can't go on. */
  demandVolumes(work: TaskWork): void;
  /** Writes the TaskEvent of a new task and returns its chain id. */
  announce(entity: SimObject, user: string, info: (chainId: number) => Record<string, unknown>): number;
}

interface Entry {
  readonly work: TaskWork;
  readonly origin: TaskOrigin;
  readonly object: SimObject;
  readonly run: TaskRun;
  readonly needs: SlotNeeds;
  state: 'queued' | 'running' | 'ended';
  timer: SimTimer | undefined;
}

export class TaskEngine {
  readonly #options: TaskEngineOptions;
  readonly #locks = new EntityLocks();
  readonly #queue: SlotQueue<Entry>;
  /** Every task there was. */
  readonly history: TaskHistory;
  readonly #recent: RecentTasks;
  readonly #progress: TaskProgress;
  readonly #live = new Map<string, Entry>();

  constructor(options: TaskEngineOptions) {
    this.#options = options;
    this.#queue = new SlotQueue(new SlotPools(options.limits, options.world.stats), (entry) => this.#begin(entry));
    this.history = new TaskHistory(options.world);
    this.#recent = new RecentTasks(options.world);
    this.#progress = new TaskProgress(options.world.clock);
  }

  /** Throws TaskInProgress when something else runs on what these lock: for methods that are no task themselves. */
  demandUnlocked(locks: readonly EntityLock[]): void {
    this.#locks.demand(locks);
  }

  /** Queued or running tasks, oldest first. */
  get live(): readonly SimObject[] {
    return [...this.#live.values()].map((entry) => entry.object);
  }

  /** Starts a task, or queues it, and returns its reference. Throws TaskInProgress. */
  start(work: TaskWork, origin: TaskOrigin): MoRef {
    const { world } = this.#options;
    this.#locks.demand(work.locks ?? []);
    const object = world.registry.create('Task', {});
    const now = this.#isoNow();
    const info = (chainId: number): Record<string, unknown> =>
      initialTaskInfo({ ref: object.ref, kind: TASK_KINDS[work.kind], entity: work.entity, origin, now, chainId });
    const chainId = this.#options.announce(work.entity, origin.user, info);
    object.setSilently('info', info(chainId));
    const entry: Entry = {
      work,
      origin,
      object,
      run: { ref: object.ref, user: origin.user, chainId },
      needs: new Map([...(work.units ?? []), [VCENTER, 1]]),
      state: 'queued',
      timer: undefined,
    };
    this.#live.set(object.value, entry);
    this.#locks.take(work.locks ?? [], object.value);
    this.#recent.add(object, work.entity);
    this.history.add(object, work.entity);
    if (!this.#queue.enter(entry)) world.stats.addQueued();
    return object.ref;
  }

  /** Something that a vCenter does at once and shows as a task all the same: it is over as it begins. */
  note(kind: TaskKindName, entity: SimObject, user: string): void {
    const object = this.#options.world.registry.create('Task', {});
    const now = this.#isoNow();
    const info = (chainId: number): Record<string, unknown> => ({
      ...initialTaskInfo({ ref: object.ref, kind: TASK_KINDS[kind], entity, origin: { user }, now, chainId }),
      state: 'success',
      startTime: now,
      completeTime: now,
    });
    object.setSilently('info', info(this.#options.announce(entity, user, info)));
    this.#recent.add(object, entity);
    this.history.add(object, entity);
    this.history.ended(object.ref);
    this.#recent.ended(object, entity);
  }

  /** Throws InvalidState for a task that has ended, NotSupported for one that can't be cancelled. */
  cancel(task: SimObject): void {
    const entry = this.#live.get(task.value);
    if (entry === undefined)
      throw new VimFault('InvalidState', {}, 'The operation is not allowed in the current state.');
    if (!TASK_KINDS[entry.work.kind].cancelable)
      throw new VimFault('NotSupported', {}, 'The task cannot be cancelled.');
    const wasRunning = entry.state === 'running';
    entry.timer?.cancel();
    entry.object.set('info.cancelled', true);
    if (wasRunning) this.#undo(entry);
    this.#end(entry, new VimFault('RequestCanceled', {}, 'The task was canceled by a user.'), undefined, wasRunning);
  }

  /** The task object is gone, as after a restart: its work goes on, but nobody can look at it any more. */
  lose(task: SimObject): void {
    const entity = this.#live.get(task.value)?.work.entity;
    this.#recent.drop(task, entity ?? this.#options.world.registry.must(task.get('info.entity') as MoRef));
  }

  /**
   * Every task object is gone. What runs is run to its end by the hosts, what was queued never happens: only the vCenter
   * that restarts knew of it.
   */
  dropAll(): void {
    const abandoned = new VimFault('RequestCanceled', {}, 'The vCenter restarted before the task began.');
    const entries = [...this.#live.values()];
    for (const { object, work } of entries) this.#recent.drop(object, work.entity);
    for (const entry of entries) if (entry.state === 'queued') this.#queue.leave(entry);
    for (const entry of entries) if (entry.state === 'queued') this.#end(entry, abandoned, undefined, false);
    this.#recent.dropEnded();
  }

  /** As dropAll, and what runs is undone: for an inventory that is replaced under it. */
  abortAll(): void {
    this.dropAll();
    const aborted = new VimFault('RequestCanceled', {}, 'The vCenter was restored from a backup.');
    for (const entry of [...this.#live.values()]) {
      entry.timer?.cancel();
      this.#undo(entry);
      this.#end(entry, aborted, undefined, true);
    }
  }

  #begin(entry: Entry): void {
    const { world, durations } = this.#options;
    entry.state = 'running';
    world.stats.enter(entry.work.kind);
    entry.object.setMany({ 'info.state': 'running', 'info.startTime': this.#isoNow() });
    this.history.changed(entry.object.ref);
    let hasBegun = false;
    try {
      entry.work.begin?.(entry.run);
      hasBegun = true;
      this.#options.demandVolumes(entry.work);
    } catch (error) {
      const fault = this.#asFault(error);
      if (hasBegun) this.#undo(entry);
      this.#end(entry, fault, undefined, true);
      return;
    }
    const duration = durations.of(TASK_KINDS[entry.work.kind].timed, entry.work.copiedBytes?.() ?? 0);
    this.#progress.watch(entry.object, duration);
    entry.timer = world.clock.schedule(duration, () => this.#finish(entry));
  }

  #finish(entry: Entry): void {
    try {
      if (entry.origin.taskFault !== undefined) throw entry.origin.taskFault;
      this.#options.demandVolumes(entry.work);
      const result = entry.work.finish(entry.run);
      this.#end(entry, undefined, result, true);
    } catch (error) {
      const fault = this.#asFault(error);
      this.#undo(entry);
      this.#end(entry, fault, undefined, true);
    }
  }

  #undo(entry: Entry): void {
    entry.work.undo?.(entry.run);
  }

  #end(entry: Entry, fault: VimFault | undefined, result: unknown, hadUnits: boolean): void {
    const { world } = this.#options;
    const { object, work } = entry;
    entry.state = 'ended';
    this.#live.delete(object.value);
    if (!hadUnits) this.#queue.leave(entry);
    this.#progress.forget(object);
    this.#locks.give(work.locks ?? [], object.value);
    if (hadUnits) world.stats.leave(work.kind);
    object.setMany({
      ...(fault === undefined
        ? { 'info.progress': undefined, 'info.result': result }
        : { 'info.error': fault.toLocalized() }),
      'info.state': fault === undefined ? 'success' : 'error',
      'info.completeTime': this.#isoNow(),
      'info.cancelable': false,
    });
    world.ledger.end({ task: object.value, result: isMoRef(result) ? result.value : undefined, fault: fault?.fault });
    this.history.ended(object.ref);
    work.ended?.(entry.run, fault);
    this.#recent.ended(object, work.entity);
    if (hadUnits) this.#queue.give(entry);
  }

  #asFault(error: unknown): VimFault {
    if (error instanceof VimFault) return error;
    this.#options.world.options.logger.error(
      { err: toError(error) },
      'a task of the simulator failed by a mistake of its own',
    );
    return new VimFault('SystemError', { reason: toError(error).message }, 'A general system error occurred.');
  }

  #isoNow(): string {
    return new Date(this.#options.world.clock.now()).toISOString();
  }
}
