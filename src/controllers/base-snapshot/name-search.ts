// Looking for a machine by its name in all folders of a datacenter reads every machine there, so what came of it is
// remembered between reconciles: the machine, as long as it has the name, or for a growing while that there is none, or
// several. Another one may have got the name meanwhile, so before anything is pinned a remembered machine is looked for again.
import type { Clock } from '../../util/clock.ts';
import { RequeueAfter } from '../../util/errors.ts';
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

/** What came of the last look. */
export type NameAnswer = Pick<NameQuery, 'connection' | 'path'> &
  (
    | { readonly found: MoRef }
    | { readonly problem: NotReady; readonly pauseMs: number; /** Monotonic milliseconds. */ readonly until: number }
  );

/** The search of one reconcile. */
export class NameSearch {
  readonly #memory: { named?: NameAnswer };
  readonly #clock: Clock;
  /** What was answered out of memory, and with which machine. */
  #remembered: { readonly query: NameQuery; readonly found: MoRef } | undefined;

  constructor(memory: { named?: NameAnswer }, clock: Clock) {
    this.#memory = memory;
    this.#clock = clock;
  }

  async find(query: NameQuery): Promise<MoRef> {
    const { named } = this.#memory;
    const last = named?.connection === query.connection && named.path === query.path ? named : undefined;
    if (last !== undefined && 'found' in last && (await query.hasName(last.found))) {
      this.#remembered = { query, found: last.found };
      return last.found;
    }
    const stands = last !== undefined && 'problem' in last ? last : undefined;
    if (stands !== undefined && this.#clock.monotonic() < stands.until) throw stands.problem;
    return this.#look(query, stands?.pauseMs ?? 0);
  }

  /** Before anything is pinned. Throws as `find` does, and RequeueAfter where another machine is the one of that name now. */
  async confirm(): Promise<void> {
    if (this.#remembered === undefined) return;
    const { query, found } = this.#remembered;
    const ref = await this.#look(query, 0);
    if (ref.value !== found.value) throw new RequeueAfter(1, `${ref.value} has the name of ${found.value} now`);
  }

  async #look({ connection, path, look }: NameQuery, pausedMs: number): Promise<MoRef> {
    try {
      const found = await look();
      this.#memory.named = { connection, path, found };
      return found;
    } catch (error) {
      if (error instanceof NotReady) {
        const pauseMs = Math.min(LONGEST_MS, Math.max(FIRST_MS, 2 * pausedMs));
        this.#memory.named = { connection, path, problem: error, pauseMs, until: this.#clock.monotonic() + pauseMs };
      }
      throw error;
    }
  }
}
