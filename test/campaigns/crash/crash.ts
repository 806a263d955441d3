// The operator is killed before and after every write of every story, and loses the reply to it, in both modes of the
// simulator; then pairs of such faults. Which writes there are is what an undisturbed run shows. And a gentler campaign of
// the same kind: every write is refused, delayed or cut once.
import { seededRandom } from '../../../src/simulator/faults/seeded-random.ts';
import type { Campaign } from '../campaign.ts';
import type { Crew } from '../harness/crew.ts';
import { interleaved, shuffled } from '../harness/draw.ts';
import type { Plan, PlannedFault, Side } from '../harness/plan.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { WriteAct } from '../harness/write-tap.ts';
import { STORIES } from '../stories/stories.ts';

const CRASHES: readonly WriteAct[] = ['kill-before', 'kill-after', 'lose-reply'];
const REFUSALS: readonly WriteAct[] = ['conflict', 'throttle', 'server-error', 'reset', 'delay'];
/** Of all plans with one fault, so many more with two. */
const PAIRS = 0.5;
/** Of a story in a mode, where only some of all plans are run: an undisturbed run costs as much as a plan. */
const PLANS_EACH = 4;

type Writes = Readonly<Record<'kube' | 'vcenter', readonly string[]>>;

function singles(plan: Plan, writes: Writes, acts: readonly WriteAct[]): Plan[] {
  const side = (name: Side): Plan[] =>
    writes[name].flatMap((_, i) => acts.map((act) => ({ ...plan, faults: [{ side: name, nth: i + 1, act }] })));
  return [...side('vcenter'), ...side('kube')];
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
  crew: Crew,
  count: number | undefined,
  seed: number,
): Promise<readonly Plan[]> {
  const stories = count === undefined ? undefined : Math.ceil(count / PLANS_EACH);
  const plain = shuffled(undisturbedPlans(seed), seed).slice(0, stories);
  const lists = await Promise.all(
    plain.map(async (plan, i) => {
      const all = singles(plan, await crew.reference(plan), acts);
      const both = [...all, ...pairs(plan, all, seed + i)];
      return count === undefined ? both : shuffled(both, seed + i);
    }),
  );
  return interleaved(lists).slice(0, count);
}

export const CRASH: Campaign = {
  name: 'crash',
  summary: 'killed before and after every write, and its reply lost, in every story',
  defaultPlans: 6500,
  run: (options) =>
    runCampaign({ name: 'crash', plans: (crew, count, seed) => plansWith(CRASHES, crew, count, seed) }, options),
};

export const REFUSED_WRITES: Campaign = {
  name: 'refused-writes',
  summary: 'every write answered once with 409, 429 or 503, cut or delayed, in every story',
  defaultPlans: 10_000,
  run: (options) =>
    runCampaign(
      { name: 'refused-writes', plans: (crew, count, seed) => plansWith(REFUSALS, crew, count, seed) },
      options,
    ),
};
