// The flags of `npm run campaign` as values. Every mistake is one sentence.
import { readFileSync } from 'node:fs';
import { errorMessage } from '../../src/util/errors.ts';
import { UsageError } from '../../src/testbed/command.ts';
import type { FlagValues } from '../../src/testbed/command.ts';
import type { Campaign, Shard } from './campaign.ts';
import { having, listOf, readAs, someNumber, someObject, someText, wholeNumber } from './harness/plan-rules.ts';
import type { SavedReport } from './report.ts';

export type OutputFormat = 'json' | 'html';

const FORMATS: readonly OutputFormat[] = ['json', 'html'];

function wholeNumberOf(values: FlagValues, name: string): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`--${name} must be a whole number above 0, not "${String(text)}"`);
  return value;
}

function textOf(values: FlagValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function plansOf(values: FlagValues): number | undefined {
  return wholeNumberOf(values, 'plans');
}

export function seedOf(values: FlagValues): number {
  return wholeNumberOf(values, 'seed') ?? 1;
}

export function jobsOf(values: FlagValues): number {
  return wholeNumberOf(values, 'jobs') ?? 1;
}

/** The line itself, or the file that holds it. */
export function planOf(values: FlagValues): string | undefined {
  const text = textOf(values, 'plan');
  if (text === undefined || text.startsWith('{')) return text;
  try {
    return readFileSync(text, 'utf8').trim();
  } catch {
    throw new UsageError(`--plan must be a line of JSON or a file that holds one, not "${text}"`);
  }
}

export function shardOf(values: FlagValues): Shard | undefined {
  const text = textOf(values, 'shard');
  if (text === undefined) return undefined;
  const [, index, of] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  if (index === undefined || of === undefined || Number(index) > Number(of))
    throw new UsageError(`--shard must be like 1/4, not "${text}"`);
  return { index: Number(index), of: Number(of) };
}

export function outputOf(values: FlagValues): OutputFormat {
  const text = textOf(values, 'output') ?? 'json';
  const format = FORMATS.find((one) => one === text);
  if (format === undefined) throw new UsageError(`--output must be json or html, not "${text}"`);
  return format;
}

/** What of a report is read by the run that goes on. */
const REPORT = having({
  campaigns: listOf(
    having(
      {
        ...{ campaign: someText, seed: wholeNumber(1), plans: someNumber, seconds: someNumber, facts: someObject },
        violations: listOf(having({ plan: someText, oracle: someText, text: someText })),
      },
      { results: listOf(having({ plan: someText, seconds: someNumber, violations: someNumber })) },
    ),
    1,
  ),
});

/** The report that an interrupted run of some of these campaigns left. */
export function resumedOf(
  values: FlagValues,
  campaigns: readonly Pick<Campaign, 'name'>[],
  seed: number,
): SavedReport | undefined {
  const file = textOf(values, 'resume');
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--resume must name a report in JSON: ${errorMessage(error)}`, { cause: undefined });
  }
  const report = readAs(text, `--resume ${file}`, REPORT) as SavedReport;
  const own = report.campaigns.filter(({ campaign }) => campaigns.some(({ name }) => name === campaign));
  const names = (all: readonly string[]): string => all.join(', ');
  if (own.length === 0)
    throw new UsageError(
      `--resume ${file}: that is a report of ${names(report.campaigns.map(({ campaign }) => campaign))}, not of ${names(campaigns.map(({ name }) => name))}`,
    );
  const other = own.find((one) => one.seed !== seed);
  if (other !== undefined) throw new UsageError(`--resume: ${other.campaign} was run with --seed ${other.seed}`);
  return report;
}
