// The live look at VMs that are about to be destroyed, many at a time: who is asked for takes along those whose turn comes
// next, so that a wave of deletions finds its answers there. An answer is used for two seconds at most, and not after
// something of ours was done to the VM since it was asked for.
import { Batcher } from '../../util/batcher.ts';
import type { Clock } from '../../util/clock.ts';
import type { ObjectState, VSphereClient } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';

/** Oldest answer that is used, milliseconds; the use follows within a moment, and two seconds are the limit. */
const MAX_AGE_MS = 1_750;
/** A VM that waits for its turn is looked at along with others when its answer is older than this, milliseconds. */
const ALONG_AGE_MS = 250;
/** For so long after it was asked for a VM that victims stand on is looked at along with others, milliseconds. */
const SHARED_MS = 5_000;
/** Most VMs in one read: what fits one page of the client's, so that a read is one call. */
const MAX_BATCH = 27;

interface Answer {
  readonly state: ObjectState | undefined;
  /** Monotonic time at which the read was sent. */
  readonly askedAt: number;
}

interface Reading {
  /** What it asked for and nothing was done to since. */
  readonly keys: Set<string>;
  readonly done: Promise<unknown>;
}

export interface VictimReadsOptions {
  readonly client: Pick<VSphereClient, 'readMany'>;
  readonly clock: Clock;
  readonly windowMs: number;
  readonly paths: readonly string[];
  /** UIDs of those whose turn comes next, the next first. */
  readonly upcoming: (count: number) => readonly string[];
}

export class VictimReads {
  readonly #options: VictimReadsOptions;
  readonly #batcher: Batcher<MoRef, ObjectState | undefined>;
  readonly #answers = new Map<string, Answer>();
  /** When an answer that somebody may still hold was asked for. */
  readonly #askedAt = new WeakMap<ObjectState, number>();
  /** VMs that wait to be looked at, by the UID of who asked for them. */
  readonly #expected = new Map<string, MoRef>();
  /** VMs that many victims stand on, with when each was asked for last. */
  readonly #shared = new Map<string, { readonly ref: MoRef; readonly askedAt: number }>();
  #reading: Reading | undefined;

  constructor(options: VictimReadsOptions) {
    const { clock, windowMs } = options;
    this.#options = options;
    this.#batcher = new Batcher({
      clock,
      windowMs,
      maxBatch: MAX_BATCH,
      maxAtOnce: 1,
      idOf: moRefKey,
      load: (refs) => this.#load(refs),
    });
  }

  /** `ref` will be asked for when `uid` gets its turn. */
  expect(uid: string, ref: MoRef): void {
    this.#expected.set(uid, ref);
  }

  /** Something was done to the VM of `uid`, or it's out of question: what is known of it is no longer used. */
  changed(uid: string): void {
    const ref = this.#expected.get(uid);
    this.#expected.delete(uid);
    if (ref === undefined) return;
    this.forget(ref);
  }

  /** Something was done to this VM: what is known of it is no longer used. */
  forget(ref: MoRef): void {
    this.#answers.delete(moRefKey(ref));
    this.#reading?.keys.delete(moRefKey(ref));
  }

  /** Milliseconds since the oldest of these answers was asked for; infinite for one that didn't come from here. */
  oldest(states: readonly ObjectState[]): number {
    const now = this.#options.clock.monotonic();
    return Math.max(0, ...states.map((state) => now - (this.#askedAt.get(state) ?? Number.NEGATIVE_INFINITY)));
  }

  /** The same of a VM that others on their way out stand on, too: it's asked for again soon. */
  getShared(ref: MoRef): Promise<ObjectState | undefined> {
    this.#shared.set(moRefKey(ref), { ref, askedAt: this.#options.clock.monotonic() });
    return this.get(ref);
  }

  /** The VM as it was at most two seconds ago; undefined when vCenter says that it doesn't exist. */
  async get(ref: MoRef): Promise<ObjectState | undefined> {
    const key = moRefKey(ref);
    if (this.#reading?.keys.has(key) === true) await this.#reading.done;
    const known = this.#answers.get(key);
    if (known !== undefined && this.#ageOf(known) <= MAX_AGE_MS) return known.state;
    return this.#batcher.get(ref);
  }

  #ageOf(answer: Answer): number {
    return this.#options.clock.monotonic() - answer.askedAt;
  }

  async #load(refs: readonly MoRef[]): Promise<ReadonlyMap<string, ObjectState | undefined>> {
    const { client, clock, paths } = this.#options;
    const askedAt = clock.monotonic();
    const asked = new Map(refs.map((ref) => [moRefKey(ref), ref]));
    for (const ref of [...this.#sharedNow(askedAt), ...this.#nextInLine()]) {
      if (asked.size >= MAX_BATCH) break;
      const known = this.#answers.get(moRefKey(ref));
      if (known === undefined || this.#ageOf(known) > ALONG_AGE_MS) asked.set(moRefKey(ref), ref);
    }
    const answer = client.readMany([...asked.values()], paths);
    const reading = { keys: new Set(asked.keys()), done: answer.catch(() => undefined) };
    this.#reading = reading;
    try {
      const states = await answer;
      for (const state of states.values()) if (state !== undefined) this.#askedAt.set(state, askedAt);
      for (const [key, known] of this.#answers) if (this.#ageOf(known) > MAX_AGE_MS) this.#answers.delete(key);
      for (const [key, state] of states) if (reading.keys.has(key)) this.#answers.set(key, { state, askedAt });
      return states;
    } finally {
      this.#reading = undefined;
    }
  }

  #sharedNow(now: number): MoRef[] {
    for (const [key, { askedAt }] of this.#shared) if (now - askedAt > SHARED_MS) this.#shared.delete(key);
    return [...this.#shared.values()].slice(0, MAX_BATCH / 2).map(({ ref }) => ref);
  }

  #nextInLine(): MoRef[] {
    const next = this.#options.upcoming(MAX_BATCH).flatMap((uid) => this.#expected.get(uid) ?? []);
    return [...next, ...this.#expected.values()];
  }
}
