// The vCenter client: one session, everything through `invoke`, reads that can be trusted, and one stream of updates. It
// knows nothing of Kubernetes. Calls that change something are never repeated by it; where their outcome is unknown the
// error says so and the caller has to look.
import { Batcher } from '../util/batcher.ts';
import { bounded } from './bounded.ts';
import { Connection } from './connection.ts';
import type { VSphereError } from './faults.ts';
import { heldPrivileges } from './inventory/held-privileges.ts';
import { pageSizeFor } from './inventory/page-size.ts';
import { readMany, readOne } from './inventory/retrieve.ts';
import { readTree } from './inventory/read-tree.ts';
import type { InvokeOptions } from './invoke.ts';
import { moRefKey } from './mo-ref.ts';
import type { MoRef } from './mo-ref.ts';
import type { ObjectState } from './object-state.ts';
import { complete } from './options.ts';
import type { CompleteOptions, VSphereOptions } from './options.ts';
import type { AboutInfo, ServiceContent } from './service-content.ts';
import { TaskCauses } from './task-causes.ts';
import type { UpdateStream } from './updates.ts';
import { Stream } from './updates/stream.ts';

export type { InvokeOptions } from './invoke.ts';
export { hasVanished, refuseMissing } from './object-state.ts';
export type { ObjectState } from './object-state.ts';
export { OutageGate } from './layers/outage-gate.ts';
export type { VSphereOptions } from './options.ts';
export type { AboutInfo, ServiceContent, ServiceInfo } from './service-content.ts';

/** Milliseconds for taking the watch down at the end, as many as the logout has: a stop must leave time for the rest. */
const WATCH_CLOSE_MS = 1_500;

export interface CreateSnapshotArgs {
  readonly name: string;
  readonly description?: string;
  readonly memory: boolean;
  readonly quiesce: boolean;
}

export interface RemoveSnapshotArgs {
  readonly removeChildren: false;
  readonly consolidate: boolean;
}

export class VSphereClient {
  readonly #connection: Connection;
  readonly #options: CompleteOptions;
  readonly #causes = new TaskCauses();
  readonly #stream: Stream;
  readonly #unfollow: (() => void)[] = [];
  readonly #soon = new Map<string, Batcher<MoRef, ObjectState | undefined>>();
  #closing: Promise<void> | undefined;

  private constructor(connection: Connection, options: CompleteOptions) {
    const { clock, logger, pollSeconds, coalesceMs, restMs, taskDelayMs } = options;
    this.#connection = connection;
    this.#options = options;
    this.onAwayChange((failure) => {
      if (failure === undefined) this.#stream.startOver();
      else this.#stream.goneAway(failure);
    });
    this.#stream = new Stream({
      invoke: this.invoke.bind(this),
      content: this.content,
      clock,
      logger,
      pollSeconds,
      coalesceMs,
      restMs,
      taskDelayMs,
      generation: () => connection.generation,
      causeOf: (task) => this.#causes.of(task),
      retry: options.watchRetry,
      stableMs: options.watchStableMs,
      pollGraceMs: options.pollGraceMs,
    });
  }

  /**
   * Identifies the server (it must be a vCenter: fault `NotVirtualCenter`) and makes exactly one Login. The server may be
   * judged by `beforeLogin` before the password is sent.
   */
  static async connect(options: VSphereOptions, signal?: AbortSignal): Promise<VSphereClient> {
    const completed = complete(options);
    return new VSphereClient(await Connection.open(completed, signal), completed);
  }

  get about(): AboutInfo {
    return this.#connection.info.about;
  }

  get content(): ServiceContent {
    return this.#connection.info.content;
  }

  /** Key of the current session, as vCenter's session list and events show it. */
  get sessionKey(): string {
    return this.#connection.sessionKey;
  }

  /** How it showed that the vCenter is away: until it answers again every call is refused, with fault `Away`. */
  get away(): VSphereError | undefined {
    return this.#connection.gate.failure;
  }

  /** Until the client is closed `listener` is told when the vCenter is away, with the failure, and when it's back. */
  onAwayChange(listener: (failure: VSphereError | undefined) => void): void {
    this.#unfollow.push(this.#connection.gate.onChange(listener));
  }

  /** Rises with every login. */
  get generation(): number {
    return this.#connection.generation;
  }

  /** Nothing is sent any more: it was closed, its password was refused, or another vCenter answers. */
  get ended(): boolean {
    return this.#connection.ended;
  }

  /**
   * Ends the session of that generation and logs in again, unless that has happened since: vCenter then turns away whatever
   * was sent in it and hasn't arrived. Rejects where it isn't certain that it has ended.
   */
  replaceSession(generation: number): Promise<void> {
    return this.#connection.replaceSession(generation);
  }

  get updates(): UpdateStream {
    return this.#stream;
  }

  /** Any method of the type table. Rejects with a VSphereError, or with a TypeError for arguments that don't fit the table. */
  async invoke<T>(
    object: MoRef,
    method: string,
    args: Record<string, unknown> = {},
    options: InvokeOptions = {},
  ): Promise<T> {
    const result = await this.#connection.invoke<T>(object, method, args, options);
    this.#causes.note(object, method, result);
    return result;
  }

  /** One object. Rejects with kind `notFound` when it doesn't exist. */
  async read(ref: MoRef, paths: readonly string[], signal?: AbortSignal): Promise<ObjectState> {
    return readOne(this.invoke.bind(this), this.content.propertyCollector, ref, paths, signal);
  }

  /** Many objects by moRefKey. Undefined means: asked for by itself, and vCenter says it doesn't exist. */
  async readMany(
    refs: readonly MoRef[],
    paths: readonly string[],
    signal?: AbortSignal,
  ): Promise<Map<string, ObjectState | undefined>> {
    return readMany(this.invoke.bind(this), this.content.propertyCollector, refs, paths, signal);
  }

  /**
   * As `readMany` for one; what is asked for with the same paths within a few milliseconds, or within `windowMs`, goes out as
   * one call.
   */
  async readSoon(
    ref: MoRef,
    paths: readonly string[],
    windowMs: number = this.#options.batchMs,
  ): Promise<ObjectState | undefined> {
    const key = `${windowMs}\n${paths.join('\n')}`;
    let batcher = this.#soon.get(key);
    if (batcher === undefined) {
      const { clock } = this.#options;
      const load = (refs: readonly MoRef[]): Promise<Map<string, ObjectState | undefined>> =>
        this.readMany(refs, paths);
      batcher = new Batcher({ clock, windowMs, maxBatch: pageSizeFor(paths), maxAtOnce: 1, idOf: moRefKey, load });
      this.#soon.set(key, batcher);
    }
    return batcher.get(ref);
  }

  /**
   * Objects of the given managed types below `root` (itself not included), with `name`, `parent` and the paths by type.
   * One view, read page by page.
   */
  async readTree(
    root: MoRef,
    types: Readonly<Record<string, readonly string[]>>,
    signal?: AbortSignal,
  ): Promise<ObjectState[]> {
    return readTree(this.invoke.bind(this), this.content, this.#options.logger, root, types, signal);
  }

  /**
   * Which of these privileges the session holds on each of the objects, by moRefKey; nothing is known of an object that
   * isn't in the answer. Rejects with kind `permission` where one of the objects may not be read.
   */
  async heldPrivileges(
    entities: readonly MoRef[],
    privilegeIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<Map<string, ReadonlySet<string>>> {
    const sessionKey = (): string => this.sessionKey;
    return heldPrivileges(this.invoke.bind(this), this.content, sessionKey, entities, privilegeIds, signal);
  }

  /** All virtual machines with this BIOS uuid, or with `instance` this instanceUuid; the whole vCenter is searched. */
  async findAllByUuid(uuid: string, { instance }: { instance: boolean }): Promise<MoRef[]> {
    const args = { uuid, vmSearch: true, instanceUuid: instance };
    return (await this.invoke<MoRef[] | undefined>(this.content.searchIndex, 'FindAllByUuid', args)) ?? [];
  }

  /** The object at `Datacenter/vm/folder/name`; each name escaped by `escapeName`. */
  async findByInventoryPath(inventoryPath: string): Promise<MoRef | undefined> {
    return this.invoke<MoRef | undefined>(this.content.searchIndex, 'FindByInventoryPath', { inventoryPath });
  }

  /** Starts CloneVM_Task; `name` escaped by `escapeName`, `spec` a VirtualMachineCloneSpec. Resolves with the task. */
  async cloneVm(
    source: MoRef,
    folder: MoRef,
    name: string,
    spec: Record<string, unknown>,
    options?: InvokeOptions,
  ): Promise<MoRef> {
    return this.invoke(source, 'CloneVM_Task', { folder, name, spec }, options);
  }

  /** Starts CreateSnapshot_Task; the task's result is the snapshot. */
  async createSnapshot(vm: MoRef, args: CreateSnapshotArgs, options?: InvokeOptions): Promise<MoRef> {
    return this.invoke(vm, 'CreateSnapshot_Task', { ...args }, options);
  }

  /** Starts RemoveSnapshot_Task for this snapshot alone: its children are never removed with it. */
  async removeSnapshot(snapshot: MoRef, args: RemoveSnapshotArgs, options?: InvokeOptions): Promise<MoRef> {
    return this.invoke(snapshot, 'RemoveSnapshot_Task', { ...args }, options);
  }

  /** Starts PowerOnVM_Task, on `host` if one is given. */
  async powerOn(vm: MoRef, host?: MoRef, options?: InvokeOptions): Promise<MoRef> {
    return this.invoke(vm, 'PowerOnVM_Task', host === undefined ? {} : { host }, options);
  }

  /** Starts PowerOffVM_Task: hard, without the guest's consent. */
  async powerOff(vm: MoRef, options?: InvokeOptions): Promise<MoRef> {
    return this.invoke(vm, 'PowerOffVM_Task', {}, options);
  }

  /** Asks the guest to shut down; resolves when the request is made, not when it's carried out. */
  async shutdownGuest(vm: MoRef, options?: InvokeOptions): Promise<void> {
    await this.invoke(vm, 'ShutdownGuest', {}, options);
  }

  /** Starts Destroy_Task: deletes the object with everything that is its own. */
  async destroy(ref: MoRef, options?: InvokeOptions): Promise<MoRef> {
    return this.invoke(ref, 'Destroy_Task', {}, options);
  }

  /** Starts ReconfigVM_Task; `spec` a VirtualMachineConfigSpec. */
  async reconfigure(vm: MoRef, spec: Record<string, unknown>, options?: InvokeOptions): Promise<MoRef> {
    return this.invoke(vm, 'ReconfigVM_Task', { spec }, options);
  }

  /** Makes a folder and resolves with it; `name` escaped by `escapeName`. */
  async createFolder(parent: MoRef, name: string, options?: InvokeOptions): Promise<MoRef> {
    return this.invoke(parent, 'CreateFolder', { name }, options);
  }

  /** Ends the watch, logs out and closes all sockets; resolves within a few seconds whatever the server does. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const unfollow of this.#unfollow) unfollow();
    await bounded(this.#stream.close(), this.#options.clock, WATCH_CLOSE_MS);
    await this.#connection.close();
  }
}
