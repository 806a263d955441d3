// A RemoveSnapshot whose reply got lost may arrive after its base was let go, when another base is pinned to the snapshot and
// clones are made of it. So until it can't arrive any more, and what came of it has ended, the base stays, and its source
// stays locked: no clone of it is begun.
import { VSphereError } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { lostCall, mayArrive, requireArrived } from '../shared/lost-calls.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { vCenterPhase } from './phases.ts';
import type { BaseScope } from './scope.ts';

const METHOD = 'RemoveSnapshot_Task';

/** To be called with why a removal wasn't begun. Throws NotReady where it may be all the same: the source stays locked. */
export function noteLostRemoval({ memory, runtime }: BaseScope, { client }: VCenterConnection, error: unknown): void {
  if (!(error instanceof VSphereError) || error.method !== METHOD || !mayArrive(error)) return;
  memory.lost = lostCall(client, METHOD);
  throw new NotReady(
    'OutcomeUnknown',
    `the reply to ${METHOD} got lost (${error.message}); looking for what came of it`,
    { requeueAfterMs: runtime.config['status-interval'], cause: error },
  );
}

/** Keeps the slot, which is the lock of the source, also in a reconcile that doesn't ask for it. */
export function holdSource({ memory, asked }: BaseScope): void {
  if (memory.lost?.method === METHOD) asked.add('snapshot');
}

/** Resolves when it can't arrive any more and no task of it runs. Throws NotReady until then. */
export async function settleRemoval(scope: BaseScope): Promise<void> {
  const { memory, asked, runtime, base } = scope;
  if (memory.lost?.method !== METHOD) return;
  await requireArrived(runtime, memory.lost);
  vCenterPhase(scope);
  const { moRef = '', name = '' } = base.status?.source ?? {};
  if (await snapshotTaskRuns(scope, { type: 'VirtualMachine', value: moRef }))
    throw new NotReady('RemovingSnapshot', `deletion waits until the snapshot task on "${name}" has ended`, {
      requeueAfterMs: runtime.config['status-interval'],
    });
  memory.lost = undefined;
  asked.delete('snapshot');
}

/** vCenter unregisters no VM that a task works on. */
async function snapshotTaskRuns({ connection }: BaseScope, source: MoRef): Promise<boolean> {
  try {
    return (await connection?.sourceTasks.snapshotTaskRuns(source)) === true;
  } catch (error) {
    if (error instanceof VSphereError && error.kind === 'notFound') return false;
    throw error;
  }
}
