// Takes the snapshot of a base that asks for one: intent first, then a search for one that was already taken, then the
// call, alone on the source VM. A reply that got lost is found again by the marker at the end of the description.
import { isDeepStrictEqual } from 'node:util';
import type { BaseSnapshotStatusOperation } from '../../api/types.generated.ts';
import { keyOf } from '../../kube/objects.ts';
import { RequeueAfter, errorMessage } from '../../util/errors.ts';
import { backoffDelay } from '../../util/backoff.ts';
import { toRfc3339 } from '../../util/clock.ts';
import { VSphereError, isForbidden } from '../../vsphere/faults.ts';
import { askForSlot } from '../shared/ask-for-slot.ts';
import { dueInMs } from '../shared/next-attempt.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { PhaseResult } from '../shared/phases.ts';
import { BASE_SNAPSHOTS } from '../shared/resources.ts';
import { lostCall, mayArrive, requireNoneOnItsWay } from '../shared/lost-calls.ts';
import { recordMachine, recordSource } from './pin.ts';
import type { BaseScope } from './scope.ts';
import { requireInventory, requireVCenterStays } from './scope.ts';
import { describeSnapshot, isOurSnapshot } from './snapshot-marker.ts';
import type { SnapshotInfo } from './snapshot-tree.ts';
import { flattenSnapshots } from './snapshot-tree.ts';
import { checkChainBeforeSnapshot } from './suitability.ts';

export async function createSnapshotPhase(scope: BaseScope): Promise<PhaseResult> {
  const { base, draft, inspection, connection, runtime } = scope;
  const create = base.spec.snapshot?.create;
  if (
    create === undefined ||
    base.status?.snapshot !== undefined ||
    inspection === undefined ||
    connection === undefined
  )
    return undefined;
  const uid = base.metadata.uid;

  const taken = flattenSnapshots(inspection.snapshots).filter((node) =>
    isOurSnapshot(node.description, runtime.clusterId, uid),
  );
  const [only, other] = taken;
  if (other !== undefined) {
    const message = `"${inspection.name}" has ${taken.length} snapshots with this object's marker: ${taken.map((node) => `${node.path} (${node.ref.value})`).join(', ')}; remove all but one`;
    draft.set('SnapshotFound', 'Unknown', 'Ambiguous', message);
    throw new NotReady('Ambiguous', message);
  }
  if (only !== undefined) {
    await requireVCenterStays(scope);
    connection.operations.forgetOutcomes(uid);
    recordSource(scope, only, true);
    delete draft.status.operation;
    runtime.events.event(base, {
      type: 'Normal',
      reason: 'SnapshotCreated',
      action: 'CreateSnapshot',
      note: `took snapshot "${only.path}" (${only.ref.value}) of "${inspection.path}"`,
    });
    return undefined;
  }

  draft.set(
    'SnapshotFound',
    false,
    'NotCreatedYet',
    `snapshot "${create.name}" of "${inspection.name}" isn't taken yet`,
  );
  if (connection.operations.running(uid, 'createSnapshot') !== undefined)
    throw new NotReady('CreatingSnapshot', `taking snapshot "${create.name}" of "${inspection.name}"`);
  const outcome = connection.operations.takeOutcome(uid, 'createSnapshot');
  if (outcome?.state === 'error') return retryLater(scope, outcome.error);
  if (outcome !== undefined) {
    forgetInspection(scope); // it succeeded or its end is unknown: look again before anything else
    return { requeueAfterMs: 100, stop: true };
  }

  checkChainBeforeSnapshot(scope);
  const intent = base.status?.operation;
  // the machine goes with it: until the outcome is known nothing else is taken for the source. Registered again, it has
  // another reference.
  if (intent?.type !== 'CreateSnapshot' || intent.sourceVm !== inspection.ref.value) {
    await scope.search?.confirm();
    await requireVCenterStays(scope);
    recordMachine(scope);
    draft.status.operation = {
      startedAt: draft.now,
      attempt: 1,
      ...intent,
      type: 'CreateSnapshot',
      sourceVm: inspection.ref.value,
      snapshotName: create.name,
    } satisfies BaseSnapshotStatusOperation;
    throw new NotReady('CreatingSnapshot', `about to take snapshot "${create.name}" of "${inspection.name}"`);
  }
  const due = dueInMs(intent.nextAttemptAt, runtime.clock.now(), longestPauseMs(runtime));
  if (due > 0)
    throw new NotReady(
      draft.find('Ready')?.reason === 'NoPermission' ? 'NoPermission' : 'SnapshotFailed',
      draft.find('Ready')?.message ?? 'taking the snapshot failed',
      { requeueAfterMs: due },
    );
  requireInventory(scope, connection);
  const granted = askForSlot(
    scope,
    'snapshot',
    (later) => connection.slots.requestSnapshot(uid, inspection.ref, later),
    () => runtime.wake.base(keyOf(base)),
  );
  if (!granted) {
    throw new NotReady(
      'WaitingForSlot',
      `snapshot "${create.name}" waits until no clone of "${inspection.name}" is being made`,
    );
  }
  await start(scope);
  throw new NotReady('CreatingSnapshot', `taking snapshot "${create.name}" of "${inspection.name}"`);
}

/**
 * The call. An earlier one of which nothing is known can't arrive any more. A task of ours may run on the source from before a
 * restart or a lost reply: its end is waited for. Then the snapshots are read once more: the inspection is from before that
 * end, and a duplicate would stay for ever.
 */
async function start(scope: BaseScope): Promise<void> {
  const { base, inspection, connection, runtime } = scope;
  const create = base.spec.snapshot?.create;
  if (create === undefined || inspection === undefined || connection === undefined) return;
  const uid = base.metadata.uid;
  try {
    await requireNoneOnItsWay(scope);
    if (await connection.sourceTasks.snapshotTaskRuns(inspection.ref)) {
      throw new NotReady('CreatingSnapshot', `a snapshot task runs on "${inspection.name}" already`, {
        requeueAfterMs: runtime.config['status-interval'],
      });
    }
    if (await isThereNow(scope)) {
      throw new NotReady('OutcomeUnknown', `snapshot "${create.name}" came out of an earlier call`, {
        requeueAfterMs: runtime.config['status-interval'],
      });
    }
    if (!(await isStillAsked(scope)))
      throw new RequeueAfter(runtime.config['status-interval'], `snapshot "${create.name}" isn't to be taken any more`);
    await runtime.guard.mayDestroy();
    const task = await connection.client.createSnapshot(inspection.ref, {
      name: create.name,
      description: describeSnapshot(create.description, runtime.clusterId, uid),
      memory: false,
      quiesce: create.quiesce ?? false,
    });
    connection.track({ controller: 'base-snapshot', key: keyOf(base), uid }, 'createSnapshot', task, inspection.ref);
  } catch (error) {
    connection.slots.release('snapshot', uid);
    forgetInspection(scope);
    if (error instanceof VSphereError && mayArrive(error)) {
      scope.memory.lost = lostCall(connection.client, 'CreateSnapshot_Task');
      // it may have been applied: the next reconcile looks before it asks again
      throw new NotReady(
        'OutcomeUnknown',
        `the reply to CreateSnapshot_Task got lost (${error.message}); looking for the snapshot`,
        { requeueAfterMs: runtime.config['status-interval'] },
      );
    }
    // one that wasn't sent is no failed attempt: it's made when the vCenter is back
    if (error instanceof VSphereError && error.kind !== 'connection') retryLater(scope, error);
    throw error;
  }
}

/** Its cache may be of before a deletion that another leader has carried out: a snapshot taken then would be nobody's. */
async function isStillAsked({ base, runtime }: BaseScope): Promise<boolean> {
  const live = await runtime.live.get(BASE_SNAPSHOTS, keyOf(base));
  return (
    live?.metadata.uid === base.metadata.uid &&
    live.metadata.deletionTimestamp === undefined &&
    live.status?.snapshot === undefined &&
    isDeepStrictEqual(live.status?.operation, base.status?.operation)
  );
}

/** Live: does the source have a snapshot with this base's marker? */
async function isThereNow({ base, inspection, connection, runtime }: BaseScope): Promise<boolean> {
  if (inspection === undefined || connection === undefined) return false;
  const state = await connection.client.read(inspection.ref, ['snapshot']);
  const refused = Object.values(state.missing)[0];
  if (refused !== undefined) throw refused; // hidden isn't absent
  return flattenSnapshots(state.properties['snapshot'] as SnapshotInfo | undefined).some((node) =>
    isOurSnapshot(node.description, runtime.clusterId, base.metadata.uid),
  );
}

function forgetInspection(scope: BaseScope): void {
  delete scope.memory.inspected;
}

function longestPauseMs({ config }: BaseScope['runtime']): number {
  return config['retry-max'] * 5;
}

function retryLater(scope: BaseScope, error: Error): never {
  const { draft, base, runtime } = scope;
  const attempt = (base.status?.operation?.attempt ?? 1) + 1;
  const delayMs = backoffDelay(attempt - 2, {
    initialMs: runtime.config['retry-max'] / 4,
    maxMs: longestPauseMs(runtime),
  });
  const at = toRfc3339(runtime.clock.now() + delayMs);
  forgetInspection(scope);
  draft.status.operation = {
    ...(base.status?.operation ?? { type: 'CreateSnapshot', startedAt: draft.now }),
    attempt,
    nextAttemptAt: at,
  };
  throw new NotReady(isForbidden(error) ? 'NoPermission' : 'SnapshotFailed', `${errorMessage(error)}; retry at ${at}`, {
    requeueAfterMs: delayMs,
  });
}
