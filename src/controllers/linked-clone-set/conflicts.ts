// Ordinals whose VM name somebody else has, for sets that step over them (`provisioning.onNameConflict: NextOrdinal`).
// Remembered for a while, because the clone that ran into one is deleted; after that, or a restart, one clone finds out
// again.
import type { LinkedCloneSet } from '../../api/types.generated.ts';
import { findCondition } from '../../api/conditions.ts';
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
    if (set.spec.provisioning?.onNameConflict !== 'NextOrdinal') return new Set();
    const { stores, clock, config } = this.#runtime;
    const now = clock.monotonic();
    const until = this.#until.get(set.metadata.uid) ?? new Map<number, number>();
    for (const clone of stores.clones.byIndex(INDEX.owner, set.metadata.uid)) {
      const conflict =
        clone.status?.vm === undefined && findCondition(clone.status?.conditions, 'Ready')?.reason === 'NameConflict';
      if (conflict) until.set(ordinalOf(set, clone), now + config['conflict-memory']);
    }
    for (const [ordinal, end] of until) if (end <= now) until.delete(ordinal);
    if (until.size > 0) this.#until.set(set.metadata.uid, until);
    else this.#until.delete(set.metadata.uid);
    return new Set(until.keys());
  }
}
