// Several operators. The leader is stopped (SIGSTOP) around a write for longer than its Lease lasts, its successor finishes
// the work, and then the first one goes on; or the leader can't reach its Lease; or there are three of them (three.ts), its
// clocks stand still meanwhile (still-clock.ts), or the whole cluster is restored elsewhere (elsewhere.ts). Nothing may be
// made or destroyed twice, and a leader that isn't one any more changes nothing.
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
import { restoredElsewhere } from './elsewhere.ts';
import { LEASE, STUNNED_MS, callsBy, fenced, lastSeq, openSessions } from './leaders.ts';
import { NO_FAKETIME, faketimeLibrary, stillClock } from './still-clock.ts';
import { threeOperators } from './three.ts';

const STORIES = ['create-set', 'scale-down', 'up-and-down-while-running', 'clone-by-hand', 'snapshot-with-a-clone'];
/** Those in which something final is done. */
const FINAL_STORIES = ['scale-down', 'snapshot-with-a-clone', 'delete-and-recreate'];
/** Reads of machines in such a story, about. */
const READS = 10;
/** Of the renew deadline and one request. */
const STILL_MAY_MS = LEASE['lease-renew-deadline'] * 1000 + 1000;

interface Moments {
  lostAt?: number;
  wokenSeq?: number;
  sessions?: ReadonlySet<string>;
}

async function stun(stage: Stage, signal: AbortSignal, moments: Moments): Promise<void> {
  const tap = (): number => stage.apiProxy.writes.hits.length + stage.vcProxy.writes.hits.length;
  await waitUntil('the leader to be stunned', () => tap() > 0 || signal.aborted, { timeoutMs: 60_000, intervalMs: 5 });
  if (tap() === 0) return;
  moments.sessions = openSessions(stage);
  await sleep(STUNNED_MS);
  moments.wokenSeq = await lastSeq(stage);
  stage.operator.expectExit();
  stage.operator.wake();
}

async function isolate(stage: Stage, signal: AbortSignal, moments: Moments, nth: number): Promise<void> {
  await waitUntil('the moment', () => stage.vcProxy.writes.count >= nth || signal.aborted, {
    timeoutMs: 60_000,
    intervalMs: 5,
  });
  if (signal.aborted) return;
  moments.sessions = openSessions(stage);
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
  const calls = callsBy(evidence, sessions);
  const late =
    wokenSeq === undefined
      ? calls.filter((entry) => lostAt !== undefined && evidence.arrivedAt(entry) > lostAt + STILL_MAY_MS)
      : calls.filter(({ seq }) => seq > wokenSeq);
  return fenced(late);
}

type Writes = Readonly<Record<Side, readonly unknown[]>>;

function stunned(plain: Plan, writes: Writes, side: Side, more?: Plan['more']): Plan[] {
  return writes[side].flatMap((_, i) =>
    (['stun-before', 'stun-after'] as const).map((act) => ({
      ...plain,
      faults: [{ side, nth: i + 1, act }],
      ...(more === undefined ? {} : { more }),
    })),
  );
}

function plansOf(plain: Plan, writes: Writes, seed: number): readonly Plan[] {
  const more = (kind: string): Plan['more'] => ({ kind });
  const { story } = plain;
  const usual = STORIES.includes(story)
    ? [
        ...stunned(plain, writes, 'vcenter'),
        ...writes.vcenter.map((_, i) => ({ ...plain, more: { leaseDownAt: i + 1 } })),
        ...stunned(plain, writes, 'kube'),
        ...stunned(plain, writes, 'vcenter', more('three')),
        { ...plain, more: { kind: 'elsewhere' } },
      ]
    : [];
  const still =
    FINAL_STORIES.includes(story) && faketimeLibrary() !== undefined
      ? Array.from({ length: READS }, (_, i) => ({ ...plain, more: { kind: 'still-clock', read: i + 1 } }))
      : [];
  return drawn([...usual, ...still], undefined, seed);
}

export async function splitBrainPlans(crew: Crew, count: number | undefined, seed: number): Promise<readonly Plan[]> {
  const lists = await Promise.all(
    [...new Set([...STORIES, ...FINAL_STORIES])].map(async (story) => {
      const plain: Plan = { story, duplicateName: 'start', seed, faults: [] };
      return plansOf(plain, await crew.reference(plain), seed);
    }),
  );
  return drawn(interleaved(lists), count, seed);
}

export function splitBrainTrouble(plan: Plan): Trouble {
  const kind = plan.more?.['kind'];
  if (kind === 'three') return threeOperators();
  if (kind === 'elsewhere') return restoredElsewhere();
  if (kind === 'still-clock') return stillClock(Number(plan.more?.['read']));
  const moments: Moments = {};
  const nth = plan.more?.['leaseDownAt'];
  return {
    operatorFlags: LEASE,
    before: (stage) => stage.startStandby(LEASE),
    otherCounts: nth !== undefined, // the late clone
    during: (stage, signal) =>
      nth === undefined ? stun(stage, signal, moments) : isolate(stage, signal, moments, Number(nth)),
    came: () => nth === undefined || moments.lostAt !== undefined,
    judge: (evidence) => judge(evidence, moments),
  };
}

function facts(): Readonly<Record<string, string>> {
  return { clocksThatStoodStill: faketimeLibrary() === undefined ? NO_FAKETIME : 'by faketime' };
}

export const SPLIT_BRAIN: Campaign = {
  name: 'split-brain',
  summary:
    'two and three operators: a leader that is stunned, whose clock stands still or that is cut off from its Lease, and its successor; a cluster restored elsewhere',
  defaultPlans: 300,
  run: (options) => {
    if (faketimeLibrary() === undefined) options.progress(NO_FAKETIME);
    return runCampaign({ name: 'split-brain', plans: splitBrainPlans, trouble: splitBrainTrouble, facts }, options);
  },
};
