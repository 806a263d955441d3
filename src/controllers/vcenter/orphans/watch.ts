// The orphans of one VCenter as this process knows them: scans beside the reconciles, one at a time, and what came of the
// last. A scan that fails changes nothing.
import type { VCenter } from '../../../api/types.generated.ts';
import { toRfc3339 } from '../../../util/clock.ts';
import { errorMessage } from '../../../util/errors.ts';
import { clockAgrees, countedFrom } from '../../shared/clock-agreement.ts';
import type { LostCall } from '../../shared/lost-calls.ts';
import type { Runtime } from '../../shared/runtime.ts';
import type { VCenterConnection } from '../connection.ts';
import type { Orphan } from './ledger.ts';
import { keyOf, nextOrphans } from './ledger.ts';
import type { MarkedVm } from './scan.ts';
import { scanForOrphans } from './scan.ts';
import { releasedClones } from './tombstones.ts';

export interface Begun {
  readonly orphan: Orphan;
  readonly action: 'powerOff' | 'destroy';
  /** Its reply got lost, and it may still be on its way. */
  readonly memory: { lost?: LostCall | undefined };
}

export class OrphanWatch {
  /** Those seen longest first. */
  all: readonly Orphan[];
  otherClusters: number;
  /** Virtual machines of released clones, by UID, as of the last scan. */
  released: ReadonlyMap<string, MarkedVm> = new Map();
  /** UIDs of released clones whose virtual machines others have by now, as of the last scan. */
  takenOver: ReadonlySet<string> = new Set();
  /** Why one that is due stays, by its key. */
  readonly held = new Map<string, string>();
  /** Keys of those that are left in peace until the next scan. */
  readonly postponed = new Set<string>();
  /** Those whose power-off or deletion was asked for here and isn't settled, by their key. */
  readonly begun = new Map<string, Begun>();
  /** UIDs that wait for a slot, or had to. */
  readonly queued = new Set<string>();
  /** This process has scanned once. */
  hasScanned = false;
  /** So many were told of in an event. */
  told: number;
  #dueAt: number | undefined;
  #scanning = false;
  /** At the last scan: else its times count for nothing, both may have been wrong. */
  #clocksAgreed = true;

  constructor({ status }: VCenter) {
    this.all = status?.orphans?.samples ?? [];
    this.otherClusters = status?.orphans?.otherClusters ?? 0;
    this.told = status?.orphans?.count ?? 0;
  }

  /** Begins a scan when one is due and the inventory can be trusted; its end wakes the VCenter. */
  run(runtime: Runtime, connection: VCenterConnection, vCenter: VCenter): void {
    const now = runtime.clock.monotonic();
    this.#dueAt ??= now + runtime.config['orphan-interval']; // an operator that starts has other things to do
    if (this.#scanning || now < this.#dueAt) return;
    if (!connection.events.isDone || connection.holds.rewound !== undefined) return;
    this.#scanning = true;
    void this.#scan(runtime, connection, vCenter)
      .catch((error: unknown) =>
        runtime.logger.warn(
          { vcenter: connection.name, err: errorMessage(error) },
          'looking for orphans failed; tried again at the next interval',
        ),
      )
      .finally(() => {
        this.#scanning = false;
        this.#dueAt = runtime.clock.monotonic() + runtime.config['orphan-interval'];
        if (!connection.signal.aborted) runtime.wake.vCenter(connection.name);
      });
  }

  has(orphan: Orphan): boolean {
    return this.all.some((other) => keyOf(other) === keyOf(orphan));
  }

  /** It was deleted, or turned out to be none. */
  forget(orphan: Orphan): void {
    if (!this.has(orphan)) return;
    this.all = this.all.filter((other) => keyOf(other) !== keyOf(orphan));
    this.told = Math.max(0, this.told - 1); // what is named in the stored status was told of
    this.held.delete(keyOf(orphan));
    this.postponed.delete(keyOf(orphan));
  }

  async #scan(runtime: Runtime, connection: VCenterConnection, vCenter: VCenter): Promise<void> {
    const released = new Set(vCenter.status?.releasedClones);
    const everywhere = releasedClones(runtime.stores.vCenters.list());
    const { orphans, otherClusters, marked, takenOver } = await scanForOrphans(runtime, connection, everywhere);
    const before = new Set(this.all.map(keyOf));
    const knewAll = this.hasScanned || this.told <= before.size; // five of them are in the status
    const agree = clockAgrees(runtime.rest.serverNow(), runtime.clock.now());
    this.all = nextOrphans(
      agree && this.#clocksAgreed ? this.all : [],
      orphans,
      toRfc3339(nextSecond(countedFrom(runtime))),
    );
    this.#clocksAgreed = agree;
    this.otherClusters = otherClusters;
    this.released = new Map([...marked].filter(([uid]) => released.has(uid)));
    // vCenter may have given its own another instanceUuid
    this.takenOver = new Set([...takenOver].filter((uid) => !marked.has(uid)));
    this.postponed.clear();
    this.hasScanned = true;
    // those that went make no room: the others were told of, each that is new is told
    const known = this.all.filter((orphan) => !knewAll || before.has(keyOf(orphan)));
    this.told = Math.min(this.told, known.length);
    const there = new Set(this.all.map(keyOf));
    for (const key of this.held.keys()) if (!there.has(key)) this.held.delete(key);
  }
}

/** Times in a status have whole seconds: one that is cut off would begin, and end, the grace too early. */
function nextSecond(epochMs: number): number {
  return Math.ceil(epochMs / 1000) * 1000;
}
