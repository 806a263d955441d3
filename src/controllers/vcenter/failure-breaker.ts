// Stops a set that only fails: after so many failed clones in a row its clones start one at a time, with growing pauses,
// until one succeeds. Memory only: a restarted operator finds out again with one clone, not with all.
import type { Clock } from '../../util/clock.ts';

/** How many failures in a row stop a set, unless it says otherwise. */
const DEFAULT_STOP_AFTER = 5;

/** The limit that a set's `provisioning` asks for; 0: none. */
export function stopAfterFailures(
  provisioning: { readonly stopAfterConsecutiveFailures?: number } | undefined,
): number {
  return provisioning?.stopAfterConsecutiveFailures ?? DEFAULT_STOP_AFTER;
}

interface GroupState {
  consecutive: number;
  retryAt: number;
  probing: string | undefined;
  probingSince: number;
}

/** Pauses double up to this many times the first; a probe that says nothing for as long is taken for deleted. */
const LONGEST_PAUSE = 8;

export class FailureBreaker {
  readonly #clock: Clock;
  readonly #pauseMs: number;
  readonly #groups = new Map<string, GroupState>();

  constructor(clock: Clock, pauseMs: number) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
  }

  /** True while the group's clones are tried one at a time only. */
  isStopped(group: string, limit: number): boolean {
    return limit > 0 && this.consecutive(group) >= limit;
  }

  consecutive(group: string): number {
    return this.#groups.get(group)?.consecutive ?? 0;
  }

  /**
   * Milliseconds until a clone of this group may start; 0: now. With `limit` failures in a row (0: however many) only `id`,
   * as the one probe.
   */
  waitMs(group: string, id: string, limit: number): number {
    const state = this.#groups.get(group);
    if (state === undefined || limit === 0 || state.consecutive < limit) return 0;
    if (state.probing === id) return 0;
    const now = this.#clock.monotonic();
    const pause = state.retryAt - now;
    if (pause > 0) return pause;
    if (state.probing !== undefined && now - state.probingSince < this.#pauseMs * LONGEST_PAUSE) return this.#pauseMs;
    state.probing = id;
    state.probingSince = now;
    return 0;
  }

  failed(group: string, id: string): void {
    const state = this.#groups.get(group) ?? { consecutive: 0, retryAt: 0, probing: undefined, probingSince: 0 };
    state.consecutive += 1;
    if (state.probing === id) state.probing = undefined;
    state.retryAt =
      this.#clock.monotonic() + this.#pauseMs * Math.min(LONGEST_PAUSE, 2 ** Math.max(0, state.consecutive - 5));
    this.#groups.set(group, state);
  }

  /** What the group failed for may be over: its next probe may start at once. */
  hurry(group: string): void {
    const state = this.#groups.get(group);
    if (state === undefined) return;
    state.retryAt = this.#clock.monotonic();
  }

  /** A success: the count starts again. True when that lets a group go on that had stopped. */
  succeeded(group: string, limit: number): boolean {
    const stopped = this.isStopped(group, limit);
    this.reset(group);
    return stopped;
  }

  /** A changed template, or a group that is gone: the count starts again. */
  reset(group: string): void {
    this.#groups.delete(group);
  }
}
