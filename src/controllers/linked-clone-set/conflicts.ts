// Ordinals whose VM name is taken and that a set steps over: all of them where it says so (`provisioning.onNameConflict:
// NextOrdinal`), in any case those of machines that were kept when their LinkedClone went, because nobody will free them.
// Remembered for a while, because the clone that ran into one is deleted; after that, or a restart, one clone finds out
// again.
import type { LinkedClone, LinkedCloneSet } from '../../api/types.generated.ts';
import { findCondition } from '../../api/conditions.ts';
import { connectionOf } from '../shared/pinned-to.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import { ordinalOf } from './plan.ts';

export class NameConflicts {
  readonly #runtime: Runtime;
  /** Monotonic time until which an ordinal is stepped over, by set UID. */
  readonly #until = new Map<string, Map<number, number>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  of(set: LinkedCloneSet): ReadonlySet<number> {
    const { stores, clock, config } = this.#runtime;
    const all = set.spec.provisioning?.onNameConflict === 'NextOrdinal';
    const now = clock.monotonic();
    const until = this.#until.get(set.metadata.uid) ?? new Map<number, number>();
    for (const clone of stores.clones.byIndex(INDEX.owner, set.metadata.uid)) {
      const conflict =
        clone.status?.vm === undefined && findCondition(clone.status?.conditions, 'Ready')?.reason === 'NameConflict';
      if (conflict && (all || this.#isKept(clone))) until.set(ordinalOf(set, clone), now + config['conflict-memory']);
    }
    for (const [ordinal, end] of until) if (end <= now) until.delete(ordinal);
    if (until.size > 0) this.#until.set(set.metadata.uid, until);
    else this.#until.delete(set.metadata.uid);
    return new Set(until.keys());
  }

  /** The set is gone. */
  forget(set: string): void {
    this.#until.delete(set);
  }

  /** A machine of this namespace that was retained or released has the clone's name. */
  #isKept({ metadata, status }: LinkedClone): boolean {
    const { folder, vmName } = status?.operation ?? {};
    const connection = connectionOf(this.#runtime, status?.vCenter);
    if (connection === undefined || folder === undefined || vmName === undefined) return false;
    return connection.inventory
      .withName({ type: 'Folder', value: folder }, vmName)
      .some(
        ({ marker, instanceUuid }) =>
          marker?.state !== undefined &&
          marker.cluster === this.#runtime.clusterId &&
          marker.namespace === metadata.namespace &&
          marker.instanceUuid === instanceUuid,
      );
  }
}
