// Every task there was, as vCenter's database keeps them: what ended stays here long after its object is gone, and over a
// restart. A task that is alive says itself how it is.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';
import { HistoryLog } from '../events/history-log.ts';
import { whereaboutsOf } from '../events/whereabouts.ts';
import type { SavedLog } from '../events/history-log.ts';
import type { Whereabouts } from '../events/whereabouts.ts';

export type TaskInfo = Readonly<Record<string, unknown>>;

export interface TaskRecord extends Whereabouts {
  readonly info: TaskInfo;
}

const MOST = 20_000;

/** Keeps what the task said at last, and lets go of its object, when it ends. */
class LiveRecord implements TaskRecord {
  readonly about: MoRef | undefined;
  readonly ancestors: readonly MoRef[];
  #source: Pick<SimObject, 'get'>;

  constructor(object: SimObject, { about, ancestors }: Whereabouts) {
    this.#source = object;
    this.about = about;
    this.ancestors = ancestors;
  }

  get info(): TaskInfo {
    return this.#source.get('info') as TaskInfo;
  }

  close(): void {
    const { info } = this;
    this.#source = { get: () => info };
  }
}

type Listener = (number: number, record: TaskRecord) => void;

export class TaskHistory {
  readonly log = new HistoryLog<TaskRecord>(MOST);
  readonly #world: World;
  /** By MoRef value: tasks that haven't ended. */
  readonly #live = new Map<string, { readonly number: number; readonly record: LiveRecord }>();
  readonly #listeners = new Set<Listener>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Calls `listener` for every task that is new, starts or ends; returns how to stop. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A new task; its object has its info. */
  add(object: SimObject, entity: SimObject): void {
    const record = new LiveRecord(object, whereaboutsOf(this.#world, entity));
    const number = this.log.append(record);
    this.#live.set(object.value, { number, record });
    this.#tell(number, record);
  }

  /** Its state changed. */
  changed(task: MoRef): void {
    const known = this.#live.get(task.value);
    if (known !== undefined) this.#tell(known.number, known.record);
  }

  /** Its info won't change any more. */
  ended(task: MoRef): void {
    this.#live.get(task.value)?.record.close();
    this.changed(task);
    this.#live.delete(task.value);
  }

  /** As everything is now: a task that runs is kept as it stands. */
  save(): SavedLog<TaskRecord> {
    const { items, first } = this.log.save();
    return { first, items: items.map(({ info, about, ancestors }) => ({ info, about, ancestors })) };
  }

  #tell(number: number, record: TaskRecord): void {
    for (const listener of this.#listeners) listener(number, record);
  }
}
