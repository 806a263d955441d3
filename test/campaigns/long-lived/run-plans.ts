// The frame of the campaigns that run many cases against one long-lived operator: which plans this run takes, how many at
// the same time, what is said about them, and the report.
import { errorMessage } from '../../../src/util/errors.ts';
import type { CampaignOptions, CampaignReport, PlanResult, Violation } from '../campaign.ts';
import { ofShard } from '../campaign.ts';
import { readPlanAs } from '../harness/plan-rules.ts';
import type { Rule } from '../harness/plan-rules.ts';
import { Random } from './random.ts';

/** A rule that a case broke. */
export interface Fall {
  readonly oracle: string;
  readonly text: string;
  readonly step?: string;
}

/**
 * The plans of this run: the one that is to be replayed, which must be as the rule says, or as many as are wanted of all,
 * those that were run before left out. Where not all are run the seed draws.
 */
export function plansToRun<P>(options: CampaignOptions, all: readonly P[], rule: Rule): readonly P[] {
  if (options.plan !== undefined) return [readPlanAs(options.plan, rule) as P];
  const wanted = Math.min(options.plans ?? all.length, all.length);
  const drawn = wanted < all.length ? new Random(options.seed).shuffled(all).slice(0, wanted) : all;
  return ofShard(drawn, options.shard, (plan) => JSON.stringify(plan)).filter(
    (plan) => options.done?.has(JSON.stringify(plan)) !== true,
  );
}

export interface Judged<P> {
  readonly plan: P;
  readonly falls: readonly Fall[];
  readonly seconds: number;
}

/** So many plans that couldn't be judged end the run: it isn't the plans then. */
const MOST_BROKEN = 5;

/**
 * Runs `judge` for each plan that `takes` takes, `atOnce` at the same time, with its place among all. What was judged when the
 * signal fires is kept; what wasn't yet is for the run that goes on from the report. A plan that can't be judged has fallen.
 */
export async function judgeAll<P>(
  options: CampaignOptions,
  plans: readonly P[],
  atOnce: number,
  judge: (plan: P, index: number) => Promise<readonly Fall[]>,
  takes: (plan: P) => boolean = () => true,
): Promise<Judged<P>[]> {
  const { signal, progress } = options;
  const judged: Judged<P>[] = [];
  let broken = 0;
  const waiting = plans.map((plan, index) => ({ plan, index })).filter(({ plan }) => takes(plan));
  const count = waiting.length;
  const step = Math.ceil(count / 20);
  const interrupted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const fallsOf = (plan: P, index: number): Promise<readonly Fall[]> =>
    judge(plan, index).catch((error: unknown) => {
      broken += 1;
      return [{ oracle: 'judged', text: errorMessage(error) }];
    });
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      const startedAt = performance.now();
      const falls = await Promise.race([fallsOf(next.plan, next.index), interrupted]);
      if (falls === undefined) return;
      judged.push({ plan: next.plan, falls, seconds: (performance.now() - startedAt) / 1000 });
      if (judged.length % step === 0) progress(`  ${judged.length} of ${count}`);
      if (broken >= MOST_BROKEN) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return judged;
}

export interface ReportParts<P> {
  readonly campaign: string;
  readonly judged: readonly Judged<P>[];
  readonly startedAt: number;
  readonly facts: Readonly<Record<string, number | string>>;
  /** Folder with the evidence, where something fell. */
  readonly kept?: string | undefined;
}

export function reportOf<P>(options: CampaignOptions, parts: ReportParts<P>): CampaignReport {
  const { campaign, judged, startedAt, facts, kept } = parts;
  const violations = judged.flatMap(({ plan, falls }) =>
    falls.map((fall): Violation => ({ plan: JSON.stringify(plan), ...fall, ...(kept === undefined ? {} : { kept }) })),
  );
  const results = judged.map(({ plan, falls, seconds }): PlanResult => ({
    plan: JSON.stringify(plan),
    seconds,
    violations: falls.length,
  }));
  return {
    campaign,
    plans: judged.length,
    violations,
    seconds: (performance.now() - startedAt) / 1000,
    seed: options.seed,
    facts,
    results,
  };
}
