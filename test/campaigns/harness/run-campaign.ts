// The frame of campaigns that are made of plans: a crew, the plans of this shard that no earlier report has, and a report.
import type { CampaignOptions, CampaignReport } from '../campaign.ts';
import { countsOfPlans, ofShard } from '../campaign.ts';
import { timesOf } from '../plan-times.ts';
import { Crew, runEach } from './crew.ts';
import { isUndisturbed, planLine, readPlan } from './plan.ts';
import type { Plan } from './plan.ts';
import type { Rule } from './plan-rules.ts';
import type { Trouble } from './run-plan.ts';

export interface PlannedCampaign {
  readonly name: string;
  /** What a plan that comes from outside must be. */
  readonly rule: Rule;
  /** All plans; may run undisturbed stories to know them. At most `count`. */
  plans(crew: Crew, count: number | undefined, seed: number): Promise<readonly Plan[]>;
  trouble?(plan: Plan): Trouble;
  facts?(): Readonly<Record<string, number | string>>;
}

export async function runCampaign(campaign: PlannedCampaign, options: CampaignOptions): Promise<CampaignReport> {
  const { seed, shard, done } = options;
  const startedAt = performance.now();
  const only = options.plan === undefined ? undefined : readPlan(options.plan, campaign.rule);
  const crew = await Crew.start(campaign.name, options);
  try {
    const all = only === undefined ? await campaign.plans(crew, options.plans, seed) : [only];
    const mine = ofShard(all, shard, planLine).filter((plan) => done?.has(planLine(plan)) !== true);
    const report = (): CampaignReport => ({
      campaign: campaign.name,
      plans: crew.results.length,
      violations: crew.violations,
      seconds: (performance.now() - startedAt) / 1000,
      seed,
      facts: {
        planned: mine.length,
        ...countsOfPlans(crew.results),
        lostLeases: crew.lostLeases,
        longestConvergeSeconds: Number(Math.max(0, ...crew.converge).toFixed(1)),
        ...campaign.facts?.(),
      },
      results: crew.results,
      times: timesOf(crew.results),
    });
    await runEach(mine, options, async (plan) => {
      await crew.run(plan, isUndisturbed(plan) ? {} : campaign.trouble?.(plan));
      options.keep?.(report());
    });
    return report();
  } finally {
    await crew.stop();
  }
}
