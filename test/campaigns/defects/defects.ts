// The harness must be able to fail: each seeded defect is put into a copy of the operator, and the plans that are said to
// show it are run on it. A defect that its oracles don't catch is this campaign's violation.
import { rmSync } from 'node:fs';
import type { Campaign, CampaignOptions, CampaignReport, PlanResult, Violation } from '../campaign.ts';
import { ofShard } from '../campaign.ts';
import { Crew, runEach } from '../harness/crew.ts';
import { readPlan } from '../harness/plan.ts';
import { keys, oneOf, readPlanAs } from '../harness/plan-rules.ts';
import type { Rule } from '../harness/plan-rules.ts';
import { SET_UP } from '../harness/run-plan.ts';
import { LONG_LIVED } from '../long-lived/long-lived.ts';
import { WITHOUT_FAKETIME, faketimeLibrary, lacksFaketime, setsClock } from '../split-brain/faketime.ts';
import { ofStories, troubleOf } from '../troubles.ts';
import type { Defect } from './defect.ts';
import { readDefects, seed } from './defect.ts';

export interface Verdict {
  readonly defect: Defect;
  /** Its own oracles that fell, of the first plan that showed it. */
  readonly caughtBy: readonly string[];
  /** All that fell in the last plan that was tried. */
  readonly fell: readonly string[];
  readonly seconds: number;
}

/** Oracles that fall on a machine that is too busy, too. */
const SLOWNESS = new Set(['converged', 'comes back', SET_UP]);

/** One plan, with the operator of the defect's copy or, without that, of this one. Resolves with the oracles that fell. */
type Trial = (line: string, checkout: string | undefined) => Promise<readonly string[]>;

/** A plan of a story is run by itself. */
function storyTrial(crew: Crew, { campaign }: Defect): Trial {
  const { rule } = ofStories(campaign);
  return async (line, checkout) => {
    const plan = readPlan(line, rule);
    const { problems } = await crew.run(plan, troubleOf(campaign, plan), checkout);
    return problems.map(({ oracle }) => oracle);
  };
}

/** The same of a campaign that has one operator for all its plans. */
function longLivedTrial(campaign: Campaign, { signal, seed: seedOfRun }: CampaignOptions): Trial {
  return async (plan, checkout) => {
    const alone: CampaignOptions = { plan, seed: seedOfRun, jobs: 1, signal, progress: () => undefined };
    const { violations } = await campaign.run({ ...alone, checkout });
    return violations.map(({ oracle }) => oracle);
  };
}

async function tryDefect(crew: Crew, options: CampaignOptions, defect: Defect): Promise<Verdict> {
  const startedAt = performance.now();
  const longLived = LONG_LIVED.find(({ name }) => name === defect.campaign);
  const trial = longLived === undefined ? storyTrial(crew, defect) : longLivedTrial(longLived, options);
  const copy = seed(defect);
  let fell: readonly string[] = [];
  let caughtBy: readonly string[] = [];
  try {
    for (const line of defect.plans) {
      fell = [...new Set(await trial(line, copy))];
      caughtBy = fell.filter((oracle) => defect.oracles.includes(oracle));
      // what may be the machine's fault is the defect's only if the operator without it does better right after
      const isSlow = caughtBy.length > 0 && caughtBy.every((oracle) => SLOWNESS.has(oracle));
      if (isSlow && (await trial(line, undefined)).length > 0) caughtBy = [];
      if (caughtBy.length > 0) break;
    }
    return { defect, caughtBy, fell, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Who caught it, and who fell besides. */
function told({ caughtBy, fell }: Verdict): string {
  const others = fell.filter((oracle) => !caughtBy.includes(oracle));
  const by = caughtBy.length === 0 ? 'NOT CAUGHT' : `caught by ${caughtBy.join(', ')}`;
  return others.length === 0 ? by : `${by}; fell, too: ${others.join(', ')}`;
}

const DEFECTS_RULE: Rule = keys({ defect: oneOf(readDefects().map(({ name }) => name)) });

/** All, or the one that a "plan" of this campaign names: it is {"defect":"name"}. */
function named(plan: string | undefined): readonly Defect[] {
  const all = readDefects();
  const name = plan === undefined ? undefined : (readPlanAs(plan, DEFECTS_RULE) as { readonly defect: string }).defect;
  return name === undefined ? all : all.filter((one) => one.name === name);
}

function needsClocks({ plans }: Defect): boolean {
  return plans.some(setsClock);
}

/** Those of this run that no earlier one has tried. */
export function chosen(options: Pick<CampaignOptions, 'plan' | 'plans' | 'shard' | 'done'>): readonly Defect[] {
  const { plan, plans, shard, done } = options;
  return ofShard(named(plan).slice(0, plans), shard, lineOf).filter((defect) => done?.has(lineOf(defect)) !== true);
}

function lineOf({ name }: Defect): string {
  return JSON.stringify({ defect: name });
}

/** Of what was tried so far. */
export function reportOf(
  verdicts: readonly Verdict[],
  leftOut: readonly string[],
  { seed: seedOfRun, seconds }: Pick<CampaignReport, 'seed' | 'seconds'>,
): CampaignReport {
  const missed = verdicts.filter(({ caughtBy }) => caughtBy.length === 0);
  return {
    campaign: 'defects',
    plans: verdicts.length,
    violations: missed.map((verdict): Violation => ({
      plan: lineOf(verdict.defect),
      oracle: 'caught',
      text: `${verdict.defect.what}: in none of its plans fell ${verdict.defect.oracles.join(' or ')}; ${told(verdict)}`,
    })),
    seconds,
    seed: seedOfRun,
    facts: Object.fromEntries([
      ...verdicts.map((verdict) => [verdict.defect.name, `${verdict.defect.campaign}: ${told(verdict)}`]),
      ...leftOut.map((name) => [name, WITHOUT_FAKETIME]),
    ]),
    results: verdicts.map(({ defect, seconds: own, caughtBy }): PlanResult => ({
      plan: lineOf(defect),
      seconds: own,
      violations: caughtBy.length === 0 ? 1 : 0,
    })),
  };
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const { progress, seed: seedOfRun } = options;
  const startedAt = performance.now();
  const defects = chosen(options);
  const crew = await Crew.start('defects', options);
  const verdicts: Verdict[] = [];
  const leftOut: string[] = [];
  const report = (): CampaignReport =>
    reportOf(verdicts, leftOut, { seed: seedOfRun, seconds: (performance.now() - startedAt) / 1000 });
  try {
    await runEach(defects, options, async (defect) => {
      if (options.withoutFaketime === true && faketimeLibrary() === undefined && needsClocks(defect)) {
        leftOut.push(defect.name);
        progress(`defect ${defect.name}: ${WITHOUT_FAKETIME}`);
        return;
      }
      const verdict = await tryDefect(crew, options, defect);
      if (verdict.caughtBy.length === 0) options.signal.throwIfAborted(); // it wasn't tried to the end
      verdicts.push(verdict);
      progress(`defect ${defect.name}: ${told(verdict)} (${defect.campaign}): ${defect.what}`);
      options.keep?.(report());
    });
  } finally {
    await crew.stop();
  }
  return report();
}

export const DEFECTS: Campaign = {
  name: 'defects',
  summary: 'seeded defects, each of which an oracle must catch',
  defaultPlans: readDefects().length,
  planRule: DEFECTS_RULE,
  lacks: ({ plan, withoutFaketime }) => (named(plan).some(needsClocks) ? lacksFaketime(withoutFaketime) : undefined),
  run,
};
