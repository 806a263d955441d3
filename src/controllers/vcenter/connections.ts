// The connections by VCenter name: at most one each. Made and thrown away by the VCenter reconciler alone, so there is
// one session for each vCenter and process.
import { systemClock } from '../../util/clock.ts';
import { bounded } from '../../vsphere/bounded.ts';
import type { VCenterConnection } from './connection.ts';

/** Longest time for it: a stop must leave some for the rest. */
const GIVE_UP_MS = 1_000;

export class Connections {
  readonly #byName = new Map<string, VCenterConnection>();

  /** The connection of a VCenter that is logged in; undefined while it isn't. */
  get(name: string): VCenterConnection | undefined {
    return this.#byName.get(name);
  }

  all(): VCenterConnection[] {
    return [...this.#byName.values()];
  }

  set(connection: VCenterConnection): void {
    this.#byName.set(connection.name, connection);
  }

  /** Logs out and forgets; nothing happens when there is none. */
  async close(name: string): Promise<void> {
    const connection = this.#byName.get(name);
    this.#byName.delete(name);
    await connection?.close();
  }

  /** The end of the process. */
  async closeAll(): Promise<void> {
    await this.giveUpClaims();
    await Promise.all([...this.#byName.keys()].map((name) => this.close(name)));
  }

  /** So that nobody waits for them to run out. One that can't be given up now is taken over by the next leader, or runs out. */
  async giveUpClaims(): Promise<void> {
    const reached = this.all().filter(({ client }) => client.updates.failure === undefined);
    const given = Promise.allSettled(reached.map(({ holds }) => holds.claim.giveUp())).then(() => undefined);
    await bounded(given, systemClock, GIVE_UP_MS);
  }
}
