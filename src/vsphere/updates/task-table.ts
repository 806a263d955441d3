// The tasks that somebody waits for. Each is followed from `trackTask` to its end, over any number of sessions; an end is
// reported once and the task forgotten, at the latest with its session: a restored vCenter gives its references to other
// tasks. Progress is not watched: it would wake the poll all the time for nothing.
import { isDeepStrictEqual } from 'node:util';
import { errorFromFault } from '../faults.ts';
import { isMoRef, moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';
import type { TaskCause } from '../task-causes.ts';
import type { TaskInfo, TaskState } from '../updates.ts';
import { URGENCY, isUrgent } from '../task-urgency.ts';
import type { TaskForecast } from './task-forecast.ts';
import { applyChanges } from './update-set.ts';
import type { ObjectUpdate } from './update-set.ts';

/** What is watched of a task. */
export const TASK_PATHS = [
  'info.state',
  'info.error',
  'info.result',
  'info.entity',
  'info.descriptionId',
  'info.queueTime',
  'info.startTime',
  'info.completeTime',
] as const;

interface Tracked {
  readonly ref: MoRef;
  readonly cause: TaskCause | undefined;
  readonly urgency: number;
  properties: Readonly<Record<string, unknown>>;
}

/** Ends that are remembered, for somebody who asks about a task once more before the list has dropped it. */
const REMEMBERED_ENDS = 1_000;

const STATES: ReadonlySet<unknown> = new Set(['queued', 'running', 'success', 'error']);

/** True for the states that a task doesn't leave. */
export function isEnd(state: TaskInfo['state']): boolean {
  return state === 'success' || state === 'error';
}

export class TaskTable {
  readonly #tracked = new Map<string, Tracked>();
  readonly #ended = new Map<string, TaskState>();
  /** Number of the session in which those ended. */
  #endedIn: number | undefined;
  #states = new Map<string, TaskState>();
  readonly #generation: () => number;
  readonly #forecast: TaskForecast | undefined;

  /** `generation`: number of the current session. The forecast is told of each task that begins or ends. */
  constructor(generation: () => number, forecast?: TaskForecast) {
    this.#generation = generation;
    this.#forecast = forecast;
  }

  /** How many tasks haven't ended as far as is known. */
  get openCount(): number {
    return this.#tracked.size;
  }

  /** True when somebody waits for the end of one that hasn't ended. */
  get anyUrgent(): boolean {
    for (const { urgency } of this.#tracked.values()) if (isUrgent(urgency)) return true;
    return false;
  }

  /** The tasks that haven't ended as far as is known. */
  get open(): MoRef[] {
    return [...this.#tracked.values()].map(({ ref }) => ref);
  }

  /** `new`: it has to be watched now; `known`: it is; a state: it has ended, and was seen to. */
  track(ref: MoRef, cause?: TaskCause, urgency: number = URGENCY.soon): 'new' | 'known' | TaskState {
    const key = moRefKey(ref);
    if (this.#tracked.has(key)) return 'known';
    const ended = this.#remembered.get(key);
    if (ended !== undefined) return ended;
    this.#tracked.set(key, { ref, cause, urgency, properties: {} });
    this.#forecast?.started(key, cause?.method ?? '', urgency);
    return 'new';
  }

  /** Applies an update; true when the task has ended by it. */
  apply(update: ObjectUpdate): boolean {
    const task = this.#tracked.get(moRefKey(update.obj));
    if (task === undefined) return false;
    if (update.kind === 'leave') return this.gone(update.obj);
    const before = task.properties;
    task.properties = applyChanges(update.kind === 'enter' ? {} : before, update.changeSet ?? []);
    if (isDeepStrictEqual(before, task.properties) || !STATES.has(task.properties['info.state'])) return false;
    const state: TaskState = { ref: task.ref, gone: false, info: toInfo(task) };
    this.#states.set(moRefKey(task.ref), state);
    if (!isEnd(state.info.state)) return false;
    this.#end(state);
    return true;
  }

  /** vCenter doesn't know the task; true when it was followed. */
  gone(ref: MoRef): boolean {
    if (!this.#tracked.has(moRefKey(ref))) return false;
    const state: TaskState = { ref, gone: true };
    this.#states.set(moRefKey(ref), state);
    this.#end(state);
    return true;
  }

  #end(state: TaskState): void {
    const key = moRefKey(state.ref);
    this.#tracked.delete(key);
    this.#forecast?.ended(key);
    const remembered = this.#remembered;
    remembered.set(key, state);
    const oldest = remembered.keys().next();
    if (remembered.size > REMEMBERED_ENDS && oldest.done !== true) remembered.delete(oldest.value);
  }

  /** The ends of the current session. */
  get #remembered(): Map<string, TaskState> {
    const generation = this.#generation();
    if (generation !== this.#endedIn) this.#ended.clear();
    this.#endedIn = generation;
    return this.#ended;
  }

  /** True while `take` would tell of the end of a task; that one runs now is no news to whoever started it. */
  get ended(): boolean {
    for (const state of this.#states.values()) {
      if (state.gone || isEnd(state.info.state)) return true;
    }
    return false;
  }

  /** The latest state of each task that changed since the last call. */
  take(): TaskState[] {
    const states = [...this.#states.values()];
    this.#states = new Map();
    return states;
  }
}

function toInfo({ ref, cause, properties }: Tracked): TaskInfo {
  const text = (path: string): string | undefined => {
    const value = properties[path];
    return typeof value === 'string' ? value : undefined;
  };
  const entity = properties['info.entity'];
  const result = properties['info.result'];
  const state = text('info.state') as TaskInfo['state'];
  const descriptionId = text('info.descriptionId') ?? '';
  const startTime = text('info.startTime');
  const completeTime = text('info.completeTime');
  const about = cause ?? {
    method: descriptionId === '' ? 'task' : descriptionId,
    object: isMoRef(entity) ? entity : ref,
  };
  return {
    key: ref.value,
    state,
    descriptionId,
    queueTime: text('info.queueTime') ?? '',
    ...(startTime === undefined ? {} : { startTime }),
    ...(completeTime === undefined ? {} : { completeTime }),
    ...(isMoRef(entity) ? { entity } : {}),
    ...(isMoRef(result) ? { result } : {}),
    ...(state === 'error' ? { error: errorFromFault(properties['info.error'], about) } : {}),
  };
}
