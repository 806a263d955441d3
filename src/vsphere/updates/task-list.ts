// The list view through which vCenter tells about tasks. Changes to it are collected and sent in one ModifyListView: new
// tasks when something they may have done is seen, or after a while; ended ones along with the next new ones, or after a
// longer while. A task that has ended meanwhile is found ended when it is added, and costs no answer of the poll that
// only says that it runs. A change also waits for the poll's answer to the one before: one server implementation
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
  /** How long a new task waits for others, or for a sign of its end, milliseconds. */
  readonly delayMs: number;
  /** Least milliseconds between two changes. */
  readonly intervalMs: number;
  /** Tasks that vCenter doesn't know. */
  readonly onUnknown: (tasks: readonly MoRef[]) => void;
  /** A change failed: the list isn't what it should be. */
  readonly onFailure: (error: unknown) => void;
}

export class TaskList {
  readonly #options: TaskListOptions;
  readonly #adding = new Map<string, MoRef>();
  readonly #removing = new Map<string, MoRef>();
  #timer: Timer | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #sentAt = Number.NEGATIVE_INFINITY;
  #busy = false;
  #hold: Timer | undefined;

  constructor(options: TaskListOptions) {
    this.#options = options;
  }

  add(task: MoRef): void {
    this.#removing.delete(moRefKey(task));
    this.#adding.set(moRefKey(task), task);
    this.#schedule(this.#options.delayMs);
  }

  remove(task: MoRef): void {
    if (this.#adding.delete(moRefKey(task))) return;
    this.#removing.set(moRefKey(task), task);
    this.#schedule(REMOVE_DELAY_MS);
  }

  /** Adds new tasks now: something was seen that they may have done. No poll may be under way. */
  async flush(): Promise<void> {
    if (this.#adding.size === 0 || this.#busy || this.#hold !== undefined) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#send();
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

  #schedule(delayMs: number): void {
    const { clock, intervalMs } = this.#options;
    const now = clock.monotonic();
    const dueAt = Math.max(now + delayMs, this.#sentAt + intervalMs);
    if (dueAt >= this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = dueAt;
    this.#timer = clock.schedule(dueAt - now, () => {
      this.#timer = undefined;
      this.#sendIfDue();
    });
  }

  #sendIfDue(): void {
    const nothing = this.#adding.size === 0 && this.#removing.size === 0;
    if (this.#timer !== undefined || this.#busy || this.#hold !== undefined || nothing) return;
    if (this.#options.signal.aborted) return;
    void this.#send();
  }

  async #send(): Promise<void> {
    const { view, invoke, clock, signal, onUnknown, onFailure } = this.#options;
    const add = [...this.#adding.values()];
    const remove = [...this.#removing.values()];
    this.#adding.clear();
    this.#removing.clear();
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#sentAt = clock.monotonic();
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
