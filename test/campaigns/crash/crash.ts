// The operator is killed before and after every write of every story, and loses the reply to it, in both modes of the
// simulator; then pairs of such faults. Which writes there are is what an undisturbed run shows. And a gentler campaign of
// the same kind: every write is refused, delayed or cut once.
import { seededRandom } from '../../../src/simulator/faults/seeded-random.ts';
import type { Campaign } from '../campaign.ts';
import type { Crew } from '../harness/crew.ts';
import { interleaved, shuffled } from '../harness/draw.ts';
import { planRule } from '../harness/plan.ts';
import type { Plan, PlannedFault, Side } from '../harness/plan.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { WriteAct } from '../harness/write-tap.ts';
import { STORIES, STORY_NAMES } from '../stories/stories.ts';

const CRASHES: readonly WriteAct[] = ['kill-before', 'kill-after', 'lose-reply'];
const REFUSALS: readonly WriteAct[] = ['conflict', 'throttle', 'server-error', 'reset', 'delay'];
/** Of all plans with one fault, so many more with two. */
const PAIRS = 0.5;
/** Of a story in a mode, where only some of all plans are run: an undisturbed run costs as much as a plan. */
const PLANS_EACH = 4;

/** Writes of a story are broken, and nothing else: of both campaigns. */
export const CRASH_RULE = planRule(STORY_NAMES, {});

type Writes = Readonly<Record<'kube' | 'vcenter', readonly string[]>>;

function singles(plan: Plan, writes: Writes, acts: readonly WriteAct[]): Plan[] {
  const side = (name: Side): Plan[] =>
    writes[name].flatMap((_, i) => acts.map((act) => ({ ...plan, faults: [{ side: name, nth: i + 1, act }] })));
  return [...side('vcenter'), ...side('kube')];
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

function pairs(plan: Plan, all: readonly Plan[], seed: number): Plan[] {
  const random = seededRandom(seed);
  const pick = (): PlannedFault[] => [...(all[Math.floor(random() * all.length)]?.faults ?? [])];
  return Array.from({ length: Math.ceil(all.length * PAIRS) }, () => ({ ...plan, faults: [...pick(), ...pick()] }));
}

/** Every story in every mode, without faults. */
export function undisturbedPlans(seed: number): Plan[] {
  return (['start', 'end'] as const).flatMap((duplicateName) =>
    STORIES.map((story) => ({ story: story.name, duplicateName, seed, faults: [] })),
  );
}

async function plansWith(
  acts: readonly WriteAct[],
  late: boolean,
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
  return interleaved(lists).slice(0, count);
}

export function crashPlans(
  crew: Pick<Crew, 'reference'>,
  count: number | undefined,
  seed: number,
): Promise<readonly Plan[]> {
  return plansWith(CRASHES, false, crew, count, seed);
}

export function refusedWritePlans(
  crew: Pick<Crew, 'reference'>,
  count: number | undefined,
  seed: number,
): Promise<readonly Plan[]> {
  return plansWith(REFUSALS, true, crew, count, seed);
}

export const CRASH: Campaign = {
  name: 'crash',
  summary: 'killed before and after every write, and its reply lost, in every story',
  defaultPlans: 6500,
  isAbout: true,
  planRule: CRASH_RULE,
  run: (options) => runCampaign({ name: 'crash', rule: CRASH_RULE, plans: crashPlans }, options),
};

export const REFUSED_WRITES: Campaign = {
  name: 'refused-writes',
  summary: 'every write refused once as each side refuses, cut or delayed, also past its timeout, in every story',
  defaultPlans: 10_000,
  isAbout: true,
  planRule: CRASH_RULE,
  run: (options) => runCampaign({ name: 'refused-writes', rule: CRASH_RULE, plans: refusedWritePlans }, options),
};
