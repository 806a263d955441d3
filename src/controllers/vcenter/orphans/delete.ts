// Deletes orphans that are due, under orphanPolicy Delete, with every look that a clone's deletion takes: live, right before,
// and one that is in doubt stays and says why. Only what the stored status names, and what this process's own scan found.
import type { LinkedClone, LinkedCloneStatus, VCenter } from '../../../api/types.generated.ts';
import { API_VERSION } from '../../../api/identifiers.ts';
import { RequeueAfter } from '../../../util/errors.ts';
import { VSphereError } from '../../../vsphere/faults.ts';
import type { MoRef } from '../../../vsphere/mo-ref.ts';
import type { CloneScope } from '../../linked-clone/scope.ts';
import { newMemory } from '../../linked-clone/scope.ts';
import type { Verdict } from '../../linked-clone/victim-check.ts';
import { MAX_SEEN_MS, judgeMachine, judgeTwice } from '../../linked-clone/victim-check.ts';
import { clockAgrees } from '../../shared/clock-agreement.ts';
import { lostCall, mayArrive, requireNoneOnItsWay } from '../../shared/lost-calls.ts';
import { NotReady } from '../../shared/not-ready.ts';
import { LINKED_CLONES, VCENTERS } from '../../shared/resources.ts';
import { INDEX } from '../../shared/runtime.ts';
import { StatusDraft } from '../../shared/status-draft.ts';
import type { VCenterConnection } from '../connection.ts';
import { pausedByCrds, pausedByOrphans } from '../deletion-pause.ts';
import type { OperationKind } from '../operations.ts';
import type { VCenterScope } from '../reconciler.ts';
import { vmView } from '../vm-view.ts';
import type { Orphan } from './ledger.ts';
import { isDue, keyOf } from './ledger.ts';
import { isSuspect } from './scan.ts';
import { followed } from './on-its-way.ts';
import { releasedClones } from './tombstones.ts';
import type { Begun, OrphanWatch } from './watch.ts';

const GROUP = 'orphans';
const GRACE_SECONDS = 86_400;
const RUNNING: readonly OperationKind[] = ['powerOff', 'destroy', 'mark'];
const HARMLESS = new Set(['success', 'notFound']);

type Judged = Verdict | { readonly state: 'none' };

export async function deleteDue(scope: VCenterScope, connection: VCenterConnection, watch: OrphanWatch): Promise<void> {
  const { runtime, vCenter } = scope;
  if (!watch.hasScanned) return;
  const found = new Map(watch.all.map((orphan) => [keyOf(orphan), orphan]));
  const due = (vCenter.status?.orphans?.samples ?? []).filter(
    (orphan) =>
      isDue(orphan, graceMsOf(vCenter), runtime.clock.now()) &&
      found.get(keyOf(orphan))?.firstSeenAt === orphan.firstSeenAt,
  );
  for (const orphan of due) {
    if (isRunning(connection, orphan) || watch.postponed.has(keyOf(orphan))) continue;
    if (watch.begun.get(keyOf(orphan))?.memory.lost !== undefined) continue; // it may be on its way still
    const { isToGo, released } = await asStored(scope, orphan);
    if (isToGo) await deleteOne(scope, connection, watch, orphan, released);
  }
}

/** Who was released, and whether the policy lets this one go, as stored now; a newer policy wakes the VCenter. */
async function asStored(
  { runtime, vCenter }: VCenterScope,
  orphan: Orphan,
): Promise<{ isToGo: boolean; released: ReadonlySet<string> }> {
  const vCenters = await runtime.live.list(VCENTERS);
  const live = vCenters.find(({ metadata }) => metadata.uid === vCenter.metadata.uid);
  const released = releasedClones(vCenters);
  const isToGo =
    live?.spec.orphanPolicy === 'Delete' &&
    !released.has(orphan.uid) &&
    isDue(orphan, graceMsOf(live), runtime.clock.now());
  return { isToGo, released };
}

function graceMsOf({ spec }: VCenter): number {
  return (spec.orphanGraceSeconds ?? GRACE_SECONDS) * 1000;
}

/**
 * What came of the deletions that were asked for, whatever a scan or a new policy says meanwhile. Where nobody heard of the
 * end (another session, a lost reply, a task that vCenter forgot) it's read from the inventory once a look misses the machine.
 */
export async function settleBegun(
  scope: VCenterScope,
  connection: VCenterConnection,
  watch: OrphanWatch,
): Promise<void> {
  for (const [key, begun] of watch.begun) {
    const { orphan, memory } = begun;
    if (isRunning(connection, orphan)) continue;
    if (!(await hasArrived(scope, memory))) continue;
    const known = settle(scope, connection, watch, orphan);
    const unknown = !known && begun.action === 'destroy';
    if (unknown && (watch.has(orphan) || !connection.events.isDone)) continue;
    const gone = unknown && (await isGone(connection, orphan));
    watch.begun.delete(key);
    if (gone) tellDeleted(scope, orphan);
  }
}

/** What it was asked by isn't on its way any more: a new policy, or who adopts it, is not to be overtaken by it. */
async function hasArrived({ runtime, context }: VCenterScope, memory: Begun['memory']): Promise<boolean> {
  try {
    await requireNoneOnItsWay({ runtime, memory });
    return true;
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    context.logger.warn({ err: error.message }, 'what became of the deletion of an orphan is not known yet');
    return false;
  }
}

/** Live, and in an inventory that didn't go back in time. */
async function isGone({ client, holds }: VCenterConnection, { moRef, instanceUuid }: Orphan): Promise<boolean> {
  if (holds.rewound !== undefined) return false;
  const state = await client.readSoon({ type: 'VirtualMachine', value: moRef }, ['config.instanceUuid']);
  return state === undefined || (state.properties['config.instanceUuid'] ?? instanceUuid) !== instanceUuid;
}

function isRunning({ operations }: VCenterConnection, { uid }: Orphan): boolean {
  return RUNNING.some((kind) => operations.running(uid, kind) !== undefined);
}

/** True when the end is known. */
function settle(scope: VCenterScope, { operations }: VCenterConnection, watch: OrphanWatch, orphan: Orphan): boolean {
  const destroyed = operations.takeOutcome(orphan.uid, 'destroy');
  const off = operations.takeOutcome(orphan.uid, 'powerOff');
  if (destroyed?.state === 'success') {
    watch.forget(orphan);
    operations.forget(orphan.uid);
    tellDeleted(scope, orphan);
    return true;
  }
  for (const outcome of [destroyed, off]) {
    if (outcome?.state !== 'error') continue;
    if (outcome.error instanceof VSphereError && HARMLESS.has(outcome.error.kind)) continue;
    keep(watch, orphan, outcome.error.message);
  }
  return destroyed?.state === 'error' || off !== undefined;
}

function tellDeleted({ runtime, vCenter }: VCenterScope, { name, moRef, linkedClone }: Orphan): void {
  const note = `deleted "${name}" (${moRef}): it was made for ${linkedClone}, which isn't there`;
  runtime.events.event(vCenter, { type: 'Normal', reason: 'OrphanDeleted', action: 'Delete', note });
}

/** It stays, and is looked at again after the next scan. */
function keep(watch: OrphanWatch, orphan: Orphan, why: string): void {
  watch.held.set(keyOf(orphan), why.slice(0, 1024));
  watch.postponed.add(keyOf(orphan));
}

async function deleteOne(
  scope: VCenterScope,
  connection: VCenterConnection,
  watch: OrphanWatch,
  orphan: Orphan,
  released: ReadonlySet<string>,
): Promise<void> {
  const { runtime } = scope;
  const reason = whyNot(scope, connection) ?? (await pausedByCrds(runtime, connection, undefined));
  if (reason !== undefined) return keep(watch, orphan, reason);
  if (!connection.events.isDone) return; // the latest event is looked at first, and wakes the VCenter
  const { slots } = connection;
  const ref: MoRef = { type: 'VirtualMachine', value: orphan.moRef };
  if (!slots.requestDelete(orphan.uid, GROUP, () => runtime.wake.vCenter(connection.name))) {
    watch.queued.add(orphan.uid);
    return;
  }
  let begun = false;
  try {
    const verdict = await judge(scope, connection, orphan, ref, released);
    switch (verdict.state) {
      case 'none':
      case 'gone':
      case 'unasked':
      case 'letGo':
        watch.forget(orphan);
        break;
      case 'hold':
        keep(watch, orphan, verdict.message);
        break;
      case 'poweredOn':
      case 'poweredOff':
        begun = await start(scope, connection, watch, orphan, verdict);
        if (begun) watch.held.delete(keyOf(orphan));
    }
  } catch (error) {
    if (!(error instanceof VSphereError)) throw error;
    keep(watch, orphan, error.message);
  } finally {
    if (!begun) slots.release('delete', orphan.uid);
  }
}

/** What keeps every orphan of this vCenter. */
function whyNot({ runtime }: VCenterScope, { holds }: VCenterConnection): string | undefined {
  if (!clockAgrees(runtime.rest.serverNow(), runtime.clock.now()))
    return "this machine's clock and the API server's differ by more than 60 s";
  return holds.claimed ?? holds.rewound ?? holds.paused;
}

/** Live: still marked, still nobody's, and nothing goes along with it. */
async function judge(
  scope: VCenterScope,
  connection: VCenterConnection,
  orphan: Orphan,
  ref: MoRef,
  released: ReadonlySet<string>,
): Promise<Judged> {
  const { runtime } = scope;
  const stand = standIn(scope, connection, orphan);
  let none = false;
  const verdict = await judgeTwice(async (sight) => {
    const state = await connection.victims.get(ref);
    const { marker } = vmView(ref, state?.properties ?? {});
    none = marker?.uid !== orphan.uid || !isSuspect(runtime, vmView(ref, state?.properties ?? {}), marker, released);
    if (none || state === undefined) return { state: 'unasked' };
    return judgeMachine(stand, ref, state, undefined, sight);
  });
  if (none) return { state: 'none' };
  const [namespace = '', name = ''] = orphan.linkedClone.split('/');
  const live = await runtime.live.get(LINKED_CLONES, { namespace, name });
  if (live?.metadata.uid === orphan.uid) return { state: 'none' };
  const paused =
    verdict.state === 'poweredOn' || verdict.state === 'poweredOff'
      ? await pausedByOrphans(runtime, connection, orphan.uid)
      : undefined;
  return paused === undefined ? verdict : { state: 'hold', reason: 'DeletionsPaused', message: paused };
}

async function start(
  scope: VCenterScope,
  connection: VCenterConnection,
  watch: OrphanWatch,
  orphan: Orphan,
  { state, seen }: Extract<Verdict, { readonly seen: unknown }>,
): Promise<boolean> {
  const ref: MoRef = { type: 'VirtualMachine', value: orphan.moRef };
  const action = state === 'poweredOff' ? 'destroy' : 'powerOff';
  const { client, victims, slots } = connection;
  const { runtime } = scope;
  if (!(await asStored(scope, orphan)).isToGo) return false;
  await runtime.guard.mayDestroy();
  const isFresh = (): boolean => victims.oldest(seen) <= MAX_SEEN_MS;
  if (!isFresh()) {
    runtime.wake.vCenter(connection.name); // the Lease took its time: all is looked at again
    return false;
  }
  const mayGo = (): void => {
    if (!isFresh()) throw new RequeueAfter(runtime.config['batch-window'], 'the call waited too long for a socket');
    if (runtime.stores.clones.byIndex(INDEX.instanceUuid, orphan.instanceUuid).length > 0)
      throw new RequeueAfter(runtime.config['batch-window'], 'a LinkedClone is taking it over by now');
  };
  const before = watch.begun.get(keyOf(orphan));
  const memory: Begun['memory'] = {};
  watch.begun.set(keyOf(orphan), { orphan, action, memory });
  const call = action === 'destroy' ? client.destroy(ref, { mayGo }) : client.powerOff(ref, { mayGo });
  const answer = call.catch((error: unknown) => {
    if (mayArrive(error)) {
      memory.lost = lostCall(client, action === 'destroy' ? 'Destroy_Task' : 'PowerOffVM_Task');
      throw error;
    }
    if (before === undefined) watch.begun.delete(keyOf(orphan));
    else watch.begun.set(keyOf(orphan), before); // of that one nobody has heard yet
    throw error;
  });
  const task = await followed(runtime, connection, ref, memory, answer);
  if (action === 'powerOff') slots.release('delete', orphan.uid);
  const key = { namespace: '', name: connection.name };
  connection.track({ controller: 'vcenter', key, uid: orphan.uid }, action, task, ref);
  victims.forget(ref);
  return true;
}

/** The LinkedClone as far as its marker tells: nothing says what it was made of. */
function standIn(
  { runtime, vCenter, context }: VCenterScope,
  connection: VCenterConnection,
  orphan: Orphan,
): CloneScope {
  const [namespace = '', name = ''] = orphan.linkedClone.split('/');
  const clone: LinkedClone = {
    apiVersion: API_VERSION,
    kind: 'LinkedClone',
    metadata: {
      name,
      namespace,
      uid: orphan.uid,
      resourceVersion: '',
      generation: 0,
      creationTimestamp: orphan.firstSeenAt,
    },
    spec: { baseSnapshotRef: { name: '' } },
  };
  return {
    runtime,
    clone,
    uid: orphan.uid,
    namespace,
    vmName: orphan.name,
    set: undefined,
    group: GROUP,
    draft: new StatusDraft<LinkedCloneStatus>(undefined, 0, runtime.clock),
    context,
    memory: newMemory(),
    asked: new Set(),
    vCenter,
    connection,
  };
}
