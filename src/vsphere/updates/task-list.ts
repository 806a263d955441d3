// The list view through which vCenter tells about tasks. Changes to it are collected and sent in one ModifyListView: new
// tasks after a while, ended ones along with the next new ones, or after a longer while. A task that has ended meanwhile
// was never on the list, or is found ended when it is added. A change also waits for the poll's answer to the one before: one server implementation
// (govmomi's simulator up to v0.56) can deadlock when a list is changed while the poll still collects for the last change.
import type { Clock, Timer } from '../../util/clock.ts';
import type { Invoke } from '../invoke.ts';
import { moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';

/** How long an ended task may stay in the list when nothing else changes, milliseconds. */
const REMOVE_DELAY_MS = 5_000;
/** Longest wait for the poll's answer to a change, milliseconds. */
const HOLD_MS = 250;

export interface TaskListOptions {
  readonly view: MoRef;
  readonly invoke: Invoke;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Least milliseconds between two changes. */
  readonly intervalMs: number;
  /** A change takes along the tasks that would be watched within so many milliseconds. */
  readonly alongMs: number;
  /** Tasks that vCenter doesn't know. */
  readonly onUnknown: (tasks: readonly MoRef[]) => void;
  /** A change failed: the list isn't what it should be. */
  readonly onFailure: (error: unknown) => void;
}

export class TaskList {
  readonly #options: TaskListOptions;
  /** By key: with the monotonic milliseconds from which it's to be watched. */
  readonly #adding = new Map<string, { readonly task: MoRef; readonly from: number }>();
  readonly #removing = new Map<string, MoRef>();
  #removeFrom = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #sentAt = Number.NEGATIVE_INFINITY;
  #busy = false;
  #hold: Timer | undefined;

  constructor(options: TaskListOptions) {
    this.#options = options;
  }

  /** Watches the task from `delayMs` on, or when the list is changed for another before that. */
  add(task: MoRef, delayMs: number): void {
    this.#removing.delete(moRefKey(task));
    this.#adding.set(moRefKey(task), { task, from: this.#options.clock.monotonic() + delayMs });
    this.#schedule();
  }

  remove(task: MoRef): void {
    if (this.#adding.delete(moRefKey(task))) return;
    this.#removing.set(moRefKey(task), task);
    this.#removeFrom = Math.min(this.#removeFrom, this.#options.clock.monotonic() + REMOVE_DELAY_MS);
    this.#schedule();
  }

  /** The tasks that aren't on the list yet. */
  get waiting(): MoRef[] {
    return [...this.#adding.values()].map(({ task }) => task);
  }

  /** The poll has answered. */
  answered(): void {
    this.#hold?.cancel();
    this.#hold = undefined;
    this.#sendIfDue();
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#hold?.cancel();
    this.#adding.clear();
    this.#removing.clear();
  }

  /** When the next change is due; a task that ended before it was put on the list needs none. */
  get #next(): number {
    return Math.min(this.#removeFrom, ...[...this.#adding.values()].map(({ from }) => from));
  }

  #schedule(): void {
    const { clock, intervalMs } = this.#options;
    const now = clock.monotonic();
    const dueAt = Math.max(now, this.#next, this.#sentAt + intervalMs);
    if (dueAt >= this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = dueAt;
    this.#timer = clock.schedule(dueAt - now, () => {
      this.#timer = undefined;
      this.#dueAt = Number.POSITIVE_INFINITY;
      this.#sendIfDue();
    });
  }

  #sendIfDue(): void {
    if (this.#timer !== undefined || this.#busy || this.#hold !== undefined || this.#options.signal.aborted) return;
    const next = this.#next;
    if (next <= this.#options.clock.monotonic()) void this.#send();
    else if (next !== Number.POSITIVE_INFINITY) this.#schedule();
  }

  async #send(): Promise<void> {
    const { view, invoke, clock, signal, onUnknown, onFailure } = this.#options;
    this.#sentAt = clock.monotonic();
    const horizon = this.#sentAt + this.#options.alongMs;
    const add = [...this.#adding.values()].filter(({ from }) => from <= horizon).map(({ task }) => task);
    for (const task of add) this.#adding.delete(moRefKey(task));
    const remove = [...this.#removing.values()];
    this.#removing.clear();
    this.#removeFrom = Number.POSITIVE_INFINITY;
    this.#busy = true;
    try {
      const unknown = await invoke<MoRef[] | undefined>(
        view,
        'ModifyListView',
        { add, remove },
        { signal, sessionBound: true },
      );
      if (signal.aborted) return;
      if (unknown !== undefined && unknown.length > 0) onUnknown(unknown);
      this.#hold = clock.schedule(HOLD_MS, () => this.answered());
    } catch (error) {
      onFailure(error);
    } finally {
      this.#busy = false;
    }
  }
}
