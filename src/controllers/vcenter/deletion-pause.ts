// The mass-deletion breaker at work: asked before a clone's VM is powered off or destroyed, and before a snapshot is removed.
// When it trips, the hold is in force in the same tick, for all deletions of that vCenter; the VCenter stores and tells it.
import type { LinkedClone, LinkedCloneSet, VCenterHold } from '../../api/types.generated.ts';
import { keyOf } from '../../kube/objects.ts';
import { toRfc3339 } from '../../util/clock.ts';
import { clonesPinnedTo } from '../shared/pinned-to.ts';
import { LINKED_CLONE_SETS, NAMESPACES } from '../shared/resources.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import type { VCenterConnection } from './connection.ts';
import type { DeletionBreaker } from './deletion-breaker.ts';
import { pauseId } from './holds.ts';
import type { DeletionView } from './unexplained-deletions.ts';
import { isExplained, unexplainedDeletions } from './unexplained-deletions.ts';

/** Why nothing is deleted now; undefined: this clone may be, and counts from now on unless its deletion is explained. `seenAt`: see below. */
export async function pausedByCount(
  runtime: Runtime,
  connection: VCenterConnection,
  clone: LinkedClone,
  seenAt: number | undefined,
): Promise<string | undefined> {
  const { holds } = connection;
  if (holds.paused !== undefined) return holds.paused;
  const cached = cachedView(runtime);
  if (decide(runtime, connection, clone, cached) === undefined) return undefined;
  // the caches of kinds don't move together: that its set or namespace is going may be known a moment later than that it is
  const tripped = decide(runtime, connection, clone, await liveView(runtime, connection, cached));
  if (tripped === undefined || holds.paused !== undefined) return holds.paused;
  const crds = await pausedByCrds(runtime, connection, seenAt); // it says more
  if (crds !== undefined) return crds;
  const what = `${tripped.deleted} of ${tripped.of} clones were deleted within ten minutes, and no scaling or deletion of a set explains it`;
  return pause(runtime, connection, 'TooManyDeletions', what);
}

function decide(
  runtime: Runtime,
  connection: VCenterConnection,
  clone: LinkedClone,
  view: DeletionView,
): ReturnType<DeletionBreaker['decide']> {
  const { deletions } = connection.holds;
  const { uid, deletionTimestamp } = clone.metadata;
  const deletedAt = Date.parse(deletionTimestamp ?? '');
  if (deletedAt <= deletions.acceptedUntil || isExplained(clone, view)) return undefined;
  const clones = clonesOn(runtime, connection);
  return deletions.decide(
    { uid, deletedAt },
    unexplainedDeletions(clones, view),
    clones.map(({ metadata }) => metadata.uid),
    serverNow(runtime),
  );
}

/** Why this orphan isn't deleted now; undefined: it may be, and counts as a deletion that nobody's plan explains. */
export async function pausedByOrphans(
  runtime: Runtime,
  connection: VCenterConnection,
  uid: string,
): Promise<string | undefined> {
  const { holds } = connection;
  if (holds.paused !== undefined) return holds.paused;
  const now = serverNow(runtime);
  const clones = clonesOn(runtime, connection);
  const pending = unexplainedDeletions(clones, cachedView(runtime));
  const all = [...clones.map(({ metadata }) => metadata.uid), uid];
  const tripped = holds.deletions.decide({ uid, deletedAt: now }, pending, all, now);
  if (tripped === undefined) return undefined;
  const what = `${tripped.deleted} of ${tripped.of} clones and orphans were deleted within ten minutes`;
  return pause(runtime, connection, 'TooManyDeletions', what);
}

/** Clones for which something was asked of this vCenter. */
function clonesOn(runtime: Runtime, connection: VCenterConnection): LinkedClone[] {
  return clonesPinnedTo(runtime, connection).filter(
    ({ status }) => status?.vm !== undefined || status?.operation !== undefined,
  );
}

/**
 * Why nothing is deleted now: one of our CustomResourceDefinitions is being deleted. Rejects when that can't be read.
 * `seenAt`: monotonic time at which the deletion that asks was first seen.
 */
export async function pausedByCrds(
  runtime: Runtime,
  connection: VCenterConnection,
  seenAt: number | undefined,
): Promise<string | undefined> {
  const { holds } = connection;
  if (holds.paused !== undefined) return holds.paused;
  const until = holds.deletions.acceptedUntil;
  const terminating = (await connection.crds.get(seenAt ?? runtime.clock.monotonic())).filter(
    ({ since }) => (since ?? 0) > until,
  );
  if (holds.paused !== undefined || terminating.length === 0) return holds.paused;
  const names = terminating.map(({ name }) => name).join(', ');
  return pause(runtime, connection, 'CrdTerminating', `the CustomResourceDefinition ${names} is being deleted`);
}

function pause(
  runtime: Runtime,
  { holds, name }: VCenterConnection,
  reason: 'TooManyDeletions' | 'CrdTerminating',
  what: string,
): string | undefined {
  const now = serverNow(runtime);
  const hold: VCenterHold = { type: 'DeletionsPaused', id: pauseId(reason, now), since: toRfc3339(now) };
  holds.add(hold);
  const vCenter = runtime.stores.vCenters.get({ namespace: '', name });
  const note = `${what}; ${holds.paused ?? ''}`;
  if (vCenter !== undefined)
    runtime.events.event(vCenter, { type: 'Warning', reason: 'DeletionsPaused', action: 'Delete', note });
  runtime.logger.warn({ vcenter: name, hold: hold.id }, note);
  runtime.wake.vCenter(name);
  return holds.paused;
}

/** The clock that deletionTimestamps come from. */
function serverNow(runtime: Runtime): number {
  return runtime.rest.serverNow() ?? runtime.clock.now();
}

function ownerOf(clone: LinkedClone): string | undefined {
  return clone.metadata.ownerReferences?.find(
    ({ controller, kind }) => controller === true && kind === 'LinkedCloneSet',
  )?.uid;
}

function cachedView({ stores, plannedDeletions }: Runtime): DeletionView {
  const present = new Map<string, number>();
  return {
    isTerminating: (namespace) =>
      stores.namespaces.get({ namespace: '', name: namespace })?.metadata.deletionTimestamp !== undefined,
    isOwnPlan: (clone) => plannedDeletions.has(clone.metadata.uid),
    setOf: (clone) => {
      const owner = ownerOf(clone);
      return owner === undefined ? undefined : stores.sets.byIndex(INDEX.uid, owner)[0];
    },
    presentOf: ({ metadata: { uid } }) => {
      const known = present.get(uid);
      if (known !== undefined) return known;
      const count = stores.clones
        .byIndex(INDEX.owner, uid)
        .filter((clone) => clone.metadata.deletionTimestamp === undefined).length;
      present.set(uid, count);
      return count;
    },
  };
}

/** The same with the sets and namespaces of the clones that are being deleted as the API server has them now. */
async function liveView(runtime: Runtime, connection: VCenterConnection, cached: DeletionView): Promise<DeletionView> {
  const going = clonesOn(runtime, connection).filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const namespaces = new Set(going.map(({ metadata }) => metadata.namespace));
  const sets = new Map(going.flatMap((clone) => cached.setOf(clone) ?? []).map((set) => [set.metadata.uid, set]));
  const terminating = new Set<string>();
  const live = new Map<string, LinkedCloneSet>();
  await Promise.all([
    ...[...namespaces].map(async (name) => {
      const namespace = await runtime.live.get(NAMESPACES, { namespace: '', name });
      if (namespace?.metadata.deletionTimestamp !== undefined) terminating.add(name);
    }),
    ...[...sets.values()].map(async (set) => {
      const now = await runtime.live.get(LINKED_CLONE_SETS, keyOf(set));
      if (now?.metadata.uid === set.metadata.uid) live.set(set.metadata.uid, now);
    }),
  ]);
  return {
    ...cached,
    isTerminating: (namespace) => terminating.has(namespace),
    setOf: (clone) => live.get(ownerOf(clone) ?? ''),
  };
}
