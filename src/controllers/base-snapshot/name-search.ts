// Looking for a machine by its name in all folders of a datacenter reads every machine there, so what came of it is
// remembered: the machine, as long as it has the name, or for a growing while that there is none, or several.
import type { Clock } from '../../util/clock.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { NotReady } from '../shared/not-ready.ts';

/** Milliseconds for which the first answer without a machine stands; each next one twice as long, up to the longest. */
const FIRST_MS = 10_000;
const LONGEST_MS = 120_000;

/** What a search looks in and for; another one of either is another search. */
export interface NameQuery {
  readonly connection: object;
  readonly path: string;
  /** Whether the machine still has the name. */
  readonly hasName: (ref: MoRef) => Promise<boolean>;
  /** Reads all machines; throws NotReady where not exactly one has the name. */
  readonly look: () => Promise<MoRef>;
}

export class NameSearch {
  readonly #clock: Clock;
  #asked: { readonly connection: object; readonly path: string } | undefined;
  #found: MoRef | undefined;
  #problem: NotReady | undefined;
  /** How long the problem stands, milliseconds, and until when by the monotonic clock. */
  #pauseMs = 0;
  #until = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async find({ connection, path, hasName, look }: NameQuery): Promise<MoRef> {
    if (this.#asked?.connection !== connection || this.#asked.path !== path) {
      this.#asked = { connection, path };
      this.#found = undefined;
      this.#problem = undefined;
      this.#pauseMs = 0;
    }
    if (this.#found !== undefined && (await hasName(this.#found))) return this.#found;
    this.#found = undefined;
    if (this.#problem !== undefined && this.#clock.monotonic() < this.#until) throw this.#problem;
    try {
      this.#found = await look();
      this.#problem = undefined;
      this.#pauseMs = 0;
      return this.#found;
    } catch (error) {
      if (error instanceof NotReady) {
        this.#problem = error;
        this.#pauseMs = Math.min(LONGEST_MS, Math.max(FIRST_MS, 2 * this.#pauseMs));
        this.#until = this.#clock.monotonic() + this.#pauseMs;
      }
      throw error;
    }
  }
}
