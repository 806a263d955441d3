// What this process knows of the claim on one vCenter, and what follows for calls that change something there: none goes out
// before the first look, while another has it, while it isn't sure that nobody else has taken it, too, or when it's so old
// that somebody may take it.
import { RequeueAfter } from '../../../util/errors.ts';
import type { Claim } from './rules.ts';
import { CLAIM_LIVES_MS } from './rules.ts';

/** A claim that can't be renewed isn't relied on to its very end: clocks differ in speed, and calls are under way. */
const MARGIN_MS = 60_000;
/** A value is written so soon after it was read, or not at all: whoever takes a free claim waits longer than that. */
const WRITE_WITHIN_MS = 1_000;
/** Of a wait that is so short, as in tests, this part. */
const WRITE_WITHIN = 2 / 3;
/** So many writes in a row that would have come too long after the read: it's the vCenter that takes its time for that. */
const WRITES_REFUSED = 3;
/** A call that was stopped is tried again after this. */
const RETRY_MS = 1_000;

type State =
  | { readonly is: 'unknown' | 'off' }
  | { readonly is: 'unset'; readonly sinceMs: number }
  | { readonly is: 'taken'; readonly atMs: number }
  | { readonly is: 'late'; readonly text: string; readonly sinceMs: number }
  | { readonly is: 'held'; readonly untilMs: number }
  | { readonly is: 'elsewhere'; readonly claim: Claim | undefined };

export class ClaimGate {
  #state: State = { is: 'unknown' };
  #writeByMs = Number.NEGATIVE_INFINITY;
  #writesRefused = 0;
  /** Gives the claim up; there while it's ours. */
  release: (() => Promise<void>) | undefined;
  /** It was, or is just being: the process ends. */
  isGivenUp = false;

  get state(): State['is'] {
    return this.#state.is;
  }

  /** The claim that another has; undefined where its value couldn't be read as one. */
  get other(): Claim | undefined {
    return this.#state.is === 'elsewhere' ? this.#state.claim : undefined;
  }

  /** Nothing is claimed: by the flags, or for want of a privilege. */
  off(): void {
    this.#set({ is: 'off' });
  }

  /**
   * False while the field has no value and whoever may have just defined it is about to write one, and won't look again before
   * it works. The times, monotonic, are those of a read that found no value: asked for, and answered.
   */
  mayFillIn(askedAtMs: number, answeredAtMs: number, settleMs: number): boolean {
    // one that has seen a value there knows that it wasn't defined just now
    if (this.#state.is === 'unknown' || this.#state.is === 'off') this.#set({ is: 'unset', sinceMs: answeredAtMs });
    return this.#state.is !== 'unset' || askedAtMs - this.#state.sinceMs >= settleMs;
  }

  /** Written into what was free, at this monotonic time; it isn't ours before another look. */
  taken(atMs: number): void {
    this.#set({ is: 'taken', atMs });
  }

  /** A value that says it's ours can be believed: everybody who found it free before we wrote it has written, too. */
  isSettled(nowMs: number, settleMs: number): boolean {
    const state = this.#state;
    return state.is === 'held' || (state.is === 'taken' && nowMs - state.atMs >= settleMs);
  }

  /**
   * Nobody knows when this value of ours came to be there: whoever found the claim free may have written before that, and have had
   * its second look. `seenAtMs`: since when it has been there for sure. Nothing is written, nor changed, until all have looked again.
   */
  late(text: string, seenAtMs: number): void {
    if (this.#state.is !== 'late' || this.#state.text !== text) this.#set({ is: 'late', text, sinceMs: seenAtMs });
  }

  /** Milliseconds until our value, if it's still there, has been seen by all others; infinite where there is no such wait. */
  lateForMs(nowMs: number, waitMs: number): number {
    return this.#state.is === 'late' ? this.#state.sinceMs + waitMs - nowMs : Number.POSITIVE_INFINITY;
  }

  /** `readAtMs`: monotonic time at which the value was asked for whose time ours has. */
  held(readAtMs: number): void {
    this.#state = { is: 'held', untilMs: readAtMs + CLAIM_LIVES_MS - MARGIN_MS };
  }

  elsewhere(claim: Claim | undefined): void {
    this.#set({ is: 'elsewhere', claim });
  }

  /** Leaves the vCenter to whoever comes next. Nothing happens where the claim isn't ours. */
  async giveUp(): Promise<void> {
    const { release } = this;
    if (release === undefined) return;
    this.isGivenUp = true;
    this.#set({ is: 'unknown' });
    await release();
  }

  #set(state: State): void {
    this.#state = state;
    this.release = undefined;
  }

  /**
   * The value was asked for, and answered, at these monotonic times; what follows from it is written at once. A vCenter that never
   * answers soon enough gets its claim all the same, which is late then.
   */
  reading(askedAtMs: number, answeredAtMs: number, settleMs: number): void {
    const fromMs = this.#writesRefused < WRITES_REFUSED ? askedAtMs : answeredAtMs;
    this.#writeByMs = fromMs + Math.min(WRITE_WITHIN_MS, settleMs * WRITE_WITHIN);
  }

  /** Right before the claim is written. Throws RequeueAfter when what it goes by was read too long ago. */
  requireFreshRead(nowMs: number): void {
    if (nowMs > this.#writeByMs) {
      this.#writesRefused += 1;
      throw new RequeueAfter(RETRY_MS, 'the claim was read too long ago to be written');
    }
    this.#writesRefused = 0;
  }

  /** Right before any other change. Throws RequeueAfter unless the vCenter is ours, or nothing is claimed. */
  require(nowMs: number): void {
    const state = this.#state;
    if (state.is === 'off' || (state.is === 'held' && nowMs <= state.untilMs)) return;
    throw new RequeueAfter(RETRY_MS, 'the vCenter is not, or not yet, or not any more claimed by this process');
  }
}
