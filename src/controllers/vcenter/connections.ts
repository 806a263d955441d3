// The connections by VCenter name: at most one each. Made and thrown away by the VCenter reconciler alone, so there is
// one session for each vCenter and process.
import { systemClock } from '../../util/clock.ts';
import { toError } from '../../util/errors.ts';
import { bounded } from '../../vsphere/bounded.ts';
import type { VCenterConnection } from './connection.ts';
import { SentClaims } from './claim/sent-claims.ts';
import { SourceLocks } from './source-locks.ts';

/** Longest time for it: a stop must leave some for the rest. */
const GIVE_UP_MS = 1_000;

export class Connections {
  readonly #byName = new Map<string, VCenterConnection>();
  readonly #opening = new Set<VCenterConnection>();
  /** By instanceUuid: two VCenters may stand for one vCenter. */
  readonly #locks = new Map<string, SourceLocks>();
  readonly #sentClaims = new Map<string, SentClaims>();
  #ended = false;

  /** The connection of a VCenter that is logged in; undefined while it isn't. */
  get(name: string): VCenterConnection | undefined {
    return this.#byName.get(name);
  }

  all(): VCenterConnection[] {
    return [...this.#byName.values()];
  }

  /**
   * Starts one that is logged in and keeps it; closes it when it can't be started. False: the process came to its end
   * meanwhile, and it's closed: nobody would log it out later.
   */
  async open(connection: VCenterConnection): Promise<boolean> {
    if (this.#ended) {
      await connection.close();
      return false;
    }
    this.#opening.add(connection);
    const failure = await connection.start().then(() => undefined, toError);
    if (!this.#opening.delete(connection)) return false;
    if (failure !== undefined) {
      await connection.close();
      throw failure;
    }
    connection.slots.share(this.#locksOf(connection.instanceUuid));
    this.#byName.set(connection.name, connection);
    return true;
  }

  /**
   * Logs out and forgets; nothing happens when there is none. The sources that its operations have alone are free after that:
   * a call that is still on its way is turned away with its session, and a task that runs is waited for by vCenter itself.
   */
  async close(name: string): Promise<void> {
    const connection = this.#byName.get(name);
    this.#byName.delete(name);
    try {
      await connection?.close();
    } finally {
      connection?.slots.leave();
    }
  }

  /** What this process has written into that vCenter's claim, through whichever connection, also one that was closed since. */
  sentClaims(instanceUuid: string): SentClaims {
    const sent = this.#sentClaims.get(instanceUuid) ?? new SentClaims();
    this.#sentClaims.set(instanceUuid, sent);
    return sent;
  }

  #locksOf(instanceUuid: string): SourceLocks {
    const locks = this.#locks.get(instanceUuid) ?? new SourceLocks();
    this.#locks.set(instanceUuid, locks);
    return locks;
  }

  /** The end of the process. */
  async closeAll(): Promise<void> {
    this.#ended = true;
    const opening = [...this.#opening];
    this.#opening.clear();
    await this.giveUpClaims();
    await Promise.all([
      ...opening.map((connection) => connection.close()),
      ...[...this.#byName.keys()].map((name) => this.close(name)),
    ]);
  }

  /** So that nobody waits for them to run out. One that can't be given up now is taken over by the next leader, or runs out. */
  async giveUpClaims(): Promise<void> {
    const reached = this.all().filter(({ client }) => client.updates.failure === undefined);
    const given = Promise.allSettled(reached.map(({ holds }) => holds.claim.giveUp())).then(() => undefined);
    await bounded(given, systemClock, GIVE_UP_MS);
  }
}
