// Additions to a watch that is running. They are collected for a moment, set up on the server, and count as settled when a
// question that was asked after that has been answered and delivered. A poll that happens to wait for changes is
// interrupted for it: an empty folder would otherwise be "known" only when something changes elsewhere. While the watch can't be
// set up nobody waits: who did would keep a worker that others need, of other vCenters, too.
import type { Clock } from '../../util/clock.ts';
import { abortReason } from '../../util/abort.ts';
import { moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';
import type { LiveCollector } from './live-collector.ts';
import type { Wanted } from './wanted.ts';

/** How long an addition waits for others, milliseconds. */
const COLLECT_MS = 10;
/** How long the poll may take to answer by itself because of the addition, milliseconds. */
const INTERRUPT_AFTER_MS = 100;

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

export class WatchChanges {
  readonly #clock: Clock;
  readonly #wanted: Wanted;
  readonly #stop: AbortSignal;
  /** Wanted, not yet set up. */
  #requested: Waiter[] = [];
  /** Set up, to be settled by the next question. */
  #applied: Waiter[] = [];
  /** To be settled by the question that is being asked. */
  #settling: Waiter[] = [];
  /** Being set up. */
  #ensuring: Waiter[] = [];
  /** What was asked for and nobody was told of to be delivered. */
  readonly #open = new Set<string>();
  /** Why nobody may wait. */
  #refusal: Error | undefined;
  #live: LiveCollector | undefined;
  #onFailure: (error: unknown) => void = () => {};
  #applying = false;
  #scheduled = false;

  constructor(clock: Clock, wanted: Wanted, stop: AbortSignal) {
    this.#clock = clock;
    this.#wanted = wanted;
    this.#stop = stop;
  }

  /** True while somebody waits. */
  get #pending(): boolean {
    return this.#requested.length + this.#ensuring.length + this.#applied.length + this.#settling.length > 0;
  }

  /** Whether `refs`, of which `fresh` weren't wanted before, may not have been delivered yet. */
  isOpen(fresh: readonly MoRef[], refs: readonly MoRef[]): boolean {
    return fresh.length > 0 || this.#pending || refs.some((ref) => this.#open.has(moRefKey(ref)));
  }

  /** It isn't wanted any more. */
  forget(ref: MoRef): void {
    this.#open.delete(moRefKey(ref));
  }

  /** Resolves when what is wanted now, `refs` with it, is watched and delivered; rejects when that doesn't come about. */
  async settled(refs: readonly MoRef[] = []): Promise<void> {
    const keys = refs.map(moRefKey);
    for (const key of keys) this.#open.add(key);
    await new Promise<void>((resolve, reject) => {
      if (this.#stop.aborted || this.#refusal !== undefined) {
        reject(this.#refusal ?? abortReason(this.#stop));
        return;
      }
      this.#requested.push({ resolve, reject });
      this.#schedule();
    });
    for (const key of keys) this.#open.delete(key);
  }

  /** Whoever waits is told why that is for nothing, and so is whoever asks until `accept`. */
  refuse(error: Error): void {
    this.#refusal = error;
    const waiters = [this.#requested, this.#ensuring, this.#applied, this.#settling].flatMap((some) => some.splice(0));
    for (const waiter of waiters) waiter.reject(error);
  }

  accept(): void {
    this.#refusal = undefined;
  }

  /**
   * A new collector has delivered the whole state. What it was made with is settled by that; what was asked for while it
   * was made is set up now, before the next question. Rejects where that fails.
   */
  async setUp(live: LiveCollector, onFailure: (error: unknown) => void): Promise<void> {
    this.#onFailure = onFailure;
    const waiters = [...this.#requested];
    if (waiters.length > 0) {
      const changed = await live.ensure(this.#wanted);
      this.#requested = this.#requested.filter((waiter) => !waiters.includes(waiter));
      if (changed) this.#applied.push(...waiters);
      else for (const waiter of waiters) waiter.resolve();
    }
    this.#live = live;
    if (this.#requested.length > 0) this.#schedule();
  }

  /** The collector is gone: everybody waits for the next one. */
  interrupted(): void {
    this.#live = undefined;
    this.#requested.push(...this.#applied.splice(0), ...this.#settling.splice(0));
  }

  /** To be called before each question; `done` after its answer has been delivered. `waiting`: somebody wants it soon. */
  beginAnswer(): { readonly waiting: boolean; done(): void } {
    this.#settling.push(...this.#applied.splice(0));
    return {
      waiting: this.#settling.length > 0,
      done: () => {
        for (const waiter of this.#settling.splice(0)) waiter.resolve();
      },
    };
  }

  /** The stream has ended. */
  stop(): void {
    this.interrupted();
    this.refuse(abortReason(this.#stop));
  }

  #schedule(): void {
    if (this.#scheduled || this.#live === undefined) return;
    this.#scheduled = true;
    this.#clock.schedule(COLLECT_MS, () => {
      this.#scheduled = false;
      void this.#apply();
    });
  }

  async #apply(): Promise<void> {
    const live = this.#live;
    if (live === undefined || this.#applying) return;
    this.#applying = true;
    this.#ensuring = this.#requested.splice(0);
    try {
      await live.ensure(this.#wanted);
      this.#applied.push(...this.#ensuring.splice(0));
      this.#clock.schedule(INTERRUPT_AFTER_MS, () => void this.#interruptPoll(live));
    } catch (error) {
      this.#requested.push(...this.#ensuring.splice(0));
      if (live === this.#live) this.#onFailure(error);
    } finally {
      this.#applying = false;
    }
    if (this.#requested.length > 0) this.#schedule();
  }

  async #interruptPoll(live: LiveCollector): Promise<void> {
    if (live !== this.#live || this.#applied.length === 0) return;
    try {
      await live.interrupt();
    } catch (error) {
      if (live === this.#live) this.#onFailure(error);
    }
  }
}
