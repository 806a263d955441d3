// The cost units that hosts have for provisioning: 16 each. A linked clone takes one on the host where its source is
// registered and one on the host it goes to; a full copy takes four on either, four in all when they are one host.
// What doesn't fit waits in vCenter's queue. Source: blogs.vmware.com/performance, February 2021.
import type { Stats } from '../core/stats.ts';

/** MoRef value of a host → units. */
export type UnitNeeds = ReadonlyMap<string, number>;

const LINKED_CLONE_UNITS = 1;
const FULL_COPY_UNITS = 4;

export class HostUnits {
  readonly #perHost: number;
  readonly #used = new Map<string, number>();
  readonly #stats: Stats;

  constructor(perHost: number, stats: Stats) {
    this.#perHost = perHost;
    this.#stats = stats;
  }

  /** Takes all of it or nothing. */
  tryTake(needs: UnitNeeds): boolean {
    for (const [host, units] of needs) if (this.used(host) + units > this.#perHost) return false;
    for (const [host, units] of needs) {
      this.#used.set(host, this.used(host) + units);
      this.#stats.enter(host, units);
    }
    return true;
  }

  give(needs: UnitNeeds): void {
    for (const [host, units] of needs) {
      this.#used.set(host, this.used(host) - units);
      this.#stats.leave(host, units);
    }
  }

  used(host: string): number {
    return this.#used.get(host) ?? 0;
  }
}

/** What a clone or a storage vMotion takes. */
export function provisioningUnits(copies: boolean, source: string, destination: string): UnitNeeds {
  if (copies) return new Map([source, destination].map((host) => [host, FULL_COPY_UNITS]));
  if (source === destination) return new Map([[source, 2 * LINKED_CLONE_UNITS]]);
  return new Map([source, destination].map((host) => [host, LINKED_CLONE_UNITS]));
}
