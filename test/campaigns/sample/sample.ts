// The sample as a campaign, for `npm test`: fixed plans of several campaigns, with one crew.
import type { Campaign, CampaignOptions, CampaignReport } from '../campaign.ts';
import { countsOfPlans, ofShard } from '../campaign.ts';
import { Crew, median, runEach } from '../harness/crew.ts';
import { planLine } from '../harness/plan.ts';
import { TROUBLES } from '../troubles.ts';
import { SAMPLE } from './plans.ts';

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const startedAt = performance.now();
  const crew = await Crew.start('sample', options);
  try {
    const asked = SAMPLE.filter(({ plan }) => options.plan === undefined || planLine(plan) === options.plan);
    const mine = ofShard(asked.slice(0, options.plans), options.shard, ({ plan }) => planLine(plan));
    const left = mine.filter(({ plan }) => options.done?.has(planLine(plan)) !== true);
    await runEach(left, options, ({ campaign, plan }) => crew.run(plan, TROUBLES[campaign]?.(plan) ?? {}));
    const seconds = crew.results.map((result) => result.seconds);
    return {
      campaign: 'sample',
      plans: crew.results.length,
      violations: crew.violations,
      seconds: (performance.now() - startedAt) / 1000,
      seed: options.seed,
      facts: {
        ...countsOfPlans(crew.results),
        lostLeases: crew.lostLeases,
        medianSeconds: Number(median(seconds).toFixed(1)),
      },
      results: crew.results,
    };
  } finally {
    await crew.stop();
  }
}

export const SAMPLE_CAMPAIGN: Campaign = {
  name: 'sample',
  summary: 'the fixed plans of every test run',
  defaultPlans: SAMPLE.length,
  run,
};
