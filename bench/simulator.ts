// One vCenter double under one client that watches every machine: how long it takes to start, to tell of one change, to
// answer a read of everything, to make clones; and what it sends again that it needn't. The change is a new name: vcsim
// tells nobody of a new annotation.
import { createLogger } from '../src/telemetry/logger.ts';
import { systemClock } from '../src/util/clock.ts';
import { VSphereClient } from '../src/vsphere/client.ts';
import { isMoRef } from '../src/vsphere/mo-ref.ts';
import type { MoRef } from '../src/vsphere/mo-ref.ts';

export interface Server {
  readonly url: string;
  readonly thumbprint: string;
  readonly username: string;
  readonly password: string;
  residentBytes(): number;
  stop(): Promise<void>;
}

export interface SimulatorResult {
  readonly machines: number;
  readonly startSeconds: number;
  readonly residentBytes: number;
  /** Six properties of every machine in pages of 500: the median of five. */
  readonly readAllSeconds: number;
  readonly watched: WatchedResult;
  readonly clones: {
    /** Made and powered on, at a concurrency of 16. */
    readonly perSecond: number;
    /** Whether a client watched every machine meanwhile. */
    readonly watched: boolean;
  };
}

/** With one client that watches every machine. */
interface WatchedResult {
  readonly residentBytes: number;
  /** From the call that changes one machine to the update at the client that watches all. */
  readonly changeMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Machines that an answer of the poll told of because of one clone. */
  readonly resentForOneClone: number;
}

interface ObjectUpdate {
  readonly kind: string;
  readonly obj: MoRef;
}

interface UpdateSet {
  readonly version: string;
  readonly filterSet?: readonly { readonly objectSet?: readonly ObjectUpdate[] }[];
}

const SIX = ['name', 'parent', 'config.annotation', 'config.instanceUuid', 'runtime.powerState', 'runtime.host'];
const PAGE = 500;
const CONCURRENCY = 16;

function connect({ url: server, thumbprint, username, password }: Server): Promise<VSphereClient> {
  return VSphereClient.connect({
    server,
    username,
    password,
    tls: { thumbprint },
    userAgent: 'bench/1',
    clock: systemClock,
    logger: createLogger('silent'),
  });
}

/** The machines of the whole inventory, through a view of its own. */
class Machines {
  readonly client: VSphereClient;
  readonly spec: Record<string, unknown>;

  private constructor(client: VSphereClient, view: MoRef) {
    this.client = client;
    this.spec = {
      propSet: [{ type: 'VirtualMachine', pathSet: SIX }],
      objectSet: [
        {
          obj: view,
          skip: true,
          selectSet: [{ $type: 'TraversalSpec', type: 'ContainerView', path: 'view', skip: false }],
        },
      ],
    };
  }

  static async of(client: VSphereClient): Promise<Machines> {
    const { viewManager, rootFolder } = client.content;
    const args = { container: rootFolder, type: ['VirtualMachine'], recursive: true };
    return new Machines(client, await client.invoke<MoRef>(viewManager, 'CreateContainerView', args));
  }

  async readAll(): Promise<MoRef[]> {
    const { client, spec } = this;
    const collector = client.content.propertyCollector;
    interface Page {
      readonly token?: string;
      readonly objects?: readonly { readonly obj: MoRef }[];
    }
    const found: MoRef[] = [];
    const args = { specSet: [spec], options: { maxObjects: PAGE } };
    let page = await client.invoke<Page>(collector, 'RetrievePropertiesEx', args);
    for (;;) {
      for (const { obj } of page.objects ?? []) found.push(obj);
      if (page.token === undefined) return found;
      page = await client.invoke<Page>(collector, 'ContinueRetrievePropertiesEx', { token: page.token });
    }
  }
}

/** A collector that watches every machine; each answer goes to `onUpdates`. */
class Watcher {
  readonly #client: VSphereClient;
  readonly #collector: MoRef;
  #version = '';
  #stopped = false;
  onUpdates: (updates: readonly ObjectUpdate[]) => void = () => undefined;

  private constructor(client: VSphereClient, collector: MoRef) {
    this.#client = client;
    this.#collector = collector;
  }

  static async of(machines: Machines): Promise<Watcher> {
    const { client, spec } = machines;
    const collector = await client.invoke<MoRef>(client.content.propertyCollector, 'CreatePropertyCollector');
    await client.invoke(collector, 'CreateFilter', { spec, partialUpdates: true });
    const watcher = new Watcher(client, collector);
    while ((await watcher.#ask(0)) !== undefined) {
      // until everything was told once
    }
    return watcher;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      const updates = await this.#ask(10);
      if (updates !== undefined) this.onUpdates(updates);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #ask(maxWaitSeconds: number): Promise<readonly ObjectUpdate[] | undefined> {
    const args = { version: this.#version, options: { maxWaitSeconds } };
    const set = await this.#client.invoke<UpdateSet | undefined>(this.#collector, 'WaitForUpdatesEx', args);
    if (set === undefined) return undefined;
    this.#version = set.version;
    return (set.filterSet ?? []).flatMap(({ objectSet = [] }) => objectSet);
  }
}

async function done(client: VSphereClient, task: MoRef): Promise<MoRef | undefined> {
  for (;;) {
    const { properties } = await client.read(task, ['info.state', 'info.result', 'info.error']);
    const { 'info.state': state, 'info.result': result } = properties;
    if (state === 'error') throw new Error(JSON.stringify(properties['info.error']));
    if (state === 'success') return isMoRef(result) ? result : undefined;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

async function timeChanges(client: VSphereClient, watcher: Watcher, vms: readonly MoRef[], count: number) {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const vm = vms[(i * 7919) % vms.length] as MoRef;
    const told = new Promise<void>((resolve) => {
      watcher.onUpdates = (updates) => updates.some(({ obj }) => obj.value === vm.value) && resolve();
    });
    const start = performance.now();
    const task = await client.invoke<MoRef>(vm, 'Rename_Task', { newName: `renamed-${i}` });
    await told;
    times.push(performance.now() - start);
    await done(client, task);
  }
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: times.at(-1) ?? Number.NaN };
}

/** How a clone is asked for: a linked one where a machine has a snapshot (vcsim generates none), else a plain one. */
interface CloneRecipe {
  readonly source: MoRef;
  readonly folder: MoRef;
  readonly spec: Record<string, unknown>;
}

async function recipeOf(client: VSphereClient, vms: readonly MoRef[]): Promise<CloneRecipe> {
  const states = [...(await client.readMany(vms, ['snapshot'])).values()];
  const parent = states.find((state) => state?.properties['snapshot'] !== undefined);
  const source = parent?.ref ?? vms[0];
  const snapshot = (parent?.properties['snapshot'] as { currentSnapshot: MoRef } | undefined)?.currentSnapshot;
  const sibling = vms.find(({ value }) => value !== source?.value);
  if (source === undefined || sibling === undefined) throw new Error('there are fewer than two machines');
  const { properties } = await client.read(sibling, ['parent', 'resourcePool']);
  const location = {
    pool: properties['resourcePool'],
    ...(snapshot === undefined ? {} : { diskMoveType: 'createNewChildDiskBacking' }),
  };
  const spec = { location, powerOn: false, template: false, ...(snapshot === undefined ? {} : { snapshot }) };
  return { source, folder: properties['parent'] as MoRef, spec };
}

async function clone(client: VSphereClient, { source, folder, spec }: CloneRecipe, name: string): Promise<MoRef> {
  const made = await done(client, await client.cloneVm(source, folder, name, spec));
  if (made === undefined) throw new Error(`no machine came out of the clone ${name}`);
  return made;
}

export interface Work {
  readonly changes: number;
  readonly clones: number;
  /** Whether every machine is watched while clones are made. */
  readonly watchClones: boolean;
  /** So long nothing comes after the last update that one clone sets off. */
  readonly quietMs: number;
}

type Note = (text: string) => void;

/** Machines that the watcher is told of because of one clone. */
async function countResent(client: VSphereClient, watcher: Watcher, recipe: CloneRecipe, quietMs: number) {
  const told = new Set<string>();
  const quiet = new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    watcher.onUpdates = (updates) => {
      for (const { obj } of updates) told.add(obj.value);
      clearTimeout(timer);
      timer = setTimeout(resolve, quietMs);
    };
  });
  await clone(client, recipe, 'one-clone');
  await quiet;
  watcher.onUpdates = () => undefined;
  return told.size;
}

async function clonesPerSecond(client: VSphereClient, recipe: CloneRecipe, count: number): Promise<number> {
  const from = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (next < count) {
        const made = await clone(client, recipe, `bench-${next++}`);
        await done(client, await client.powerOn(made));
      }
    }),
  );
  return count / ((performance.now() - from) / 1000);
}

async function benchWatched(server: Server, vms: readonly MoRef[], work: Work, note: Note) {
  const [watching, working] = [await connect(server), await connect(server)];
  const watcher = await Watcher.of(await Machines.of(watching));
  const running = watcher.run();
  running.catch(() => undefined); // it ends with the server; what matters of it is awaited below
  try {
    const residentBytes = server.residentBytes();
    const changeMs = await timeChanges(working, watcher, vms, work.changes);
    note(`one change in ${changeMs.p50.toFixed(1)} ms, p99 ${changeMs.p99.toFixed(1)} ms`);
    const recipe = await recipeOf(working, vms);
    const resentForOneClone = await countResent(working, watcher, recipe, work.quietMs);
    note(`one clone: told of ${resentForOneClone} machines`);
    if (!work.watchClones) {
      watcher.stop();
      await running;
      await watching.close();
    }
    const perSecond = await clonesPerSecond(working, recipe, work.clones);
    note(`${perSecond.toFixed(0)} clones a second, powered on`);
    watcher.stop();
    await running;
    return {
      watched: { residentBytes, changeMs, resentForOneClone },
      clones: { perSecond, watched: work.watchClones },
    };
  } finally {
    await Promise.allSettled([watching.close(), working.close()]);
  }
}

/** Starts a server, measures it, stops it. */
export async function benchSimulator(
  start: () => Promise<Server>,
  work: Work,
  signal: AbortSignal,
  note: Note,
): Promise<SimulatorResult> {
  const startedAt = performance.now();
  const server = await start();
  const onAbort = (): void => void server.stop(); // what waits for an answer gets an error instead
  signal.addEventListener('abort', onAbort);
  try {
    const startSeconds = (performance.now() - startedAt) / 1000;
    note(`started after ${startSeconds.toFixed(1)} s`);
    const client = await connect(server);
    const machines = await Machines.of(client);
    const reads: number[] = [];
    let vms: MoRef[] = [];
    for (let i = 0; i < 5; i += 1) {
      const from = performance.now();
      vms = await machines.readAll();
      reads.push((performance.now() - from) / 1000);
    }
    reads.sort((a, b) => a - b);
    const readAllSeconds = quantile(reads, 0.5);
    note(`read ${vms.length} machines in ${readAllSeconds.toFixed(2)} s`);
    await client.close();
    const residentBytes = server.residentBytes();
    const watched = await benchWatched(server, vms, work, note);
    return { machines: vms.length, startSeconds, residentBytes, readAllSeconds, ...watched };
  } finally {
    signal.removeEventListener('abort', onAbort);
    await server.stop();
  }
}
