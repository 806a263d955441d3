// An orphan that waits for a slot and isn't to go any more, or was none, takes no slot from those that are to go.
import { describe, expect, it } from '@jest/globals';
import { orphansPhase } from '../../../../../src/controllers/vcenter/orphans/phase.ts';
import type { Orphan } from '../../../../../src/controllers/vcenter/orphans/ledger.ts';
import { OrphanWatch } from '../../../../../src/controllers/vcenter/orphans/watch.ts';
import type { VCenterScope } from '../../../../../src/controllers/vcenter/reconciler.ts';
import { StatusDraft } from '../../../../../src/controllers/shared/status-draft.ts';
import { DEFAULT_LIMITS } from '../../../../../src/controllers/vcenter/slot-pools.ts';
import { UID, onStage, victim } from '../../support/deleting-clone.ts';
import { CREATED, vCenter } from '../../support/objects.ts';

const ORPHAN: Orphan = {
  name: 'web-01',
  moRef: 'vm-10',
  instanceUuid: UID,
  linkedClone: 'lab/web-1',
  uid: UID,
  why: 'NotFound',
  firstSeenAt: CREATED,
  scans: 2,
};

function rig() {
  const stage = onStage({ vms: { 'vm-10': victim() }, live: null });
  const { connection, clock } = stage;
  const { runtime } = stage.scope;
  Object.assign(runtime.config, { 'orphan-interval': 3_600_000 });
  Object.assign(runtime, { metrics: { orphans: { set: () => undefined } } });
  connection.holds.claim.off();
  connection.slots.limits = { ...DEFAULT_LIMITS, deletes: 0 };
  const watch = new OrphanWatch(vCenter({ status: { orphans: { count: 1, otherClusters: 0, samples: [ORPHAN] } } }));
  watch.hasScanned = true;
  const run = (policy: 'Delete' | 'Report'): Promise<unknown> => {
    const object = vCenter({
      spec: { orphanPolicy: policy, orphanGraceSeconds: 0 },
      status: { orphans: { count: 1, otherClusters: 0, samples: [ORPHAN] } },
    });
    const scope = {
      runtime,
      vCenter: object,
      draft: new StatusDraft(object.status, 1, clock),
      memory: { orphans: watch },
      context: stage.scope.context,
    };
    return Promise.resolve(orphansPhase(scope as unknown as VCenterScope));
  };
  const free = (): void => {
    connection.slots.limits = DEFAULT_LIMITS;
    connection.slots.delete.pump();
  };
  return { connection, watch, run, free };
}

describe('an orphan that waits for a slot', () => {
  it('keeps its place while it is to go', async () => {
    const { connection, run } = rig();
    await run('Delete');
    await run('Delete');
    expect([connection.slots.delete.waiting, connection.slots.delete.inFlight]).toEqual([1, 0]);
  });

  it.each<[string, 'Delete' | 'Report', (watch: OrphanWatch) => void]>([
    ['the policy is Report again', 'Report', () => undefined],
    ['it turned out to be none', 'Delete', (watch) => watch.forget(ORPHAN)],
  ])('gives it up when %s', async (_, policy, happen) => {
    const { connection, watch, run, free } = rig();
    await run('Delete');
    happen(watch);
    await run(policy);
    free();
    expect([connection.slots.delete.waiting, connection.slots.delete.inFlight]).toEqual([0, 0]);
  });

  it('gives it back when it came in between', async () => {
    const { connection, run, free } = rig();
    await run('Delete');
    free();
    expect(connection.slots.delete.inFlight).toBe(1);
    await run('Report');
    expect(connection.slots.delete.inFlight).toBe(0);
  });
});
