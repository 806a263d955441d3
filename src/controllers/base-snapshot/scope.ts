// What a reconcile of a BaseSnapshot works on: the object, its vCenter, and what was read of the source.
import type { BaseSnapshot, BaseSnapshotStatus, VCenter } from '../../api/types.generated.ts';
import type { ReconcileContext } from '../../kube/controller.ts';
import type { SlotAsker } from '../shared/ask-for-slot.ts';
import type { Pause } from '../shared/pause.ts';
import { keyOf } from '../../kube/objects.ts';
import { requireAnswering } from '../shared/answering.ts';
import { NotReady } from '../shared/not-ready.ts';
import { requireStays } from '../shared/references.ts';
import type { Runtime } from '../shared/runtime.ts';
import type { StatusDraft } from '../shared/status-draft.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import type { LostCall } from '../shared/lost-calls.ts';
import type { Inspection } from './inspection.ts';
import type { NameAnswer, NameSearch } from './name-search.ts';

export interface BaseScope extends SlotAsker {
  readonly runtime: Runtime;
  readonly base: BaseSnapshot;
  readonly draft: StatusDraft<BaseSnapshotStatus>;
  readonly context: ReconcileContext;
  readonly memory: BaseMemory;
  vCenter?: VCenter;
  connection?: VCenterConnection;
  inspection?: Inspection;
  /** How the source was found, where it was looked for in this reconcile. */
  search?: NameSearch;
}

/** What is remembered of a base between reconciles of this process; never needed for correctness. */
export interface BaseMemory {
  /** After a removal of its snapshot that failed or was held. */
  pause?: Pause;
  /** The last CreateSnapshot or RemoveSnapshot whose reply got lost: it may still be on its way. */
  lost?: LostCall | undefined;
  /** How often letting it go has waited in vain for the end of that one's session. */
  releaseFailures?: number;
  /** What came of looking for the source by its name alone. */
  named?: NameAnswer;
  /** The inspection that disk sizes were taken from. */
  sized?: Inspection;
  /** Label of the disk with the longest chain, as of `sized`. */
  deepestDisk?: string;
  /** The last look at the source, and the count of source changes at that time. */
  inspected?: { readonly inspection: Inspection; readonly changes: number; readonly connection: VCenterConnection };
}

/**
 * Before anything is cloned, destroyed, removed or given up for lost. Throws NotReady while the vCenter's inventory is known
 * to have gone back in time, or it's away; RequeueAfter while that isn't known.
 */
export function requireInventory({ runtime, base }: BaseScope, connection: VCenterConnection): void {
  requireAnswering(runtime, connection);
  const { rewound, claimed } = connection.holds;
  if (claimed !== undefined)
    throw new NotReady('VCenterClaimed', claimed, { requeueAfterMs: runtime.config['conflict-retry'] });
  if (rewound !== undefined) throw new NotReady('InventoryRewound', rewound);
  connection.events.require(base.metadata.uid, () => runtime.wake.base(keyOf(base)));
}

/** Before the base is pinned to its VCenter. One that is being deleted is pinned already, or has nothing there. Throws NotReady. */
export async function requireVCenterStays({ runtime, base, vCenter }: BaseScope): Promise<void> {
  const isNew = base.status?.vCenter === undefined && base.metadata.deletionTimestamp === undefined;
  if (isNew && vCenter !== undefined) await requireStays(runtime, vCenter);
}
