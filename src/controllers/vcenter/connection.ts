// One vCenter as the controllers see it: the session, what the update stream tells, the tasks of ours that run, the slots
// they hold. Made when a login succeeded, thrown away when the credentials change or the VCenter goes. Nothing here is
// stored: after a restart it's built again, and what ran meanwhile is found by searching.
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { VSphereClient } from '../../vsphere/client.ts';
import type { UpdateBatch } from '../../vsphere/updates.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { HostState } from './host-choice.ts';
import { hostState, isUsable } from './host-choice.ts';
import { HOST_PATHS } from './host-paths.ts';
import { InventoryTree, TREE_PATHS } from './inventory-tree.ts';
import type { Operation, OperationKind, OperationOwner, Outcome } from './operations.ts';
import { OPERATION_FACTS, OPERATION_KINDS } from './operation-kinds.ts';
import { Operations } from './operations.ts';
import type { Limits, PoolName } from './slot-pools.ts';
import { POOL_NAMES, SlotPools } from './slot-pools.ts';
import { SourceTasks } from './source-tasks.ts';
import { FailureBreaker } from './failure-breaker.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { Admissions } from './admissions.ts';
import { BorrowedDisks } from './borrowed-disks.ts';
import { CloneHistory } from './clone-history.ts';
import { FolderScan } from './folder-scan.ts';
import { Lookups } from './lookups.ts';
import { WatchedOnce } from './watched-once.ts';
import { VictimReads } from './victim-reads.ts';
import { VmInventory } from './vm-inventory.ts';
import type { EventCheckTimes } from './event-check.ts';
import { EventCheck } from './event-check.ts';
import type { VCenterHolds } from './holds.ts';
import type { TerminatingCrds } from './terminating-crds.ts';
import type { VmView } from './vm-view.ts';
import { VICTIM_PATHS, WATCHED_VM_PATHS, vmView } from './vm-view.ts';

/** Source VM properties that a base and its clones depend on. */
const SOURCE_PATHS = [
  'name',
  'parent',
  'runtime.host',
  'snapshot',
  'config.template',
  'config.changeVersion',
  'config.instanceUuid',
  'resourcePool',
] as const;
/** How much longer than others a look at a victim waits for company: deletions come in numbers and nobody waits for one. */
const VICTIM_WINDOWS = 4;

export interface ConnectionOptions {
  name: string;
  uid: string;
  client: VSphereClient;
  clock: Clock;
  logger: Logger;
  limits: Limits;
  batchWindowMs: number;
  capacityRetryMs: number;
  /** A tree that lacks what was asked for is read again, but not more often than this. */
  treeRereadMs: number;
  /** How long a customization specification is taken as it was read. */
  specCacheMs: number;
  eventCheck: EventCheckTimes;
  /** What is held here: it outlives the connection. */
  holds: VCenterHolds;
  crds: Pick<TerminatingCrds, 'get'>;
  /** A VM or the object behind an operation changed: wake whoever it belongs to. */
  onVmChange(vm: VmView, left: boolean): void;
  onOperationEnd(owner: OperationOwner): void;
  onSourceChange(source: MoRef): void;
  /** A host can take clones from now on, or no longer. */
  onHostChange(host: MoRef, usable: boolean): void;
  /** vCenter is away or back, the stream broke or came back, a login asks for a look at the latest event, or the last operation has ended. */
  onConnectionChange(): void;
  /** vCenter was away and is back, or the stream is that refused somebody: whoever was refused meanwhile goes on now. */
  onBack(): void;
}

export class VCenterConnection {
  readonly name: string;
  readonly uid: string;
  readonly client: VSphereClient;
  readonly inventory = new VmInventory();
  readonly slots = new SlotPools();
  readonly operations: Operations;
  readonly sourceTasks: SourceTasks;
  readonly breaker: FailureBreaker;
  readonly admissions = new Admissions();
  readonly folders: FolderScan;
  readonly history: CloneHistory;
  readonly victims: VictimReads;
  readonly borrowed = new BorrowedDisks();
  /** Hosts by key, kept current by the update stream. */
  readonly hosts = new Map<string, HostState>();
  /** Destination host chosen when a clone's slot was granted, by slot id. */
  readonly grantedHosts = new Map<string, MoRef>();
  /** Clones whose pause before the next attempt is over early, by UID. */
  readonly hurried = new Set<string>();
  /** What is held here, and why. */
  readonly holds: VCenterHolds;
  /** Our CustomResourceDefinitions that are being deleted. */
  readonly crds: Pick<TerminatingCrds, 'get'>;
  readonly events: EventCheck;
  readonly #options: ConnectionOptions;
  /** Watched source VMs of bases: their properties, and how often they changed. */
  readonly #sources = new Map<string, { properties: Readonly<Record<string, unknown>>; changes: number }>();
  readonly #lookups: Lookups;
  readonly #watchedFolders = new WatchedOnce(
    (folder) => this.client.updates.watchFolders([folder], WATCHED_VM_PATHS),
    () => (this.#turnedAway = true),
  );
  readonly #watchedHosts = new Set<string>();
  readonly #watchedSources = new WatchedOnce(
    (source) => this.client.updates.watchObjects([source], SOURCE_PATHS),
    () => (this.#turnedAway = true),
  );
  #tree: { tree: InventoryTree; readAt: number } | undefined;
  #treeLoading: Promise<InventoryTree> | undefined;
  #treesForgotten = 0;
  /** The stream has delivered the whole state once. */
  #synced = false;
  /** Somebody was refused what is to be watched first. */
  #turnedAway = false;
  #stop = new AbortController();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.name = options.name;
    this.uid = options.uid;
    this.client = options.client;
    this.slots.limits = options.limits;
    this.holds = options.holds;
    this.crds = options.crds;
    this.events = new EventCheck({
      ...options.eventCheck,
      name: options.name,
      login: () => options.client.generation,
      ask: () => options.onConnectionChange(),
    });
    this.operations = new Operations((operation, outcome) => this.#ended(operation, outcome));
    this.sourceTasks = new SourceTasks(this, options.clock, options.batchWindowMs);
    this.breaker = new FailureBreaker(options.clock, options.capacityRetryMs);
    this.folders = new FolderScan(options.client, options.clock, options.batchWindowMs);
    this.history = new CloneHistory(options.client, options.clock, options.batchWindowMs);
    this.#lookups = new Lookups(options.client, options.clock, options.specCacheMs);
    this.victims = new VictimReads({
      client: options.client,
      clock: options.clock,
      windowMs: VICTIM_WINDOWS * options.batchWindowMs,
      paths: VICTIM_PATHS,
      upcoming: (count) => [...this.slots.delete.upcoming(count), ...this.slots.power.upcoming(count)],
    });
  }

  get instanceUuid(): string {
    return this.client.about.instanceUuid;
  }

  /** Milliseconds since the update stream last answered. */
  get pollAgeMs(): number {
    return this.#options.clock.monotonic() - this.client.updates.lastContact;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Reads the inventory and starts the update stream. */
  async start(): Promise<void> {
    this.client.updates.onBatch((batch) => this.#apply(batch));
    this.client.updates.onFailureChange((failure) => this.#tell(failure === undefined && this.#turnedAway));
    this.client.onAwayChange((failure) => this.#tell(failure === undefined));
    await this.tree();
    this.client.updates.start(this.#stop.signal);
  }

  #tell(isBack: boolean): void {
    this.#options.onConnectionChange();
    if (!isBack) return;
    this.#turnedAway = false;
    this.#options.onBack();
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error(`connection to VCenter "${this.name}" closed`));
    await this.client.close();
  }

  setLimits(limits: Limits): void {
    this.slots.limits = limits;
    this.slots.clone.pump();
    this.slots.power.pump();
    this.slots.snapshot.pump();
    this.slots.delete.pump();
  }

  /** The inventory; `fresh`: read again unless that was done a moment ago. */
  async tree(fresh = false): Promise<InventoryTree> {
    const now = this.#options.clock.monotonic();
    if (this.#tree !== undefined && (!fresh || now - this.#tree.readAt < this.#options.treeRereadMs))
      return this.#tree.tree;
    if (this.#treeLoading !== undefined) return this.#treeLoading;
    const loading = this.#loadTree().finally(() => {
      if (this.#treeLoading === loading) this.#treeLoading = undefined;
    });
    this.#treeLoading = loading;
    loading.catch(() => (this.#turnedAway = true));
    return loading;
  }

  async #loadTree(): Promise<InventoryTree> {
    const forgotten = this.#treesForgotten;
    const objects = await this.client.readTree(this.client.content.rootFolder, TREE_PATHS, this.#stop.signal);
    const tree = new InventoryTree(this.client.content.rootFolder, objects);
    await this.#watchHosts(tree);
    // one that was begun before it was known to be outdated may lack what was made meanwhile
    if (forgotten === this.#treesForgotten) this.#tree = { tree, readAt: this.#options.clock.monotonic() };
    return tree;
  }

  /** Follows the hosts that came since the inventory was last read. */
  async #watchHosts(tree: InventoryTree): Promise<void> {
    const hosts = tree.ofType('HostSystem').filter((host) => !this.#watchedHosts.has(moRefKey(host.ref)));
    if (hosts.length === 0) return;
    for (const host of hosts) this.hosts.set(moRefKey(host.ref), hostState(host.ref, host.properties));
    await this.client.updates.watchObjects(
      hosts.map((host) => host.ref),
      HOST_PATHS,
    );
    for (const host of hosts) this.#watchedHosts.add(moRefKey(host.ref));
  }

  forgetTree(): void {
    this.#treesForgotten += 1;
    this.#tree = undefined;
    this.#treeLoading = undefined;
  }

  /** Watches the VMs of a folder from now on; settles when the folder's VMs are known. */
  watchFolder(folder: MoRef): Promise<void> {
    return this.#watchedFolders.ask(folder);
  }

  /** Watches a base's source VM. */
  watchSource(source: MoRef): Promise<void> {
    return this.#watchedSources.ask(source);
  }

  /** A stored customization specification; undefined when there is none of that name. */
  customizationSpec(name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    return this.#lookups.customizationSpec(name);
  }

  /** `; there are "a", "b"`: the specifications that exist, for a message. */
  customizationNames(): Promise<string> {
    return this.#lookups.customizationNames();
  }

  /** Devices of a snapshot's own configuration; read again when a source VM changed. Throws where they can't be read. */
  snapshotDisks(snapshot: MoRef): Promise<readonly Device[]> {
    return this.#lookups.snapshotDisks(snapshot);
  }

  /** What was read of snapshots isn't used any more: the next who asks gets it as it is then. */
  forgetSnapshotDisks(): void {
    this.#lookups.forgetSnapshots();
  }

  /** The inventory as last read; undefined before the first time. */
  get knownTree(): InventoryTree | undefined {
    return this.#tree?.tree;
  }

  /** Milliseconds since the inventory was read; infinite before that, and in a new session. */
  get treeAgeMs(): number {
    return this.#options.clock.monotonic() - (this.#tree?.readAt ?? Number.NEGATIVE_INFINITY);
  }

  /** How often the update stream reported a change of this source VM. */
  sourceChanges(source: MoRef): number {
    return this.#sources.get(moRefKey(source))?.changes ?? 0;
  }

  /** The host that a watched source VM is registered on: it pays for every clone of it. */
  sourceHost(source: MoRef): MoRef | undefined {
    return this.#sources.get(moRefKey(source))?.properties['runtime.host'] as MoRef | undefined;
  }

  /** Whether a watched source VM is a template; undefined while it isn't known. */
  isTemplate(source: MoRef): boolean | undefined {
    return this.#sources.get(moRefKey(source))?.properties['config.template'] as boolean | undefined;
  }

  /** The resource pool of a VM; undefined for a template. */
  async poolOf(vm: MoRef): Promise<MoRef | undefined> {
    const known = this.#sources.get(moRefKey(vm));
    const properties = known?.properties ?? (await this.client.read(vm, ['resourcePool'])).properties;
    return properties['resourcePool'] as MoRef | undefined;
  }

  /** Follows a task of ours, on that machine, until it ends. */
  track(owner: OperationOwner, kind: OperationKind, task: MoRef, on: MoRef | undefined): void {
    this.events.changed(this.#options.clock.monotonic());
    this.operations.started({ owner, kind, task, on, startedAt: this.#options.clock.monotonic() });
    this.client.updates.trackTask(task, { urgency: OPERATION_FACTS[kind].urgency });
  }

  /**
   * Gives back what an object holds or waits for without use, but for the pools it has just asked for. To be called at the
   * end of each of its reconciles: one that couldn't go on would keep a slot for ever, and a pool's last ones all work.
   */
  releaseUnused(uid: string, asked: ReadonlySet<PoolName>): void {
    const running = new Set(
      OPERATION_KINDS.filter((kind) => this.operations.running(uid, kind)).map((kind) => OPERATION_FACTS[kind].pool),
    );
    for (const pool of POOL_NAMES)
      if (!asked.has(pool) && !running.has(pool) && this.slots[pool].knows(uid)) this.slots.release(pool, uid);
  }

  /** Forgets an object that is gone: what it waits for, and how its operations ended. A task that runs keeps its slot. */
  forget(uid: string): void {
    this.releaseUnused(uid, new Set());
    this.operations.forget(uid);
    this.grantedHosts.delete(uid);
    this.hurried.delete(uid);
    this.admissions.withdraw(uid);
    this.breaker.reset(uid); // of one without a set
    this.breaker.left(uid);
    this.victims.changed(uid);
    this.events.forget(uid);
  }

  #ended(operation: Operation, outcome: Outcome): void {
    const pool = OPERATION_FACTS[operation.kind].pool;
    this.events.changed(this.#options.clock.monotonic()); // its events came after those of its start
    this.#options.logger.debug(
      { kind: operation.kind, task: operation.task.value, state: outcome.state, object: operation.owner.key },
      'task ended',
    );
    this.victims.changed(operation.owner.uid);
    this.borrowed.ended(operation, outcome, this.client.generation);
    if (pool !== undefined) this.slots.release(pool, operation.owner.uid);
    this.#options.onOperationEnd(operation.owner);
    if (this.operations.size === 0) this.#options.onConnectionChange();
  }

  #apply(batch: UpdateBatch): void {
    // before anybody is woken by what a restored vCenter no longer has
    if (!this.events.isDone) this.#options.onConnectionChange();
    if (batch.resynced) {
      this.#watchedFolders.clear(); // a folder that is gone was dropped; what is watched already costs nothing to ask for
      // what happened to hosts meanwhile is looked for when one is chosen
      if (this.#synced && this.#tree !== undefined) this.#tree = { ...this.#tree, readAt: Number.NEGATIVE_INFINITY };
      this.#synced = true;
    }
    for (const change of batch.objects) {
      if (change.ref.type === 'HostSystem')
        this.#applyHost(change.ref, change.change === 'leave' ? undefined : change.properties);
      else {
        const changes = this.sourceChanges(change.ref) + 1;
        this.#sources.set(moRefKey(change.ref), {
          properties: change.change === 'leave' ? {} : change.properties,
          changes,
        });
        this.forgetSnapshotDisks();
        this.#options.onSourceChange(change.ref);
      }
    }
    for (const change of batch.vms) {
      if (change.change === 'leave') {
        const vm = this.inventory.remove(change.ref);
        if (vm !== undefined) this.#options.onVmChange(vm, true);
        continue;
      }
      const vm = vmView(change.ref, change.properties, change.missing);
      const before = this.inventory.get(change.ref);
      this.inventory.upsert(vm);
      this.#options.onVmChange(vm, false);
      // a marker that was changed or taken away concerns its former owner, too
      if (before?.marker !== undefined && before.marker.uid !== vm.marker?.uid) this.#options.onVmChange(before, true);
    }
    // tasks last: whoever is woken by an end finds the VMs as they are after it
    for (const task of batch.tasks) {
      // one of ours may have been found as a stranger's before it was known: it holds a slot as both
      this.operations.update(task.ref, task);
      this.sourceTasks.update(task.ref, task);
    }
  }

  #applyHost(ref: MoRef, properties: Readonly<Record<string, unknown>> | undefined): void {
    const before = this.hosts.get(moRefKey(ref));
    const now = properties === undefined ? undefined : hostState(ref, properties);
    if (now === undefined) this.hosts.delete(moRefKey(ref));
    else this.hosts.set(moRefKey(ref), now);
    this.slots.clone.pump();
    const usable = now !== undefined && isUsable(now);
    if (before !== undefined && isUsable(before) !== usable) this.#options.onHostChange(ref, usable);
  }
}
