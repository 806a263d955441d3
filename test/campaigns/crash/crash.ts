// The operator is killed before and after every write of every story, and loses the reply to it, in both modes of the
// simulator; then pairs of such faults, and the same at writes to the Lease and about the claim (by-time.ts). Which writes there
// are is what an undisturbed run shows. And a gentler campaign of the same kind: every write is refused, delayed or cut once.
import { seededRandom } from '../../../src/simulator/faults/seeded-random.ts';
import type { Campaign } from '../campaign.ts';
import type { Crew } from '../harness/crew.ts';
import { interleaved, shuffled } from '../harness/draw.ts';
import { planRule } from '../harness/plan.ts';
import type { Plan, PlannedFault } from '../harness/plan.ts';
import type { Rule } from '../harness/plan-rules.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Reference } from '../harness/run-plan.ts';
import type { WriteAct } from '../harness/write-tap.ts';
import { STORIES, STORY_NAMES } from '../stories/stories.ts';
import { BY_TIME, writesByTime, withShortRenewals } from './by-time.ts';

const CRASHES: readonly WriteAct[] = ['kill-before', 'kill-after', 'lose-reply'];
const REFUSALS: readonly WriteAct[] = ['conflict', 'throttle', 'server-error', 'reset', 'delay'];
/** Of all plans with one fault, so many more with two. */
const PAIRS = 0.5;
/** Of a story in a mode, where only some of all plans are run: an undisturbed run costs as much as a plan. */
const PLANS_EACH = 4;

/** Writes of a story are broken, and nothing else: of both campaigns. */
export const CRASH_RULE = planRule(STORY_NAMES, {});
/** `crash` besides says how often the claim is renewed. */
export const CRASH_OR_BY_TIME: Rule = (value, path) =>
  (value as Partial<Plan> | null)?.more === undefined
    ? CRASH_RULE(value, path)
    : planRule(STORY_NAMES, { more: BY_TIME })(value, path);

type Writes = Pick<Reference, 'kube' | 'vcenter' | 'second'>;

function singles(plan: Plan, writes: Writes, acts: readonly WriteAct[]): Plan[] {
  const side = (labels: readonly string[], fault: Pick<PlannedFault, 'side' | 'install'>): Plan[] =>
    labels.flatMap((_, i) => acts.map((act) => ({ ...plan, faults: [{ ...fault, nth: i + 1, act }] })));
  const { kube, vcenter, second } = writes;
  return [
    ...side(vcenter, { side: 'vcenter' }),
    ...side(kube, { side: 'kube' }),
    ...side(second?.vcenter ?? [], { side: 'vcenter', install: 2 }),
    ...side(second?.kube ?? [], { side: 'kube', install: 2 }),
  ];
}

/** A label without the object's name. */
function kindOf(label: string): string {
  return label.replace(/[^/]*$/, '');
}

/**
 * The first write of each kind to the API server arrives when the operator has given it up: an intent that comes that late
 * must not be taken for news. Those to the vCenter are planned by `vcenter-faults`.
 */
function pastTimeout(plan: Plan, { kube }: Writes): Plan[] {
  const first = new Map(kube.map((label, i) => [kindOf(label), i + 1] as const).toReversed());
  return [...first.values()]
    .toSorted((a, b) => a - b)
    .map((nth) => ({ ...plan, faults: [{ side: 'kube' as const, nth, act: 'delay-past-timeout' as const }] }));
}

/** Of two faults on one write only one could come: each pair is of two writes. */
function pairs(plan: Plan, all: readonly Plan[], seed: number): Plan[] {
  const random = seededRandom(seed);
  const faults = all.flatMap((one) => one.faults);
  const pick = (from: readonly PlannedFault[]): PlannedFault[] => {
    const at = Math.floor(random() * from.length);
    return from.slice(at, at + 1);
  };
  return Array.from({ length: Math.ceil(all.length * PAIRS) }, () => {
    const first = pick(faults);
    const others = faults.filter((one) => first.every((other) => writeOf(one) !== writeOf(other)));
    return { ...plan, faults: [...first, ...pick(others)] };
  });
}

function writeOf({ side, nth, install }: PlannedFault): string {
  return `${side} ${install ?? 1} ${nth}`;
}

interface Kind {
  readonly acts: readonly WriteAct[];
  /** Writes also arrive when the operator has given them up. */
  readonly late: boolean;
  /** Writes to the Lease and about the claim are broken, too. */
  readonly byTime: boolean;
}

/** Every story in every mode, without faults. */
export function undisturbedPlans(seed: number): Plan[] {
  return (['start', 'end'] as const).flatMap((duplicateName) =>
    STORIES.map((story) => ({ story: story.name, duplicateName, seed, faults: [] })),
  );
}

async function plansWith(
  { acts, late, byTime }: Kind,
  crew: Pick<Crew, 'reference'>,
  count: number | undefined,
  seed: number,
): Promise<readonly Plan[]> {
  const stories = count === undefined ? undefined : Math.ceil(count / PLANS_EACH);
  const plain = shuffled(undisturbedPlans(seed), seed).slice(0, stories);
  const lists = await Promise.all(
    plain.map(async (plan, i) => {
      const writes = await crew.reference(plan);
      const all = singles(plan, writes, acts);
      const both = [...all, ...pairs(plan, all, seed + i), ...(late ? pastTimeout(plan, writes) : [])];
      return count === undefined ? both : shuffled(both, seed + i);
    }),
  );
  const besides = byTime ? writesByTime(acts, seed) : [];
  return interleaved([...lists, count === undefined ? besides : shuffled(besides, seed)]).slice(0, count);
}

export function crashPlans(
  crew: Pick<Crew, 'reference'>,
  count: number | undefined,
  seed: number,
): Promise<readonly Plan[]> {
  return plansWith({ acts: CRASHES, late: false, byTime: true }, crew, count, seed);
}

export function refusedWritePlans(
  crew: Pick<Crew, 'reference'>,
  count: number | undefined,
  seed: number,
): Promise<readonly Plan[]> {
  return plansWith({ acts: REFUSALS, late: true, byTime: false }, crew, count, seed);
}

export const CRASH: Campaign = {
  name: 'crash',
  summary: 'killed before and after every write, and its reply lost, in every story',
  defaultPlans: 6600,
  isAbout: true,
  planRule: CRASH_OR_BY_TIME,
  run: (options) =>
    runCampaign({ name: 'crash', rule: CRASH_OR_BY_TIME, plans: crashPlans, trouble: withShortRenewals }, options),
};

export const REFUSED_WRITES: Campaign = {
  name: 'refused-writes',
  summary: 'every write refused once as each side refuses, cut or delayed, also past its timeout, in every story',
  defaultPlans: 10_000,
  isAbout: true,
  planRule: CRASH_RULE,
  run: (options) => runCampaign({ name: 'refused-writes', rule: CRASH_RULE, plans: refusedWritePlans }, options),
};
