// The VCenter's orphans: looks for them from time to time, says how many there are and names the first, marks what was
// released, and deletes only where the policy says so. Nothing here keeps the VCenter from being Ready.
import { VSphereError } from '../../../vsphere/faults.ts';
import { errorMessage } from '../../../util/errors.ts';
import type { PhaseResult } from '../../shared/phases.ts';
import { NotLeaderError } from '../../shared/guard.ts';
import { NotLeadingError } from '../../../kube/lease-watchdog.ts';
import type { VCenterScope } from '../reconciler.ts';
import { keyOf, samplesOf } from './ledger.ts';
import { deleteDue, settleBegun } from './delete.ts';
import { markReleased } from './tombstones.ts';
import { OrphanWatch } from './watch.ts';

export async function orphansPhase(scope: VCenterScope): Promise<PhaseResult> {
  const { runtime, vCenter, memory, context } = scope;
  const { name } = vCenter.metadata;
  const connection = runtime.connections.get(name);
  if (connection === undefined) return { stop: true };
  const watch = (memory.orphans ??= new OrphanWatch(vCenter));
  watch.run(runtime, connection, vCenter);
  scope.orphansDone = true;
  const queued = [...watch.queued];
  watch.queued.clear();
  try {
    await settleBegun(scope, connection, watch);
    if (connection.holds.rewound === undefined) await markReleased(scope, connection, watch);
    if (vCenter.spec.orphanPolicy === 'Delete') await deleteDue(scope, connection, watch);
  } catch (error) {
    // what the vCenter refuses or doesn't answer is tried again after the next scan; without the Lease by the next leader
    const known = error instanceof VSphereError || error instanceof NotLeadingError || error instanceof NotLeaderError;
    if (!known) throw error;
    context.logger.warn({ err: errorMessage(error) }, 'orphans are looked after later');
  } finally {
    // a slot that came for one that isn't to go any more, or can't, would be lost
    for (const uid of queued) connection.releaseUnused(uid, new Set(watch.queued.has(uid) ? ['delete'] : []));
  }
  describe(scope, watch);
  runtime.metrics.orphans.set({ vcenter: name }, watch.all.length);
  return undefined;
}

/** Where an earlier phase ended the look, slots that orphans have, or wait for, are for others: they ask again. */
export function giveUpSlots({ runtime, vCenter, memory: { orphans }, orphansDone }: VCenterScope): void {
  if (orphans === undefined || orphansDone === true) return;
  const connection = runtime.connections.get(vCenter.metadata.name);
  for (const uid of orphans.queued) connection?.releaseUnused(uid, new Set());
  orphans.queued.clear();
}

function describe({ runtime, vCenter, draft }: VCenterScope, watch: OrphanWatch): void {
  const { all, otherClusters, held } = watch;
  const before = vCenter.status?.orphans;
  if (all.length === 0 && otherClusters === 0) {
    delete draft.status.orphans;
    return;
  }
  const samples = samplesOf(all).map((orphan) => {
    const why = held.get(keyOf(orphan));
    const { held: _, ...rest } = orphan;
    return why === undefined ? rest : { ...rest, held: why };
  });
  draft.status.orphans = { count: Math.max(all.length, knownCount(before, watch)), otherClusters, samples };
  if (all.length <= watch.told) return;
  watch.told = all.length;
  const names = samples.map(({ name, linkedClone, moRef }) => `"${name}" (${moRef}, of ${linkedClone})`).join(', ');
  const what =
    vCenter.spec.orphanPolicy === 'Delete'
      ? `deleted ${vCenter.spec.orphanGraceSeconds ?? 0} s after they were first seen, unless a LinkedClone adopts them`
      : 'nothing is done to them';
  runtime.events.event(vCenter, {
    type: 'Warning',
    reason: 'OrphansFound',
    action: 'Scan',
    note: `${all.length} virtual machines have our marker and no LinkedClone: ${names}; ${what}`,
  });
}

/** Until this process has scanned once it knows the samples only. */
function knownCount(before: { readonly count: number } | undefined, watch: OrphanWatch): number {
  return watch.hasScanned ? 0 : (before?.count ?? 0);
}
