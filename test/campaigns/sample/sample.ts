// The sample as a campaign, for `npm test`: fixed plans of several campaigns, with one crew.
import type { Campaign, CampaignOptions, CampaignReport } from '../campaign.ts';
import { countsOfPlans, ofShard } from '../campaign.ts';
import { Crew, runEach } from '../harness/crew.ts';
import { planLine, undisturbed } from '../harness/plan.ts';
import type { Plan } from '../harness/plan.ts';
import { keys, listOf, mustBe, readPlanAs, someNumber, someObject, someText } from '../harness/plan-rules.ts';
import type { Rule } from '../harness/plan-rules.ts';
import { timesOf } from '../plan-times.ts';
import { troubleOf } from '../troubles.ts';
import { SAMPLE } from './plans.ts';
import type { SamplePlan } from './plans.ts';

/** The plans, and the undisturbed runs that they are compared with. */
const BY_LINE: ReadonlyMap<string, SamplePlan> = new Map(
  [...SAMPLE.map(({ plan }): SamplePlan => ({ campaign: 'crash', plan: undisturbed(plan) })), ...SAMPLE].map((one) => [
    planLine(one.plan),
    one,
  ]),
);

const PLAN_RULE = keys(
  { story: someText, duplicateName: someText, seed: someNumber, faults: listOf(someObject) },
  { more: someObject },
);
const KNOWN_RULE = mustBe('one of the plans of test/campaigns/sample/plans.ts', (value) =>
  BY_LINE.has(planLine(value as Plan)),
);
const SAMPLE_RULE: Rule = (value, path) => PLAN_RULE(value, path) ?? KNOWN_RULE(value, path);

function asked({ plan, plans }: CampaignOptions): readonly SamplePlan[] {
  if (plan === undefined) return SAMPLE.slice(0, plans);
  return [BY_LINE.get(planLine(readPlanAs(plan, SAMPLE_RULE) as Plan))].flatMap((one) => one ?? []);
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const startedAt = performance.now();
  const all = asked(options);
  const crew = await Crew.start('sample', options);
  try {
    const mine = ofShard(all, options.shard, ({ plan }) => planLine(plan));
    const left = mine.filter(({ plan }) => options.done?.has(planLine(plan)) !== true);
    const report = (): CampaignReport => ({
      campaign: 'sample',
      plans: crew.results.length,
      violations: crew.violations,
      seconds: (performance.now() - startedAt) / 1000,
      seed: options.seed,
      facts: { ...countsOfPlans(crew.results), lostLeases: crew.lostLeases },
      results: crew.results,
      times: timesOf(crew.results),
    });
    await runEach(left, options, async ({ campaign, plan }) => {
      await crew.run(plan, troubleOf(campaign, plan));
      options.keep?.(report());
    });
    return report();
  } finally {
    await crew.stop();
  }
}

export const SAMPLE_CAMPAIGN: Campaign = {
  name: 'sample',
  summary: 'the fixed plans of every test run',
  defaultPlans: SAMPLE.length,
  planRule: SAMPLE_RULE,
  run,
};
