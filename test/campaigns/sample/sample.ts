// The sample as a campaign, for `npm test`: fixed plans of several campaigns, with one crew.
import type { Campaign, CampaignOptions, CampaignReport } from '../campaign.ts';
import { Crew, median } from '../harness/crew.ts';
import { planLine } from '../harness/plan.ts';
import { TROUBLES } from '../troubles.ts';
import { SAMPLE } from './plans.ts';

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const startedAt = performance.now();
  const crew = await Crew.start('sample', options);
  try {
    const queue = SAMPLE.filter(({ plan }) => options.plan === undefined || planLine(plan) === options.plan).slice(
      0,
      options.plans,
    );
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined && !options.signal.aborted; next = queue.shift())
        await crew.run(next.plan, TROUBLES[next.campaign]?.(next.plan) ?? {});
    };
    await Promise.all(Array.from({ length: options.jobs }, work));
    const seconds = crew.results.map((result) => result.seconds);
    return {
      campaign: 'sample',
      plans: crew.results.length,
      violations: crew.violations,
      seconds: (performance.now() - startedAt) / 1000,
      seed: options.seed,
      facts: { medianSeconds: Number(median(seconds).toFixed(1)), faultsThatNeverCame: crew.missed },
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
