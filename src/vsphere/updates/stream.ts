// The loop behind UpdateStream: set up, ask, merge the pages, deliver, ask again. Any failure leads to a new set-up with
// backoff on the connection; listeners then get the whole state once more, compared with what they were told before.
import { backoffDelay } from '../../util/backoff.ts';
import { sleep } from '../../util/abort.ts';
import { toError } from '../../util/errors.ts';
import { VSphereError } from '../faults.ts';
import { moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';
import { URGENCY } from '../task-urgency.ts';
import type { UpdateBatch, UpdateStream } from '../updates.ts';
import { Discarded } from './discarded.ts';
import { Listeners } from './listeners.ts';
import { LiveCollector } from './live-collector.ts';
import { RefusedFolders } from './refused-folders.ts';
import { restLengths } from './rest-lengths.ts';
import type { StreamOptions } from './stream-options.ts';
import { StreamState } from './stream-state.ts';
import { TaskForecast } from './task-forecast.ts';
import { TaskTable, isEnd } from './task-table.ts';
import { Wanted } from './wanted.ts';
import { WatchChanges } from './watch-changes.ts';

/** Milliseconds between two questions in any case. */
const SHORTEST_REST_MS = 20;
/** How much longer the first of a burst waits for the rest when nobody waits for any of its tasks. */
const UNHURRIED = 5;
/** A task that has waited for less than the rest of its delay isn't put on the list along with others: it may be a short one. */
const ALONG = 2 / 3;
const POLL = 'WaitForUpdatesEx';

export class Stream implements UpdateStream {
  readonly #options: StreamOptions;
  readonly #wanted = new Wanted();
  readonly #forecast: TaskForecast;
  readonly #tasks: TaskTable;
  readonly #batches: Listeners<UpdateBatch>;
  readonly #failureListeners: Listeners<Error | undefined>;
  readonly #changes: WatchChanges;
  readonly #refused: RefusedFolders;
  readonly #stop = new AbortController();
  #state: StreamState;
  #live: LiveCollector | undefined;
  readonly #discarded: Discarded;
  #broken = new AbortController();
  #pause = new AbortController();
  #running: Promise<void> | undefined;
  #failure: Error | undefined;
  /** Failures in a row. */
  #failures = 0;
  /** Monotonic milliseconds at which the present watch had delivered the whole state; undefined before that. */
  #syncedAt: number | undefined;
  #lastContact = 0;
  /** The login in whose session the whole state was delivered last. */
  #login: number | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#discarded = new Discarded(options.generation);
    this.#forecast = new TaskForecast(options.clock);
    this.#tasks = new TaskTable(options.generation, this.#forecast);
    this.#state = new StreamState(this.#tasks);
    this.#batches = new Listeners(options.logger);
    this.#failureListeners = new Listeners(options.logger);
    this.#changes = new WatchChanges(options.clock, this.#wanted, this.#stop.signal);
    this.#refused = new RefusedFolders({
      clock: options.clock,
      pauseMs: options.retry.maxMs,
      wanted: this.#wanted,
      changes: this.#changes,
      current: () => this.#live,
      onShown: () => this.#break(new Error('a folder that could not be watched can be again')),
    });
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get isDelivering(): boolean {
    return this.#syncedAt !== undefined;
  }

  get lastContact(): number {
    return this.#lastContact;
  }

  async watchFolders(folders: readonly MoRef[], vmPaths: readonly string[]): Promise<void> {
    const refused = this.#refused.keys;
    const fresh = folders.filter(
      (folder) => !this.#wanted.folders.has(moRefKey(folder)) || refused.has(moRefKey(folder)),
    );
    this.#wanted.addFolders(folders, vmPaths);
    if (this.#running === undefined || !this.#changes.isOpen(fresh, folders)) return;
    await this.#changes.settled(folders);
    for (const folder of folders) {
      const reason = this.#live?.refusedFolders.get(moRefKey(folder));
      if (reason === undefined) continue;
      // one that was watched before stays wanted
      if (!refused.has(moRefKey(folder))) this.#wanted.folders.delete(moRefKey(folder));
      throw reason;
    }
  }

  async watchObjects(refs: readonly MoRef[], paths: readonly string[]): Promise<void> {
    const fresh = refs.filter((ref) => this.#wanted.types.get(ref.type)?.refs.has(moRefKey(ref)) !== true);
    this.#wanted.addObjects(refs, paths);
    if (this.#running !== undefined && this.#changes.isOpen(fresh, refs)) await this.#changes.settled(refs);
  }

  unwatchObjects(refs: readonly MoRef[]): void {
    for (const ref of refs) {
      this.#wanted.removeObject(ref);
      this.#changes.forget(ref);
      this.#state.dropObject(ref);
      this.#live?.forget(ref).catch((error: unknown) => this.#break(error));
    }
  }

  isCurrent(vm: MoRef): boolean {
    return this.#login === this.#options.generation() && this.#state.isProven(vm);
  }

  trackTask(task: MoRef, { urgency = URGENCY.soon }: { urgency?: number } = {}): void {
    const known = this.#tasks.track(task, this.#options.causeOf(task), urgency);
    if (known === 'new') this.#live?.tasks.add(task, this.#watchDelayMs(task));
    if (typeof known !== 'string') {
      this.#options.clock.schedule(0, () =>
        this.#batches.emit({ vms: [], objects: [], tasks: [known], resynced: false }),
      );
    }
  }

  /** A task of a kind that is usually over by then isn't put on the list for the moment in which its end is told. */
  #watchDelayMs(task: MoRef): number {
    const { taskDelayMs, causeOf } = this.#options;
    const usualMs = this.#forecast.usualMs(causeOf(task)?.method ?? '') ?? Number.POSITIVE_INFINITY;
    return usualMs < taskDelayMs ? 2 * taskDelayMs : taskDelayMs;
  }

  onBatch(listener: (batch: UpdateBatch) => void): () => void {
    return this.#batches.add(listener);
  }

  onFailureChange(listener: (failure: Error | undefined) => void): () => void {
    return this.#failureListeners.add(listener);
  }

  start(signal?: AbortSignal): void {
    if (this.#running !== undefined || this.#stop.signal.aborted) return;
    this.#lastContact = this.#options.clock.monotonic();
    if (signal?.aborted === true) this.#stop.abort(signal.reason);
    signal?.addEventListener('abort', () => this.#stop.abort(signal.reason), { once: true, signal: this.#stop.signal });
    this.#running = this.#run();
  }

  /** The vCenter is away: nobody waits for it here, where the calls may take long to fail. `startOver` ends this. */
  goneAway(failure: VSphereError): void {
    this.#changes.refuse(new VSphereError({ fault: 'Away', method: POLL, sent: false, cause: failure }));
  }

  /**
   * The vCenter was away and is back: the watch is set up anew, and now. A question from before may never be answered: nobody
   * may be left who knows of it.
   */
  startOver(): void {
    if (this.#failure === undefined) this.#changes.accept();
    this.#pause.abort();
    this.#break(new Error('the vCenter was away'));
  }

  /** Ends the poll and takes everything down on the server; resolves within a few seconds whatever happens. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the vCenter client is closed'));
    await this.#running;
    if (this.#live !== undefined) this.#discarded.add(this.#live);
    this.#live = undefined;
    this.#discarded.abandon();
    await this.#discarded.takeDown();
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        const delayMs = this.#failed(toError(error));
        logger.debug({ failures: this.#failures, delayMs }, 'the watch of vCenter is set up again');
        this.#pause = new AbortController();
        const signal = AbortSignal.any([this.#stop.signal, this.#pause.signal]);
        await sleep(clock, delayMs, signal).catch(() => undefined); // stopped: the loop ends; or it's to go on
      }
    }
    this.#changes.stop();
  }

  /**
   * Counts a failure; returns the milliseconds to wait. The first after a good while is mended at once and nobody is told:
   * sessions end and connections are cut by things on the way, and all of it comes back without a gap.
   */
  #failed(error: Error): number {
    const { clock, logger } = this.#options;
    const heldMs = this.#syncedAt === undefined ? 0 : clock.monotonic() - this.#syncedAt;
    const worked = this.#syncedAt !== undefined;
    this.#syncedAt = undefined;
    this.#failures = heldMs >= this.#options.stableMs ? 1 : this.#failures + 1;
    this.#changes.interrupted();
    if (this.#failure === undefined) logger.warn({ err: error }, 'the watch of vCenter broke');
    if (worked && this.#failures === 1) return 0;
    this.#changes.refuse(asRefusal(error));
    this.#setFailure(error);
    return backoffDelay(this.#failures - 1, this.#options.retry);
  }

  /** One collector from its set-up to its failure. */
  async #follow(): Promise<never> {
    const { clock, pollSeconds, coalesceMs } = this.#options;
    if (this.#live !== undefined) this.#discarded.add(this.#live);
    this.#discarded.abandon();
    this.#live = undefined;
    this.#broken = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, this.#broken.signal]);
    const fresh = new StreamState(this.#tasks);
    const live = await this.#setUp(fresh, signal);
    this.#discarded.add(live);
    let version = await this.#drain(live, fresh, '', 0).catch((error: unknown) => {
      // in the background, and before the next try: a session that lasts would gather what each of them leaves
      if (!this.#stop.signal.aborted) void this.#discarded.takeDown();
      throw error;
    });
    this.#adopt(live, fresh);
    await this.#changes.setUp(live, (error) => this.#break(error));
    let told = false;
    for (;;) {
      const settling = this.#changes.beginAnswer();
      const askedAt = clock.monotonic();
      // Tasks that are due are looked at first, which saves the question what has changed till then.
      const lookFirst: boolean = told && !settling.waiting;
      if (!lookFirst) version = await this.#drain(live, this.#state, version, settling.waiting ? 0 : pollSeconds);
      const seenAt = clock.monotonic();
      const gatherMs = this.#forecast.gatherMs(coalesceMs * (this.#tasks.anyUrgent ? 1 : UNHURRIED));
      const burst = gatherMs > 0 && this.#state.mayBeBurst && this.#tasks.openCount > 0 && !settling.waiting;
      let missed = false;
      if (lookFirst || burst) {
        // Changes come in bursts, as twenty tasks that were started together end together. The first to arrive wait for
        // the rest: listeners then start the next twenty together, too, and a burst costs two questions, not a dozen.
        // With no task of ours due there's no rest to come. Tasks that aren't watched yet may have done it.
        if (!lookFirst || !this.#tasks.anyUrgent) await sleep(clock, gatherMs, signal);
        missed = !(await this.#lookAt(live)) && lookFirst;
        // after the tasks: whoever is told of an end must find what the task did
        version = await this.#drain(live, this.#state, version, 0);
      }
      this.#forecast.settle(lookFirst ? undefined : seenAt);
      const batch = this.#state.take(false);
      this.#deliver(batch);
      settling.done();
      // An answer without changes that came at once would otherwise be a way to ask without end.
      const early = !lookFirst && clock.monotonic() - askedAt < SHORTEST_REST_MS && !settling.waiting;
      if (early) await sleep(clock, coalesceMs, signal);
      told = !missed && (await this.#rest(live, batch, signal));
    }
  }

  /**
   * The time until the next question: what changes meanwhile is one answer instead of many, and tasks that drifted
   * apart start together again. Longer when few of many have ended, none when no task of ours runs. True when some that the
   * watch doesn't tell of have probably ended.
   */
  async #rest(live: LiveCollector, batch: UpdateBatch | undefined, signal: AbortSignal): Promise<boolean> {
    const { clock, restMs } = this.#options;
    const open = this.#tasks.openCount;
    if (batch === undefined || open === 0) return false;
    const ended = batch.tasks.filter((task) => task.gone || isEnd(task.info.state)).length;
    const { foresees: foreseen } = this.#forecast;
    const { longest, dueWithin } = restLengths({ urgent: this.#tasks.anyUrgent, foreseen, open, ended });
    const from = clock.monotonic();
    for (;;) {
      const rested = clock.monotonic() - from;
      const { ms, due } = this.#forecast.rest(restMs * longest - rested, restMs * dueWithin - rested);
      await sleep(clock, ms, signal);
      if (!due) return false;
      // What was begun meanwhile may be more urgent, and due later.
      const now = this.#forecast.due;
      if (now.size > 0) return live.tasks.waiting.some((task) => now.has(moRefKey(task)));
    }
  }

  /** Reads the tasks that may have ended, short ones are never put on the list; false when none that was due had. */
  async #lookAt(live: LiveCollector): Promise<boolean> {
    const { due, undue } = this.#forecast;
    const tasks = live.tasks.waiting.filter((task) => !undue.has(moRefKey(task)));
    if (tasks.length === 0) return false;
    let met = false;
    for (const [task, properties] of await live.readTasks(tasks)) {
      const changeSet = Object.entries(properties ?? {}).map(([name, val]) => ({ name, op: 'assign' as const, val }));
      const ended =
        properties === undefined ? this.#tasks.gone(task) : this.#tasks.apply({ kind: 'enter', obj: task, changeSet });
      if (!ended) continue;
      live.tasks.remove(task);
      met ||= due.has(moRefKey(task));
    }
    return met;
  }

  async #setUp(fresh: StreamState, signal: AbortSignal): Promise<LiveCollector> {
    const { coalesceMs, restMs, taskDelayMs, ...common } = this.#options;
    const live = await LiveCollector.create(
      {
        ...common,
        taskIntervalMs: Math.max(2 * coalesceMs, restMs),
        taskAlongMs: Math.max(2 * coalesceMs, restMs, taskDelayMs * ALONG),
        signal,
        onUnknownTasks: (tasks) => this.#tasksUnknown(tasks),
        onUnknownObjects: (refs) => (this.#live === undefined ? fresh : this.#state).objectsUnknown(refs),
        onFailure: (error) => this.#break(error),
      },
      this.#wanted,
    );
    for (const [key, { kind }] of live.refusedFolders) {
      // a folder that is gone holds nothing any more; of one that is hidden nobody can say what it holds
      if (kind === 'notFound') this.#wanted.folders.delete(key);
      else fresh.markIncomplete();
    }
    return live;
  }

  /** Asks until the server has no more of the same answer; returns the version to go on from. */
  async #drain(live: LiveCollector, state: StreamState, from: string, waitSeconds: number): Promise<string> {
    let version = from;
    for (let wait = waitSeconds; ; wait = 0) {
      const set = await this.#answerOrBreak(live.poll(version, wait));
      this.#lastContact = this.#options.clock.monotonic();
      live.tasks.answered();
      if (set === undefined) return version;
      version = set.version;
      for (const task of state.apply(set, (filter) => live.channelOf(filter))) live.tasks.remove(task);
      if (set.truncated !== true) return version;
    }
  }

  /** What broke the watch from beside the poll is the reason, not the poll that was ended because of it. */
  async #answerOrBreak<T>(poll: Promise<T>): Promise<T> {
    try {
      return await poll;
    } catch (error) {
      if (this.#broken.signal.aborted && !this.#stop.signal.aborted) throw this.#broken.signal.reason;
      throw error;
    }
  }

  #adopt(live: LiveCollector, fresh: StreamState): void {
    fresh.succeed(this.#state);
    this.#state = fresh;
    this.#live = live;
    this.#login = live.generation;
    for (const task of this.#tasks.open) live.tasks.add(task, this.#options.taskDelayMs);
    this.#discarded.keep(live);
    void this.#discarded.takeDown();
    this.#syncedAt = this.#options.clock.monotonic();
    this.#changes.accept();
    this.#setFailure(undefined);
    this.#deliver(this.#state.take(true));
    this.#refused.tryAgainLater(live);
  }

  #tasksUnknown(tasks: readonly MoRef[]): void {
    for (const task of tasks) {
      if (this.#tasks.gone(task)) this.#live?.tasks.remove(task);
    }
    // Only the tasks: a page of the poll may be half applied at this moment.
    this.#deliver({ vms: [], objects: [], tasks: this.#tasks.take(), resynced: false });
  }

  #break(error: unknown): void {
    this.#broken.abort(toError(error));
  }

  #deliver(batch: UpdateBatch | undefined): void {
    if (batch !== undefined) this.#batches.emit(batch);
  }

  #setFailure(failure: Error | undefined): void {
    if (failure?.message === this.#failure?.message) return;
    this.#failure = failure;
    this.#failureListeners.emit(failure);
  }
}

/** For those who wait: the connection's failure, whatever it was that kept the watch from being set up. */
function asRefusal(error: Error): VSphereError {
  if (error instanceof VSphereError && error.kind === 'connection') return error;
  return new VSphereError({ fault: 'NotWatched', method: POLL, sent: false, text: error.message, cause: error });
}
