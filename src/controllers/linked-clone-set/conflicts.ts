// Ordinals whose VM name somebody else has, for sets that step over them (`provisioning.onNameConflict: NextOrdinal`):
// from the watched folders, and from clones that ran into one.
import type { LinkedCloneSet } from '../../api/types.generated.ts';
import { findCondition } from '../../api/conditions.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import { ordinalOf } from './plan.ts';

export function conflictingOrdinals(runtime: Runtime, set: LinkedCloneSet): ReadonlySet<number> {
  if (set.spec.provisioning?.onNameConflict !== 'NextOrdinal') return new Set();
  return new Set(
    runtime.stores.clones
      .byIndex(INDEX.owner, set.metadata.uid)
      .filter((clone) => clone.status?.vm === undefined && findCondition(clone.status?.conditions, 'Ready')?.reason === 'NameConflict')
      .map((clone) => ordinalOf(set, clone)),
  );
}
