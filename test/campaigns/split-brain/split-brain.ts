// Several operators. The leader is stopped (SIGSTOP) around a write for longer than its Lease lasts, its successor finishes
// the work, and then the first one goes on; or the leader can't reach its Lease; or there are three of them (three.ts), its
// clocks stand still meanwhile (still-clock.ts) or jump (wall-jump.ts), or the whole cluster is restored elsewhere and doesn't
// get the claim on the vCenter (elsewhere.ts), or does (taken-over.ts). Nothing may be made or destroyed twice, and a leader
// that isn't one any more changes nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Campaign, CampaignOptions } from '../campaign.ts';
import type { Crew } from '../harness/crew.ts';
import { drawn, interleaved } from '../harness/draw.ts';
import { NO_FAULTS, STUN_FAULTS, orUndisturbed, planRule } from '../harness/plan.ts';
import type { Plan } from '../harness/plan.ts';
import { byKey, keys, mustBe, oneOf, wholeNumber, withKey } from '../harness/plan-rules.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Problem, Reference, Trouble } from '../harness/run-plan.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';
import { applyClone, gone, ready, remove } from '../stories/steps.ts';
import { STORY_NAMES } from '../stories/stories.ts';
import { restoredElsewhere } from './elsewhere.ts';
import { CLOCK_KINDS, WITHOUT_FAKETIME, lacksFaketime, setsClock } from './faketime.ts';
import {
  LEASE,
  ONE_REQUEST_MS,
  STILL_MAY_MS,
  STUNNED_MS,
  anotherLeads,
  callsBy,
  fenced,
  lastSeq,
  openSessions,
  wroteAfter,
} from './leaders.ts';
import { stillClock } from './still-clock.ts';
import { LEASES_OF_THE_FIRST, claimTakenOver } from './taken-over.ts';
import { threeOperators } from './three.ts';
import { wallJump } from './wall-jump.ts';

const STORIES = ['create-set', 'scale-down', 'up-and-down-while-running', 'clone-by-hand', 'snapshot-with-a-clone'];
/** Those in which something final is done. */
const FINAL_STORIES = ['scale-down', 'snapshot-with-a-clone', 'delete-and-recreate'];
/** Reads of machines in such a story, about. */
const READS = 10;
/** Those in which a base with a snapshot of its own is deleted, by name. */
const BASES: Readonly<Record<string, string>> = { 'snapshot-with-a-clone': 'own', 'snapshot-made-and-removed': 'own' };
/** Those in which the clock stands still around every write. */
const STILL_STORIES: ReadonlySet<string> = new Set([...FINAL_STORIES, ...Object.keys(BASES), 'delete-set-background']);
const JUMPS_S = [30, -30] as const;
/** Changes after which the clock jumps: among the first, and in the middle. */
const JUMPS_AT = [1, 3] as const;

const SECONDS = mustBe(
  'a whole number of seconds, forwards or backwards',
  (value) => Number.isSafeInteger(value) && value !== 0,
);
const KINDS = {
  three: keys({ kind: oneOf(['three']) }),
  elsewhere: keys({ kind: oneOf(['elsewhere']) }),
  'taken-over': keys({ kind: oneOf(['taken-over']), lease: oneOf(LEASES_OF_THE_FIRST) }),
  'still-clock': keys(
    { kind: oneOf(['still-clock']) },
    { read: wholeNumber(1), base: oneOf([...new Set(Object.values(BASES))]) },
  ),
  'wall-jump': keys({ kind: oneOf(['wall-jump']), at: wholeNumber(1), by: SECONDS }),
};
const MORE = withKey('leaseDownAt', keys({ leaseDownAt: wholeNumber(1) }), byKey('kind', KINDS));

/** The leader is stopped at a write, alone or as the first of three; what else there is comes without a fault. */
export const SPLIT_BRAIN_RULE = orUndisturbed(STORY_NAMES, (value, path) => {
  const { more } = (value ?? {}) as Partial<Plan>;
  if (more === undefined) return planRule(STORY_NAMES, { faults: STUN_FAULTS })(value, path);
  // the clock stands still at a read, or as the leader is stopped at a write
  const isAtWrite = more?.['kind'] === 'still-clock' && more['read'] === undefined && more['base'] === undefined;
  const faults = more?.['kind'] === 'three' || isAtWrite ? STUN_FAULTS : NO_FAULTS;
  return planRule(STORY_NAMES, { faults, more: MORE })(value, path);
});

interface Moments {
  lostAt?: number;
  wokenSeq?: number;
  wokenAt?: number;
  sessions?: ReadonlySet<string>;
}

async function stun(stage: Stage, signal: AbortSignal, moments: Moments): Promise<void> {
  const tap = (): number => stage.apiProxy.writes.hits.length + stage.vcProxy.writes.hits.length;
  await waitUntil('the leader to be stunned', () => tap() > 0 || signal.aborted, {
    timeoutMs: STORY_MS,
    intervalMs: 5,
  });
  if (tap() === 0) return;
  if (await anotherLeads(stage)) {
    stage.operator.wake();
    return;
  }
  moments.sessions = openSessions(stage);
  await sleep(STUNNED_MS);
  moments.wokenSeq = await lastSeq(stage);
  moments.wokenAt = Date.now();
  stage.operator.expectExit();
  stage.operator.wake();
}

async function isolate(stage: Stage, signal: AbortSignal, moments: Moments, nth: number): Promise<void> {
  await waitUntil('the moment', () => stage.vcProxy.writes.count >= nth || signal.aborted, {
    timeoutMs: STORY_MS,
    intervalMs: 5,
  });
  if (signal.aborted || (await anotherLeads(stage))) return;
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

/** What a leader that isn't one any more did, in the vCenter and in the API server. */
function judge(evidence: Evidence, stage: Stage, moments: Moments): Problem[] {
  const { sessions, wokenSeq, wokenAt, lostAt } = moments;
  if (sessions === undefined) return [];
  const calls = callsBy(evidence, sessions);
  const late =
    wokenSeq === undefined
      ? calls.filter((entry) => lostAt !== undefined && evidence.arrivedAt(entry) > lostAt + STILL_MAY_MS)
      : calls.filter(({ seq }) => seq > wokenSeq);
  return [
    ...fenced(late),
    ...(lostAt === undefined ? [] : wroteAfter(stage, stage.operator, lostAt, STILL_MAY_MS)),
    ...(wokenAt === undefined ? [] : wroteAfter(stage, stage.operator, wokenAt, ONE_REQUEST_MS)),
  ];
}

type Writes = Pick<Reference, 'kube' | 'vcenter'>;

function stunned(plain: Plan, writes: Writes, side: keyof Writes, more?: Plan['more']): Plan[] {
  return writes[side].flatMap((_, i) =>
    (['stun-before', 'stun-after'] as const).map((act) => ({
      ...plain,
      faults: [{ side, nth: i + 1, act }],
      ...(more === undefined ? {} : { more }),
    })),
  );
}

/** The clock stands still around each write; each in one mode of DuplicateName. */
function stillAtWrites(plain: Plan, writes: Writes): Plan[] {
  const more = { kind: 'still-clock' };
  const all = [...stunned(plain, writes, 'vcenter', more), ...stunned(plain, writes, 'kube', more)];
  return all.filter((_, i) => (Math.floor(i / 2) % 2 === 0 ? 'start' : 'end') === plain.duplicateName);
}

/** Plans in which clocks are set. */
function clockPlans(plain: Plan, writes: Writes): Plan[] {
  const { story } = plain;
  const base = BASES[story];
  const still = (at: Plan['more']): Plan => ({ ...plain, more: { kind: 'still-clock', ...at } });
  const jumps = JUMPS_S.flatMap((by) => JUMPS_AT.map((at) => ({ ...plain, more: { kind: 'wall-jump', at, by } })));
  return [
    ...(FINAL_STORIES.includes(story) ? Array.from({ length: READS }, (_, i) => still({ read: i + 1 })) : []),
    ...(STILL_STORIES.has(story) ? stillAtWrites(plain, writes) : []),
    ...(base === undefined ? [] : [still({ base })]),
    ...(STORIES.includes(story) ? jumps : []),
  ];
}

function plansOf(plain: Plan, writes: Writes): readonly Plan[] {
  const more = (kind: string): Plan['more'] => ({ kind });
  const usual = STORIES.includes(plain.story)
    ? [
        ...stunned(plain, writes, 'vcenter'),
        ...writes.vcenter.map((_, i) => ({ ...plain, more: { leaseDownAt: i + 1 } })),
        ...stunned(plain, writes, 'kube'),
        ...stunned(plain, writes, 'vcenter', more('three')),
        { ...plain, more: { kind: 'elsewhere' } },
        ...LEASES_OF_THE_FIRST.map((lease) => ({ ...plain, more: { kind: 'taken-over', lease } })),
      ]
    : [];
  return [...usual, ...clockPlans(plain, writes)];
}

/** In both modes of DuplicateName. */
export async function splitBrainPlans(
  crew: Pick<Crew, 'reference'>,
  count: number | undefined,
  seed: number,
): Promise<readonly Plan[]> {
  const stories = [...new Set([...STORIES, ...STILL_STORIES])];
  const plains = stories.flatMap((story) =>
    (['start', 'end'] as const).map((duplicateName): Plan => ({ story, duplicateName, seed, faults: [] })),
  );
  const lists = await Promise.all(plains.map(async (plain) => plansOf(plain, await crew.reference(plain))));
  return drawn(interleaved(lists), count, seed);
}

/** All of them wait for a Lease to end, or longer. */
export function splitBrainTrouble(plan: Plan): Trouble {
  return { slow: true, ...leaderTrouble(plan) };
}

function leaderTrouble(plan: Plan): Trouble {
  const { kind, read, base, at, by, lease } = plan.more ?? {};
  if (kind === 'three') return threeOperators();
  if (kind === 'elsewhere') return restoredElsewhere();
  if (kind === 'taken-over') return claimTakenOver(String(lease));
  if (kind === 'still-clock')
    return stillClock({
      read: read === undefined ? undefined : Number(read),
      base: base === undefined ? undefined : String(base),
    });
  if (kind === 'wall-jump') return wallJump(Number(at), Number(by));
  if (kind !== undefined) throw new Error(`nobody knows what "${String(kind)}" does to leaders`);
  const moments: Moments = {};
  const nth = plan.more?.['leaseDownAt'];
  return {
    operatorFlags: LEASE,
    before: (stage) => stage.startStandby(LEASE),
    otherCounts: nth !== undefined, // the late clone
    during: (stage, signal) =>
      nth === undefined ? stun(stage, signal, moments) : isolate(stage, signal, moments, Number(nth)),
    came: () => moments.lostAt !== undefined || moments.wokenAt !== undefined,
    judge: (evidence, stage) => judge(evidence, stage, moments),
  };
}

/** Without the plans that set a clock, where that is asked for. */
function chosenPlans({ withoutFaketime }: CampaignOptions): typeof splitBrainPlans {
  if (withoutFaketime !== true) return splitBrainPlans;
  return async (crew, count, seed) => {
    const all = await splitBrainPlans(crew, undefined, seed);
    const others = all.filter(({ more }) => !CLOCK_KINDS.includes(String(more?.['kind'])));
    return drawn(others, count, seed);
  };
}

export const SPLIT_BRAIN: Campaign = {
  name: 'split-brain',
  summary:
    'two and three operators: a leader that is stunned, whose clock stands still or jumps or that is cut off from its Lease, and its successor; a cluster restored elsewhere, without the claim and with it',
  defaultPlans: 700,
  isAbout: true,
  planRule: SPLIT_BRAIN_RULE,
  lacks: ({ plan, withoutFaketime }) =>
    plan === undefined || setsClock(plan) ? lacksFaketime(withoutFaketime) : undefined,
  run: (options) => {
    const facts = (): Readonly<Record<string, string>> => ({
      clocks: options.withoutFaketime === true ? WITHOUT_FAKETIME : 'set by faketime',
    });
    if (options.withoutFaketime === true) options.progress(WITHOUT_FAKETIME);
    const plans = chosenPlans(options);
    return runCampaign(
      { name: 'split-brain', rule: SPLIT_BRAIN_RULE, plans, trouble: splitBrainTrouble, facts },
      options,
    );
  },
};
