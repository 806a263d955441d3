// The cost units that hosts, datastores and the vCenter have for what runs at the same time; what doesn't fit waits in
// vCenter's queue. Hosts: 16 each; a linked clone takes one on the host where its source is registered and one on the host
// it goes to, a full copy four on either (four in all when they are one host), a running VM that changes its datastore
// eight, one that changes its host two. Datastores: 128 each; 16 for a running VM that leaves or comes, one for each that
// changes its host. The vCenter: 640 tasks. Sources: vSphere documentation, "Limits on Simultaneous Migrations";
// blogs.vmware.com/performance, February 2021. What a clone costs its datastores isn't documented: nothing here.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Stats } from '../core/stats.ts';

/** Slot → units. A slot is `host:host-10`, `datastore:datastore-5` or `vcenter`. */
export type SlotNeeds = ReadonlyMap<string, number>;

/** Units of each slot of a kind. */
export interface SlotLimits {
  readonly host: number;
  readonly datastore: number;
  readonly vcenter: number;
}

export const VCENTER = 'vcenter';

const LINKED_CLONE_HOST = 1;
const FULL_COPY_HOST = 4;
const LIVE_COPY_HOST = 8;
const LIVE_COPY_DATASTORE = 16;
const LIVE_MOVE_HOST = 2;
const LIVE_MOVE_DATASTORE = 1;

export class SlotPools {
  readonly #limits: SlotLimits;
  readonly #used = new Map<string, number>();
  readonly #stats: Stats;

  constructor(limits: SlotLimits, stats: Stats) {
    this.#limits = limits;
    this.#stats = stats;
  }

  /** Takes all of it and returns undefined, or takes nothing and returns a slot that hasn't enough. */
  tryTake(needs: SlotNeeds): string | undefined {
    for (const [slot, units] of needs) if (this.free(slot) < units) return slot;
    for (const [slot, units] of needs) {
      this.#used.set(slot, (this.#used.get(slot) ?? 0) + units);
      this.#stats.enter(nameOf(slot), units);
    }
    return undefined;
  }

  give(needs: SlotNeeds): void {
    for (const [slot, units] of needs) {
      this.#used.set(slot, (this.#used.get(slot) ?? 0) - units);
      this.#stats.leave(nameOf(slot), units);
    }
  }

  free(slot: string): number {
    return this.#limits[kindOf(slot)] - (this.#used.get(slot) ?? 0);
  }
}

/** What a clone, or moving the files of a VM that is off, takes. */
export function provisioningUnits(copies: boolean, source: MoRef, destination: MoRef): SlotNeeds {
  if (copies) return needsOf([slotOf('host', source), FULL_COPY_HOST], [slotOf('host', destination), FULL_COPY_HOST]);
  if (source.value === destination.value) return new Map([[slotOf('host', source), 2 * LINKED_CLONE_HOST]]);
  return needsOf([slotOf('host', source), LINKED_CLONE_HOST], [slotOf('host', destination), LINKED_CLONE_HOST]);
}

/** What it takes to move a running VM to another datastore (`copies`) or only to another host. */
export function migrationUnits(
  copies: boolean,
  hosts: readonly [source: MoRef, destination: MoRef],
  datastores: readonly MoRef[],
): SlotNeeds {
  return needsOf(
    ...hosts.map((host) => [slotOf('host', host), copies ? LIVE_COPY_HOST : LIVE_MOVE_HOST] as const),
    ...datastores.map(
      (datastore) => [slotOf('datastore', datastore), copies ? LIVE_COPY_DATASTORE : LIVE_MOVE_DATASTORE] as const,
    ),
  );
}

function slotOf(kind: 'host' | 'datastore', ref: MoRef): string {
  return `${kind}:${ref.value}`;
}

/** One slot twice is taken once: both ends of a move within one host are one operation there. */
function needsOf(...needs: readonly (readonly [string, number])[]): SlotNeeds {
  return new Map(needs);
}

function kindOf(slot: string): keyof SlotLimits {
  const kind = slot.split(':', 1)[0];
  if (kind === 'host' || kind === 'datastore' || kind === VCENTER) return kind;
  throw new Error(`there are no slots called ${slot}`);
}

/** Statistics go by the MoRef value. */
function nameOf(slot: string): string {
  return slot.slice(slot.indexOf(':') + 1);
}
