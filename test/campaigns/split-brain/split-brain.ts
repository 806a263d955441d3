// Two operators. The leader is stopped (SIGSTOP) around a write for longer than its Lease lasts, its successor finishes the
// work, and then the first one goes on; or the leader can't reach its Lease. Nothing may be made or destroyed twice, and a
// leader that isn't one any more changes nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Campaign } from '../campaign.ts';
import type { Crew } from '../harness/crew.ts';
import { drawn, interleaved } from '../harness/draw.ts';
import type { Plan, Side } from '../harness/plan.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Problem, Trouble } from '../harness/run-plan.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { Stage } from '../harness/stage.ts';
import { applyClone, gone, ready, remove } from '../stories/steps.ts';
import { byOperator, describeEntry } from '../oracles/oracle.ts';

const STORIES = ['create-set', 'scale-down', 'up-and-down-while-running', 'clone-by-hand', 'snapshot-with-a-clone'];
const LEASE = { 'lease-duration': 3, 'lease-renew-deadline': 2.4, 'lease-retry': 0.3 } as const;
/** The successor has had time to take over and to work. */
const STUNNED_MS = 5_500;
/** Of the renew deadline and one request. */
const STILL_MAY_MS = LEASE['lease-renew-deadline'] * 1000 + 1000;

interface Moments {
  lostAt?: number;
  wokenSeq?: number;
  sessions?: ReadonlySet<string>;
}

/** Sessions that changed something so far. */
async function sessionsSoFar(stage: Stage): Promise<ReadonlySet<string>> {
  const ledger = await stage.vcenter.ledger();
  return new Set(ledger.filter((entry) => byOperator(entry)).map(({ session }) => session));
}

async function stun(stage: Stage, signal: AbortSignal, moments: Moments): Promise<void> {
  const tap = (): number => stage.apiProxy.writes.hits.length + stage.vcProxy.writes.hits.length;
  await waitUntil('the leader to be stunned', () => tap() > 0 || signal.aborted, { timeoutMs: 60_000, intervalMs: 5 });
  if (tap() === 0) return;
  moments.sessions = await sessionsSoFar(stage);
  await sleep(STUNNED_MS);
  moments.wokenSeq = (await stage.vcenter.ledger()).at(-1)?.seq ?? 0;
  stage.operator.expectExit();
  stage.operator.wake();
}

async function isolate(stage: Stage, signal: AbortSignal, moments: Moments, nth: number): Promise<void> {
  await waitUntil('the moment', () => stage.vcProxy.writes.count >= nth || signal.aborted, {
    timeoutMs: 60_000,
    intervalMs: 5,
  });
  if (signal.aborted) return;
  moments.sessions = await sessionsSoFar(stage);
  stage.operator.expectExit();
  moments.lostAt = Date.now();
  stage.apiProxy.setLeaseDown(true);
  await sleep(STUNNED_MS);
  // something to do, for whoever believes to be the leader
  for (const step of [applyClone('late'), ready('linkedclones', 'late'), remove('linkedclones', 'late')])
    await step.run(stage);
  await gone('linkedclones', 'late').run(stage);
  stage.apiProxy.setLeaseDown(false);
}

/** What a leader that isn't one any more did. */
function judge(evidence: Evidence, moments: Moments): Problem[] {
  const { sessions, wokenSeq, lostAt } = moments;
  if (sessions === undefined) return [];
  const calls = evidence.ledger.filter(
    (entry) => entry.phase === 'call' && byOperator(entry) && sessions.has(entry.session),
  );
  const late =
    wokenSeq === undefined
      ? calls.filter((entry) => lostAt !== undefined && evidence.arrivedAt(entry) > lostAt + STILL_MAY_MS)
      : calls.filter(({ seq }) => seq > wokenSeq);
  return late.map((entry) => ({
    oracle: 'fenced',
    text: `${describeEntry(entry)} by a leader that isn't one any more`,
  }));
}

export async function splitBrainPlans(crew: Crew, count: number | undefined, seed: number): Promise<readonly Plan[]> {
  const lists = await Promise.all(
    STORIES.map(async (story) => {
      const plain: Plan = { story, duplicateName: 'start', seed, faults: [] };
      const writes = await crew.reference(plain);
      const on = (side: Side): Plan[] =>
        writes[side].flatMap((_, i) =>
          (['stun-before', 'stun-after'] as const).map((act) => ({ ...plain, faults: [{ side, nth: i + 1, act }] })),
        );
      const cutOff = writes.vcenter.map((_, i) => ({ ...plain, more: { leaseDownAt: i + 1 } }));
      return drawn([...on('vcenter'), ...cutOff, ...on('kube')], undefined, seed);
    }),
  );
  return drawn(interleaved(lists), count, seed);
}

export function splitBrainTrouble(plan: Plan): Trouble {
  const moments: Moments = {};
  const nth = plan.more?.['leaseDownAt'];
  return {
    operatorFlags: LEASE,
    before: (stage) => stage.startStandby(LEASE),
    otherCounts: nth !== undefined, // the late clone
    during: (stage, signal) =>
      nth === undefined ? stun(stage, signal, moments) : isolate(stage, signal, moments, Number(nth)),
    judge: (evidence) => judge(evidence, moments),
  };
}

export const SPLIT_BRAIN: Campaign = {
  name: 'split-brain',
  summary: 'a leader that is stunned or cut off from its Lease for longer than that lasts, and its successor',
  defaultPlans: 300,
  run: (options) => runCampaign({ name: 'split-brain', plans: splitBrainPlans, trouble: splitBrainTrouble }, options),
};
