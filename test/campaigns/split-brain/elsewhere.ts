// The cluster's data is restored elsewhere while the first cluster goes on: a second operator with the same UIDs, and a Lease
// of its own, finds machines of its own that are to go and others that are to be made. It has no claim on the vCenter, so it
// changes nothing there, and says so.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { ClusterCopy } from '../harness/cluster-copy.ts';
import type { KnownObject } from '../harness/history.ts';
import type { Problem, Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { describeEntry } from '../oracles/oracle.ts';
import { CLAIM, byTheCopy, saysAnotherHolds, saysHeldBack } from './claims.ts';
import { LEASE } from './leaders.ts';

const FLAGS = { ...LEASE, ...CLAIM } as const;
/**
 * A Lease that was renewed within four of its lengths is believed to be that of a predecessor which just died, and a claim
 * that is up to ten seconds newer than it to be its last: no backup is restored that fast.
 */
const BACKUP_IS_OLD_MS = 13_000;
const LATE = 'late';

/** Both of what the copy would do at once: make a machine, and destroy one that the first cluster has. */
async function tempt(stage: Stage, { api }: ClusterCopy): Promise<void> {
  await api.apply({
    apiVersion: 'linkedclone.dev/v1alpha1',
    kind: 'LinkedClone',
    metadata: { name: LATE, namespace: stage.namespace },
    spec: { baseSnapshotRef: { name: 'gold' } },
  });
  await api.delete('linkedclones', 'keeper', stage.keepNamespace);
}

async function itSaysWhy(stage: Stage, { api }: ClusterCopy): Promise<boolean> {
  const [vCenter, late, keeper] = await Promise.all([
    api.get<KnownObject>('vcenters', 'vc', ''),
    api.get<KnownObject>('linkedclones', LATE, stage.namespace),
    api.get<KnownObject>('linkedclones', 'keeper', stage.keepNamespace),
  ]);
  return saysAnotherHolds(vCenter) && saysHeldBack(late, 'Ready') && saysHeldBack(keeper, 'DeletionBlocked');
}

export function restoredElsewhere(): Trouble {
  let copy: ClusterCopy | undefined;
  let silent: Problem | undefined;

  async function before(stage: Stage): Promise<void> {
    copy = await stage.copyCluster(FLAGS);
    const { backedUpAt } = copy;
    await waitUntil('an old backup', () => Date.now() - backedUpAt > BACKUP_IS_OLD_MS, { timeoutMs: 20_000 });
    await copy.operator.start();
  }

  async function during(stage: Stage): Promise<void> {
    if (copy === undefined) throw new Error('the cluster was not copied');
    const restored = copy;
    await tempt(stage, restored);
    try {
      await waitUntil('the copy to say why it does nothing', () => itSaysWhy(stage, restored), {
        timeoutMs: stage.patienceMs / 2,
        intervalMs: 100,
      });
    } catch (error) {
      silent = { oracle: 'reason', text: (error as Error).message };
    }
    await restored.operator.stop();
  }

  function judge(evidence: Evidence): Problem[] {
    return [
      ...byTheCopy(evidence).map((entry) => ({
        oracle: 'claim',
        text: `${describeEntry(entry)} by the cluster restored elsewhere`,
      })),
      ...(silent === undefined ? [] : [silent]),
    ];
  }

  return { operatorFlags: FLAGS, before, during, judge };
}
