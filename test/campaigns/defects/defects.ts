// The harness must be able to fail: each seeded defect is put into a copy of the operator, and the plans that are said to
// show it are run on it. A defect that no oracle catches is this campaign's violation.
import { rmSync } from 'node:fs';
import type { Campaign, CampaignOptions, CampaignReport, PlanResult, Violation } from '../campaign.ts';
import { ofShard } from '../campaign.ts';
import { Crew } from '../harness/crew.ts';
import { planLine } from '../harness/plan.ts';
import type { Plan } from '../harness/plan.ts';
import { SET_UP } from '../harness/run-plan.ts';
import type { Trouble } from '../harness/run-plan.ts';
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
const SLOWNESS = new Set(['converged', SET_UP]);

/** What may be the machine's fault is the defect's only if the operator without it does better right after. */
async function isProof(crew: Crew, plan: Plan, trouble: Trouble, caughtBy: readonly string[]): Promise<boolean> {
  if (!caughtBy.every((oracle) => SLOWNESS.has(oracle))) return true;
  return (await crew.run(plan, trouble)).problems.length === 0;
}

async function tryDefect(crew: Crew, defect: Defect): Promise<Verdict> {
  const trouble = TROUBLES[defect.campaign];
  if (trouble === undefined) throw new Error(`${defect.name}: there is no campaign "${defect.campaign}" for defects`);
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const copy = seed(defect);
  try {
    for (const plan of defect.plans) {
      const { problems } = await crew.run(plan, trouble(plan), copy);
      const caughtBy = [...new Set(problems.map(({ oracle }) => oracle))];
      if (caughtBy.length > 0 && (await isProof(crew, plan, trouble(plan), caughtBy)))
        return { defect, caughtBy, seconds: seconds() };
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
  return ofShard(named, shard)
    .filter((defect) => done?.has(lineOf(defect)) !== true)
    .slice(0, plans);
}

function lineOf({ name }: Defect): string {
  return JSON.stringify({ defect: name });
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const { progress, signal, jobs, seed: seedOfRun } = options;
  const startedAt = performance.now();
  const crew = await Crew.start('defects', options);
  const verdicts: Verdict[] = [];
  try {
    const queue = [...chosen(options)];
    const work = async (): Promise<void> => {
      for (let defect = queue.shift(); defect !== undefined && !signal.aborted; defect = queue.shift()) {
        const verdict = await tryDefect(crew, defect);
        verdicts.push(verdict);
        const by = verdict.caughtBy.length === 0 ? 'NOT CAUGHT' : `caught by ${verdict.caughtBy.join(', ')}`;
        progress(`defect ${defect.name}: ${by} (${defect.campaign}): ${defect.what}`);
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
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
      text: `${defect.what}: none of its plans showed it (${defect.plans.map((plan) => planLine(plan)).join(' ')})`,
    })),
    seconds: (performance.now() - startedAt) / 1000,
    seed: seedOfRun,
    facts: Object.fromEntries(
      verdicts.map(({ defect, caughtBy }) => [defect.name, `${defect.campaign}: ${caughtBy.join(', ')}`]),
    ),
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
  defaultPlans: 26,
  run,
};
