// The harness must be able to fail: each seeded defect is put into a copy of the operator, and the plans that are said to
// show it are run on it. A defect that no oracle catches is this campaign's violation.
import { rmSync } from 'node:fs';
import type { Campaign, CampaignOptions, CampaignReport, PlanResult, Violation } from '../campaign.ts';
import { ofShard } from '../campaign.ts';
import { Crew, runEach } from '../harness/crew.ts';
import { readPlan } from '../harness/plan.ts';
import type { Plan } from '../harness/plan.ts';
import { SET_UP } from '../harness/run-plan.ts';
import type { Trouble } from '../harness/run-plan.ts';
import { LONG_LIVED } from '../long-lived/long-lived.ts';
import { NO_FAKETIME, faketimeLibrary } from '../split-brain/still-clock.ts';
import { TROUBLES } from '../troubles.ts';
import type { Defect } from './defect.ts';
import { readDefects, seed } from './defect.ts';

interface Verdict {
  readonly defect: Defect;
  /** Oracles that fell, of the first plan that showed it. */
  readonly caughtBy: readonly string[];
  readonly seconds: number;
}

/** Oracles that fall on a machine that is too busy, too. */
const SLOWNESS = new Set(['converged', SET_UP, 'comes back', 'judged']);

/** What may be the machine's fault is the defect's only if the operator without it does better right after. */
async function isProof(crew: Crew, plan: Plan, trouble: Trouble, caughtBy: readonly string[]): Promise<boolean> {
  if (!caughtBy.every((oracle) => SLOWNESS.has(oracle))) return true;
  return (await crew.run(plan, trouble)).problems.length === 0;
}

/** Oracles that fell on a plan of a story, each run by itself. */
async function tryStory(crew: Crew, defect: Defect, line: string, copy: string): Promise<readonly string[]> {
  const trouble = TROUBLES[defect.campaign];
  if (trouble === undefined) throw new Error(`${defect.name}: there is no campaign "${defect.campaign}" for defects`);
  const plan = readPlan(line);
  const { problems } = await crew.run(plan, trouble(plan), copy);
  const caughtBy = [...new Set(problems.map(({ oracle }) => oracle))];
  return caughtBy.length > 0 && (await isProof(crew, plan, trouble(plan), caughtBy)) ? caughtBy : [];
}

/** The same of a campaign that has one operator for all its plans. */
async function tryLongLived(
  campaign: Campaign,
  options: CampaignOptions,
  plan: string,
  copy: string,
): Promise<readonly string[]> {
  const { signal, seed: seedOfRun } = options;
  const alone: CampaignOptions = { plan, seed: seedOfRun, jobs: 1, signal, progress: () => undefined };
  const { violations } = await campaign.run({ ...alone, checkout: copy });
  const caughtBy = [...new Set(violations.map(({ oracle }) => oracle))];
  if (caughtBy.length === 0 || !caughtBy.every((oracle) => SLOWNESS.has(oracle))) return caughtBy;
  return (await campaign.run(alone)).violations.length === 0 ? caughtBy : [];
}

async function tryDefect(crew: Crew, options: CampaignOptions, defect: Defect): Promise<Verdict> {
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const longLived = LONG_LIVED.find(({ name }) => name === defect.campaign);
  const copy = seed(defect);
  try {
    for (const line of defect.plans) {
      const caughtBy =
        longLived === undefined
          ? await tryStory(crew, defect, line, copy)
          : await tryLongLived(longLived, options, line, copy);
      if (caughtBy.length > 0) return { defect, caughtBy, seconds: seconds() };
    }
    return { defect, caughtBy: [], seconds: seconds() };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function chosen(options: CampaignOptions): readonly Defect[] {
  const all = readDefects();
  const { plan, plans, shard, done } = options;
  // a "plan" of this campaign is {"defect":"name"}
  const name = plan === undefined ? undefined : (JSON.parse(plan) as { readonly defect: string }).defect;
  const named = name === undefined ? all : all.filter((one) => one.name === name);
  return ofShard(named.slice(0, plans), shard).filter((defect) => done?.has(lineOf(defect)) !== true);
}

function lineOf({ name }: Defect): string {
  return JSON.stringify({ defect: name });
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const { progress, seed: seedOfRun } = options;
  const startedAt = performance.now();
  const crew = await Crew.start('defects', options);
  const verdicts: Verdict[] = [];
  const leftOut: string[] = [];
  try {
    await runEach(chosen(options), options, async (defect) => {
      if (faketimeLibrary() === undefined && defect.plans.some((line) => line.includes('"still-clock"'))) {
        leftOut.push(defect.name);
        progress(`defect ${defect.name}: ${NO_FAKETIME}`);
        return;
      }
      const verdict = await tryDefect(crew, options, defect);
      if (verdict.caughtBy.length === 0) options.signal.throwIfAborted(); // it wasn't tried to the end
      verdicts.push(verdict);
      const by = verdict.caughtBy.length === 0 ? 'NOT CAUGHT' : `caught by ${verdict.caughtBy.join(', ')}`;
      progress(`defect ${defect.name}: ${by} (${defect.campaign}): ${defect.what}`);
    });
  } finally {
    await crew.stop();
  }
  const missed = verdicts.filter(({ caughtBy }) => caughtBy.length === 0);
  return {
    campaign: 'defects',
    plans: verdicts.length,
    violations: missed.map(({ defect }): Violation => ({
      plan: lineOf(defect),
      oracle: 'caught',
      text: `${defect.what}: none of its plans showed it (${defect.plans.join(' ')})`,
    })),
    seconds: (performance.now() - startedAt) / 1000,
    seed: seedOfRun,
    facts: Object.fromEntries([
      ...verdicts.map(({ defect, caughtBy }) => [defect.name, `${defect.campaign}: ${caughtBy.join(', ')}`]),
      ...leftOut.map((name) => [name, NO_FAKETIME]),
    ]),
    results: verdicts.map(({ defect, seconds, caughtBy }): PlanResult => ({
      plan: lineOf(defect),
      seconds,
      violations: caughtBy.length === 0 ? 1 : 0,
    })),
  };
}

export const DEFECTS: Campaign = {
  name: 'defects',
  summary: 'seeded defects, each of which an oracle must catch',
  defaultPlans: readDefects().length,
  run,
};
