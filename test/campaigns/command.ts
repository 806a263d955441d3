// The command behind `npm run campaign`: which campaigns, with which flags, and what is said about them.
import { UsageError } from '../../src/testbed/command.ts';
import type { Command, FlagValues } from '../../src/testbed/command.ts';
import type { Asked, Campaign, CampaignReport, Violation } from './campaign.ts';
import { CAMPAIGNS } from './campaigns.ts';
import { readPlanAs } from './harness/plan-rules.ts';
import { jobsOf, outputOf, planOf, plansOf, resumedOf, seedOf, shardOf } from './flags.ts';
import { describeTimes } from './plan-times.ts';
import { isFinished, merged, savedReport, withEarlier, writeReport } from './report.ts';

function helpText(): string {
  const width = Math.max(3, ...CAMPAIGNS.map(({ name }) => name.length));
  const rows = CAMPAIGNS.map(
    ({ name, summary, defaultPlans, isAbout }) =>
      `  ${name.padEnd(width)}  ${summary} (${isAbout === true ? 'about ' : ''}${defaultPlans})`,
  );
  return `Breaks the real operator from outside, plan by plan, and judges what it did.

Usage: npm run campaign -- <name> [flags]

Campaigns (and their plans):
${rows.join('\n')}
  ${'all'.padEnd(width)}  all of them, one after the other

  --plans N          at most so many plans
  --seed S           draws other plans where not all are run (default 1)
  --plan PLAN        one plan only: its line of JSON, or a file that holds it
  --jobs N           so many plans at the same time (default 1)
  --shard I/N        only the I-th of N parts of the plans
  --resume REPORT    go on where the run stopped that left this report
  --output FORMAT    json (default), or html as well
  --without-faketime leaves out what needs Debian's package faketime; without it nothing is begun where that is missing
  -h, --help         this text

The report is kept in dist/campaigns. Exit code 0: nothing was violated; 1: something was, or the campaign broke; 2: nothing was begun.
`;
}

function chosen(name: string): readonly Campaign[] {
  if (name === '') throw new UsageError('which campaign? (see --help)');
  if (name === 'all') return CAMPAIGNS;
  const campaign = CAMPAIGNS.find((one) => one.name === name);
  if (campaign === undefined)
    throw new UsageError(`there is no campaign "${name}", only ${CAMPAIGNS.map((one) => one.name).join(', ')} and all`);
  return [campaign];
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** In single quotes for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function describeViolation(campaign: string, violation: Violation): string {
  const { oracle, step, text, plan, kept } = violation;
  return [
    `VIOLATED ${oracle}${step === undefined ? '' : ` at ${step}`}: ${text}`,
    `  replay: npm run campaign -- ${campaign} --plan ${quoted(plan)}`,
    ...(kept === undefined ? [] : [`  kept: ${kept}`]),
  ].join('\n');
}

/** Before anything is begun. */
function checkPlan(campaigns: readonly Campaign[], plan: string): void {
  const [only] = campaigns;
  if (only === undefined || campaigns.length > 1)
    throw new UsageError('--plan is for one campaign, not for all of them');
  readPlanAs(plan, only.planRule);
}

/** Runs them one after the other; the exit code. The report has their common `name`. */
export async function runCampaigns(
  name: string,
  campaigns: readonly Campaign[],
  values: FlagValues,
  signal: AbortSignal,
): Promise<number> {
  const [plans, seed, plan, jobs] = [plansOf(values), seedOf(values), planOf(values), jobsOf(values)];
  const [shard, format, resumed] = [shardOf(values), outputOf(values), resumedOf(values, campaigns, seed)];
  if (plan !== undefined) checkPlan(campaigns, plan);
  const withoutFaketime = values['without-faketime'] === true;
  const lacking = campaigns.flatMap((one) => one.lacks?.({ plan, withoutFaketime }) ?? []);
  if (lacking[0] !== undefined) throw new UsageError(lacking[0]);
  const asked: Asked = { plans, seed, shard };
  const reports: CampaignReport[] = [];
  const part = shard === undefined ? '' : `-${shard.index}-of-${shard.of}`;
  // in the middle, too, so that a run that is broken off can be resumed
  const write = (now: readonly CampaignReport[]): readonly string[] =>
    writeReport(savedReport(withEarlier(now, resumed), resumed), `${name}-${seed}${part}`, format);
  for (const campaign of campaigns) {
    const before = resumed?.campaigns.find((one) => one.campaign === campaign.name);
    if (before !== undefined && isFinished(before, asked)) {
      say(`${campaign.name}: done before`);
      reports.push(before);
      continue;
    }
    const done = new Set((before?.results ?? []).map((result) => result.plan));
    say(`${campaign.name}: ${campaign.summary}`);
    const keep = (soFar: CampaignReport): unknown => write([...reports, merged(before, soFar)]);
    const report = await campaign.run({
      ...{ plans, seed, plan, jobs, shard, done, withoutFaketime, signal, progress: say, keep },
    });
    for (const violation of report.violations) say(describeViolation(campaign.name, violation));
    const isWhole = plan === undefined && !signal.aborted;
    const whole = merged(before, report);
    for (const line of describeTimes(whole.times ?? {})) say(line);
    reports.push({ ...whole, ...(isWhole ? { finished: asked } : {}) });
    for (const file of write(reports)) say(`report: ${file}`);
    signal.throwIfAborted();
  }
  if (plan !== undefined && reports.every(({ plans: count }) => count === 0))
    throw new UsageError(`--plan: ${name} has no such plan, so nothing was run`);
  const summary = reports.map(({ campaign, plans: count, violations, seconds, facts, times }) => ({
    ...{ campaign, plans: count, violations: violations.length, seconds: Math.round(seconds), facts, times },
  }));
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  return reports.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

export function campaignCommand(name: string): Command {
  return {
    name: 'campaign',
    help: helpText(),
    options: {
      plans: { type: 'string' },
      seed: { type: 'string' },
      plan: { type: 'string' },
      jobs: { type: 'string' },
      shard: { type: 'string' },
      resume: { type: 'string' },
      output: { type: 'string' },
      'without-faketime': { type: 'boolean' },
    },
    run: (values, signal) => runCampaigns(name, chosen(name), values, signal),
  };
}
