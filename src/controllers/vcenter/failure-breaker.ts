// Stops a set that only fails: after so many clones in a row that failed, or that were made and found nothing to be powered on
// with, further ones start one at a time, with growing pauses, until one succeeds in that. The two are counted apart: where hosts
// are full every clone succeeds. Memory only: a restarted operator finds out again with one clone, not with all.
import type { Clock } from '../../util/clock.ts';

/** How many failures in a row stop a set, unless it says otherwise. */
const DEFAULT_STOP_AFTER = 5;

/** The limit that a set's `provisioning` asks for; 0: none. */
export function stopAfterFailures(
  provisioning: { readonly stopAfterConsecutiveFailures?: number } | undefined,
): number {
  return provisioning?.stopAfterConsecutiveFailures ?? DEFAULT_STOP_AFTER;
}

/** What a clone can fail in. */
export type FailingStep = 'clone' | 'powerOn';

interface GroupState {
  clones: number;
  /** By machine: one that goes takes its failures along, they say nothing of those that stay. */
  readonly powerOns: Map<string, number>;
  retryAt: number;
  /** Probes that failed since the group stopped. */
  failedProbes: number;
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

  /** Failures in a row, of the step that has more of them. */
  consecutive(group: string): number {
    return most(this.#groups.get(group));
  }

  /**
   * Milliseconds until a clone of this group may start; 0: now. With `limit` failures in a row (0: however many) only `id`,
   * as the one probe.
   */
  waitMs(group: string, id: string, limit: number): number {
    const state = this.#groups.get(group);
    if (state === undefined || !this.isStopped(group, limit)) return 0;
    if (state.probing === id) return 0;
    const now = this.#clock.monotonic();
    const pause = state.retryAt - now;
    if (pause > 0) return pause;
    if (state.probing !== undefined && now - state.probingSince < this.#pauseMs * LONGEST_PAUSE) return this.#pauseMs;
    state.probing = id;
    state.probingSince = now;
    return 0;
  }

  /** `limit` as for `isStopped`. */
  failed(group: string, id: string, step: FailingStep, limit: number): void {
    const state = this.#groups.get(group) ?? {
      clones: 0,
      powerOns: new Map<string, number>(),
      retryAt: 0,
      failedProbes: 0,
      probing: undefined,
      probingSince: 0,
    };
    const isProbe = state.probing === id;
    // machines that are there go on trying to be powered on: that mustn't put off the next probe again and again
    if (isProbe || limit === 0 || most(state) < limit) {
      if (isProbe) state.failedProbes += 1;
      state.retryAt = this.#clock.monotonic() + this.#pauseMs * Math.min(LONGEST_PAUSE, 2 ** state.failedProbes);
    }
    if (isProbe) state.probing = undefined;
    if (step === 'clone') state.clones += 1;
    else state.powerOns.set(id, (state.powerOns.get(id) ?? 0) + 1);
    this.#groups.set(group, state);
  }

  /** What the group failed for may be over: its next probe may start at once. */
  hurry(group: string): void {
    const state = this.#groups.get(group);
    if (state === undefined) return;
    state.retryAt = this.#clock.monotonic();
  }

  /** A success in this step: its count starts again. True when that lets a group go on that had stopped. */
  succeeded(group: string, step: FailingStep, limit: number): boolean {
    const state = this.#groups.get(group);
    if (state === undefined) return false;
    const stopped = this.isStopped(group, limit);
    if (step === 'clone') state.clones = 0;
    else state.powerOns.clear();
    if (most(state) === 0) this.reset(group);
    if (this.isStopped(group, limit)) return false; // its probe goes on: it has the other step before it
    state.probing = undefined;
    state.failedProbes = 0;
    return stopped;
  }

  /** That clone is gone, whatever group it was of. */
  left(id: string): void {
    for (const state of this.#groups.values()) state.powerOns.delete(id);
  }

  /** A changed template, or a group that is gone: the count starts again. */
  reset(group: string): void {
    this.#groups.delete(group);
  }
}

function most(state: GroupState | undefined): number {
  if (state === undefined) return 0;
  return Math.max(
    state.clones,
    [...state.powerOns.values()].reduce((sum, count) => sum + count, 0),
  );
}
