// The connections by VCenter name: at most one each. Made and thrown away by the VCenter reconciler alone, so there is
// one session for each vCenter and process.
import type { VCenterConnection } from './connection.ts';

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

  async closeAll(): Promise<void> {
    await Promise.all([...this.#byName.keys()].map((name) => this.close(name)));
  }
}
