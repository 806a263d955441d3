// Tasks of ours that vCenter runs: started here, ended by the update stream. An end releases the slot and wakes the
// owner in the same tick, so the next waiting operation starts at once. What is here is memory, not truth: after a
// restart nothing is known and the outcome is searched for.
import type { TaskInfo, TaskState } from '../../vsphere/updates.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import { isOfAnotherKind } from './operation-kinds.ts';

export type OperationKind =
  'clone' | 'powerOn' | 'powerOff' | 'destroy' | 'hardware' | 'notes' | 'mark' | 'createSnapshot' | 'removeSnapshot';

export interface OperationOwner {
  readonly controller: 'linked-clone' | 'base-snapshot' | 'vcenter';
  readonly key: ObjectKey;
  readonly uid: string;
}

export interface Operation {
  readonly owner: OperationOwner;
  readonly kind: OperationKind;
  readonly task: MoRef;
  /** The machine that the task works on. */
  readonly on: MoRef | undefined;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
}

/** How an operation ended; `unknown`: vCenter no longer knows the task, or another has its reference by now. */
export type Outcome =
  | { readonly state: 'success'; readonly result: MoRef | undefined; readonly seconds: number }
  | { readonly state: 'error'; readonly error: Error }
  | { readonly state: 'unknown' };

export class Operations {
  readonly #running = new Map<string, Operation>();
  readonly #byOwner = new Map<string, Operation>();
  readonly #outcomes = new Map<string, Outcome>();
  /** Of objects that are gone: nobody asks how they end. */
  readonly #forgotten = new WeakSet<Operation>();
  readonly #onEnd: (operation: Operation, outcome: Outcome) => void;

  constructor(onEnd: (operation: Operation, outcome: Outcome) => void) {
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#running.size;
  }

  isTracked(task: MoRef): boolean {
    return this.#running.has(moRefKey(task));
  }

  running(uid: string, kind: OperationKind): Operation | undefined {
    return this.#byOwner.get(`${uid}/${kind}`);
  }

  started(operation: Operation): void {
    const former = this.#running.get(moRefKey(operation.task));
    if (former !== undefined) this.#end(former, { state: 'unknown' }); // the reference was given out again
    this.#running.set(moRefKey(operation.task), operation);
    this.#byOwner.set(`${operation.owner.uid}/${operation.kind}`, operation);
  }

  /** Applies a task's state; true when it ended one of ours. */
  update(task: MoRef, state: TaskState): boolean {
    const operation = this.#running.get(moRefKey(task));
    if (operation === undefined) return false;
    const outcome = outcomeOf(operation, state);
    if (outcome === undefined) return false;
    this.#end(operation, outcome);
    return true;
  }

  /** The outcome of an ended operation, once. */
  takeOutcome(uid: string, kind: OperationKind): Outcome | undefined {
    const key = `${uid}/${kind}`;
    const outcome = this.#outcomes.get(key);
    this.#outcomes.delete(key);
    return outcome;
  }

  /** Looks at an outcome without consuming it. */
  peekOutcome(uid: string, kind: OperationKind): Outcome | undefined {
    return this.#outcomes.get(`${uid}/${kind}`);
  }

  /** Forgets everything about an object that is gone, how those end that run still, too. */
  forget(uid: string): void {
    for (const operation of this.#running.values()) if (operation.owner.uid === uid) this.#forgotten.add(operation);
    this.forgetOutcomes(uid);
  }

  /** Forgets what has ended: a new plan begins. */
  forgetOutcomes(uid: string): void {
    for (const key of [...this.#outcomes.keys()]) if (key.startsWith(`${uid}/`)) this.#outcomes.delete(key);
  }

  #end(operation: Operation, outcome: Outcome): void {
    const key = `${operation.owner.uid}/${operation.kind}`;
    this.#running.delete(moRefKey(operation.task));
    if (this.#byOwner.get(key) === operation) this.#byOwner.delete(key); // a newer one of the same kind may run
    if (!this.#forgotten.has(operation)) this.#outcomes.set(key, outcome);
    this.#onEnd(operation, outcome);
  }
}

/** A vCenter that was restored from a backup gives out references that it gave out before: such a task says nothing of ours. */
function isAnothers({ kind, on }: Operation, { entity, descriptionId }: TaskInfo): boolean {
  if (on !== undefined && entity !== undefined && moRefKey(entity) !== moRefKey(on)) return true;
  return isOfAnotherKind(kind, descriptionId);
}

function outcomeOf(operation: Operation, state: TaskState): Outcome | undefined {
  if (state.gone || isAnothers(operation, state.info)) return { state: 'unknown' };
  const { info } = state;
  switch (info.state) {
    case 'success': {
      const started = Date.parse(info.startTime ?? info.queueTime);
      const ended = info.completeTime === undefined ? started : Date.parse(info.completeTime);
      return { state: 'success', result: info.result, seconds: Math.max(0, (ended - started) / 1000) };
    }
    case 'error':
      return { state: 'error', error: info.error ?? new Error(`task ${info.key} failed without a fault`) };
    case 'queued':
    case 'running':
      return undefined;
  }
}
