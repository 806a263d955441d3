// Clone tasks on a source VM that somebody started and we don't know: our own from before a restart, or others'. They
// take slots of the host as ours do, and one of them may be the clone whose outcome is searched for. So before a second
// CloneVM for the same LinkedClone, all of them have ended.
import { Batcher } from '../../util/batcher.ts';
import type { Clock } from '../../util/clock.ts';
import { hasVanished, refuseMissing } from '../../vsphere/client.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { TaskState } from '../../vsphere/updates.ts';
import type { VCenterConnection } from './connection.ts';

/** TaskInfo.descriptionId of clones: vCenter's, and the one that vcsim uses. */
const CLONE_DESCRIPTIONS = new Set(['VirtualMachine.clone', 'VirtualMachine.cloneVm']);

/** The same of tasks that take or remove snapshots; vCenter calls the removal of a single one `vm.Snapshot.remove`. */
const SNAPSHOT_DESCRIPTION =
  /^(?:VirtualMachine\.(?:createSnapshot|removeAllSnapshots)|(?:vm\.Snapshot|VirtualMachineSnapshot)\.remove)/;
const RUNNING = new Set(['queued', 'running']);

interface ForeignTask {
  readonly source: string;
  readonly slotId: string;
}

export class SourceTasks {
  readonly #connection: VCenterConnection;
  readonly #foreign = new Map<string, ForeignTask>();
  /** Who waits for the end of a task, by source and UID. */
  readonly #waiters = new Map<string, Map<string, () => void>>();
  /** A look begins after the last of its callers asked: an older one may have missed the task that a caller lost. */
  readonly #looks: Batcher<MoRef, number>;

  constructor(connection: VCenterConnection, clock: Clock, windowMs: number) {
    this.#connection = connection;
    this.#looks = new Batcher<MoRef, number>({
      clock,
      windowMs,
      maxBatch: 1,
      idOf: moRefKey,
      load: async (sources) => {
        const running = new Map<string, number>();
        for (const source of sources) running.set(moRefKey(source), await this.#look(source));
        return running;
      },
    });
  }

  /**
   * Looks at the source's running clone tasks (live); the number of those that aren't tracked as ours. None run on a source
   * that isn't registered: vCenter unregisters no VM that a task works on.
   */
  async lookAt(source: MoRef): Promise<number> {
    try {
      return await this.#looks.get(source);
    } catch (error) {
      if (error instanceof VSphereError && error.kind === 'notFound') return 0;
      throw error;
    }
  }

  /**
   * Calls `wake` when an unknown clone task of the source ended; at once if the last has ended since it was seen. `uid` says for
   * whom, and however often it asks it's called once.
   */
  onEnd(source: MoRef, uid: string, wake: () => void): void {
    const key = moRefKey(source);
    if (![...this.#foreign.values()].some((task) => task.source === key)) {
      wake();
      return;
    }
    const waiters = this.#waiters.get(key) ?? new Map<string, () => void>();
    waiters.set(uid, wake);
    this.#waiters.set(key, waiters);
  }

  update(task: MoRef, state: TaskState): void {
    const foreign = this.#foreign.get(moRefKey(task));
    if (foreign === undefined) return;
    if (!state.gone && (state.info.state === 'queued' || state.info.state === 'running')) return;
    this.#foreign.delete(moRefKey(task));
    this.#connection.slots.release('clone', foreign.slotId);
    const waiters = this.#waiters.get(foreign.source);
    this.#waiters.delete(foreign.source);
    for (const wake of waiters?.values() ?? []) wake();
  }

  /** True while a snapshot of the source is being taken or removed by anyone (live). */
  async snapshotTaskRuns(source: MoRef): Promise<boolean> {
    return (await this.#untracked(source)).some((description) => SNAPSHOT_DESCRIPTION.test(description));
  }

  /** True while anything is queued or under way on the machine that this process doesn't follow (live). */
  async taskRuns(machine: MoRef): Promise<boolean> {
    return (await this.#untracked(machine)).length > 0;
  }

  /** Descriptions of what is queued or runs. */
  async #untracked(machine: MoRef): Promise<string[]> {
    const { client, operations, signal } = this.#connection;
    const state = await client.read(machine, ['recentTask'], signal);
    refuseMissing(state);
    const recent = ((state.properties['recentTask'] as readonly MoRef[] | undefined) ?? []).filter(
      (task) => !operations.isTracked(task),
    );
    const infos = await client.readMany(recent, ['info.state', 'info.descriptionId'], signal);
    return [...infos.values()]
      .map(tellingInfo)
      .filter((info) => RUNNING.has(String(info?.['info.state'])))
      .map((info) => String(info?.['info.descriptionId']));
  }

  async #look(source: MoRef): Promise<number> {
    const { client, operations, slots } = this.#connection;
    const state = await client.read(source, ['recentTask', 'runtime.host'], this.#connection.signal);
    refuseMissing(state); // tasks that are hidden may run
    const recent = (state.properties['recentTask'] as readonly MoRef[] | undefined) ?? [];
    const unknown = recent.filter((task) => !operations.isTracked(task));
    const infos = await client.readMany(unknown, ['info.state', 'info.descriptionId'], this.#connection.signal);
    let running = 0;
    for (const task of unknown) {
      if (operations.isTracked(task)) continue; // the answer to our call came while this was read
      const info = tellingInfo(infos.get(moRefKey(task)));
      if (info === undefined) continue; // ended and aged out meanwhile
      if (!CLONE_DESCRIPTIONS.has(String(info['info.descriptionId']))) continue;
      if (!RUNNING.has(String(info['info.state']))) continue;
      running += 1;
      if (this.#foreign.has(moRefKey(task))) continue;
      const slotId = `task/${task.value}`;
      this.#foreign.set(moRefKey(task), { source: moRefKey(source), slotId });
      slots.adoptClone(slotId, source, state.properties['runtime.host'] as MoRef | undefined);
      client.updates.trackTask(task);
    }
    return running;
  }
}

/** What is told of a task; undefined of one that is gone. Throws the fault where it may not be read: it may run. */
function tellingInfo(state: ObjectState | undefined): ObjectState['properties'] | undefined {
  if (state === undefined || hasVanished(state)) return undefined;
  refuseMissing(state);
  return state.properties;
}
