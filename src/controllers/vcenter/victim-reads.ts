// The live look at VMs that are about to be destroyed, many at a time: who is asked for takes along those that wait for
// their turn, so a wave of deletions finds its answers there. An answer is used for two seconds at most, and not
// after something of ours was done to the VM since it was asked for.
import { Batcher } from '../../util/batcher.ts';
import type { Clock } from '../../util/clock.ts';
import type { ObjectState, VSphereClient } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';

/** Oldest answer that is used, milliseconds; the use follows within a moment, and two seconds are the limit. */
const MAX_AGE_MS = 1_500;
/** Most VMs in one read: what fits one page of the client's, so that a read is one call. */
const MAX_BATCH = 28;

interface Answer {
  readonly state: ObjectState | undefined;
  /** Monotonic time at which the read was sent. */
  readonly askedAt: number;
}

export interface VictimReadsOptions {
  readonly client: Pick<VSphereClient, 'readMany'>;
  readonly clock: Clock;
  readonly windowMs: number;
  readonly paths: readonly string[];
}

export class VictimReads {
  readonly #options: VictimReadsOptions;
  readonly #batcher: Batcher<MoRef, ObjectState | undefined>;
  readonly #answers = new Map<string, Answer>();
  /** VMs that wait to be looked at, by the UID of who asked for them. */
  readonly #expected = new Map<string, MoRef>();

  constructor(options: VictimReadsOptions) {
    const { clock, windowMs } = options;
    this.#options = options;
    this.#batcher = new Batcher({
      clock,
      windowMs,
      maxBatch: MAX_BATCH,
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
    if (ref !== undefined) this.#answers.delete(moRefKey(ref));
    this.#expected.delete(uid);
  }

  /** The VM as it was at most two seconds ago; undefined when vCenter says that it doesn't exist. */
  async get(ref: MoRef): Promise<ObjectState | undefined> {
    const known = this.#answers.get(moRefKey(ref));
    if (known !== undefined && this.#isFresh(known)) return known.state;
    return this.#batcher.get(ref);
  }

  #isFresh(answer: Answer): boolean {
    return this.#options.clock.monotonic() - answer.askedAt <= MAX_AGE_MS;
  }

  async #load(refs: readonly MoRef[]): Promise<ReadonlyMap<string, ObjectState | undefined>> {
    const { client, clock, paths } = this.#options;
    const askedAt = clock.monotonic();
    const asked = new Map(refs.map((ref) => [moRefKey(ref), ref]));
    for (const ref of this.#expected.values()) {
      if (asked.size >= MAX_BATCH) break;
      const known = this.#answers.get(moRefKey(ref));
      if (known === undefined || !this.#isFresh(known)) asked.set(moRefKey(ref), ref);
    }
    const states = await client.readMany([...asked.values()], paths);
    for (const [key, answer] of this.#answers) if (!this.#isFresh(answer)) this.#answers.delete(key);
    for (const [key, state] of states) this.#answers.set(key, { state, askedAt });
    return states;
  }
}
