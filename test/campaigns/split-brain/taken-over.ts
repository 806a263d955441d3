// The first operator is stunned for longer than a claim lasts by the vCenter's clock, and a copy of its cluster takes the claim
// over. Then the first goes on, as a new process (its Lease ran out meanwhile) or as the same (it didn't): the claim is
// another's, so it changes nothing in the vCenter and says so, until that one gives it up.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { shortenLease } from '../harness/cluster.ts';
import type { ClusterCopy } from '../harness/cluster-copy.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { KnownObject } from '../harness/history.ts';
import type { Problem, Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import type { Flags } from '../harness/timers.ts';
import { applyClone, gone, ready, remove, untilLooked } from '../stories/steps.ts';
import { describeEntry } from '../oracles/oracle.ts';
import { CLAIM, byTheFirst, saysAnotherHolds, saysHeldBack } from './claims.ts';
import { LEASE, lastSeq } from './leaders.ts';

/** By the vCenter's clock, which is told to go on by so much while the first operator stands still. */
const CLAIM_IS_OVER_S = 660;
/** Which Lease the first one has: one that runs out meanwhile, or one that it still holds when it goes on. */
export const LEASES_OF_THE_FIRST = ['short', 'long'] as const;
const LONG_LEASE = { 'lease-duration': 120, 'lease-renew-deadline': 100, 'lease-retry': 0.3 } as const;
const LATE = 'late';

function holderOf(vCenter: KnownObject | undefined): { readonly state?: string; readonly holder?: string } {
  return vCenter?.status?.['claim'] ?? {};
}

/** The claim is the copy's: not that of the process that its backup tells of. */
async function copyHolds({ api }: ClusterCopy, before: string | undefined): Promise<boolean> {
  const { state, holder } = holderOf(await api.get<KnownObject>('vcenters', 'vc', ''));
  return state === 'Held' && holder !== before;
}

export function claimTakenOver(lease: string): Trouble {
  const first: Flags = { ...CLAIM, ...(lease === 'long' ? LONG_LEASE : LEASE) };
  let copy: ClusterCopy | undefined;
  let takenSeq = Number.POSITIVE_INFINITY;
  let givenUpSeq = Number.POSITIVE_INFINITY;
  const silent: Problem[] = [];

  async function toSay(stage: Stage, what: string, says: () => Promise<boolean>): Promise<void> {
    try {
      await waitUntil(what, says, { timeoutMs: stage.patienceMs / 2, intervalMs: 100 });
    } catch (error) {
      silent.push({ oracle: 'reason', text: (error as Error).message });
    }
  }

  async function before(stage: Stage): Promise<void> {
    const { holder } = holderOf(await stage.get('vcenters', 'vc'));
    copy = await stage.copyCluster({ ...LEASE, ...CLAIM });
    const restored = copy;
    stage.operator.stun();
    await stage.vcenter.clock({ advanceSeconds: CLAIM_IS_OVER_S });
    await shortenLease(restored.api); // its Lease is that of the first, which nobody renews here
    await restored.operator.start();
    await waitUntil('the copy to take the claim over', () => copyHolds(restored, holder), { timeoutMs: 30_000 });
    takenSeq = await lastSeq(stage);
    if (lease !== 'long') stage.operator.expectExit();
    stage.operator.wake();
    await toSay(stage, 'the first to say whose the vCenter is', async () => saysAnotherHolds(await vCenterOf(stage)));
  }

  async function during(stage: Stage): Promise<void> {
    await applyClone(LATE).run(stage);
    await toSay(stage, 'the first to say why it does nothing', async () =>
      saysHeldBack(await stage.get('linkedclones', LATE), 'Ready'),
    );
    await untilLooked(stage, 'linked-clone', 3);
    givenUpSeq = await lastSeq(stage);
    await copy?.operator.stop();
    for (const step of [ready('linkedclones', LATE), remove('linkedclones', LATE), gone('linkedclones', LATE)])
      await step.run(stage);
  }

  function judge(evidence: Evidence): Problem[] {
    const calls = byTheFirst(evidence).filter(({ seq }) => seq > takenSeq && seq <= givenUpSeq);
    return [
      ...calls.map((entry) => ({ oracle: 'claim', text: `${describeEntry(entry)} while another held the claim` })),
      ...silent,
    ];
  }

  return { operatorFlags: first, otherCounts: true, before, during, came: () => Number.isFinite(givenUpSeq), judge };
}

function vCenterOf(stage: Stage): Promise<KnownObject | undefined> {
  return stage.get('vcenters', 'vc');
}
