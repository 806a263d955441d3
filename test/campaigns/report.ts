// A report of campaigns that a reader can check: what was run by whom and when, how many plans, and for each violation the
// plan that replays it. JSON is the record (and what --resume reads), HTML is for people.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { repositoryPath } from '../../src/testbed/repository.ts';
import { countsOfPlans } from './campaign.ts';
import type { Asked, CampaignReport, PlanResult } from './campaign.ts';
import { timesOf } from './plan-times.ts';
import type { OutputFormat } from './flags.ts';

export interface SavedReport {
  readonly at: string;
  readonly commit: string;
  readonly dirty: boolean;
  /** Of runs that this one went on from: their plans were run on other commits. */
  readonly earlier?: readonly string[];
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly campaigns: readonly CampaignReport[];
}

/** Not in git, and gone with `dist`. */
export const RESULTS_FOLDER = repositoryPath('dist/campaigns');

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: repositoryPath('.'), encoding: 'utf8' }).trim();
}

function commitOf({ commit, dirty }: Pick<SavedReport, 'commit' | 'dirty'>): string {
  return dirty ? `${commit}, changed` : commit;
}

/** `resumed`: what it goes on from. */
export function savedReport(campaigns: readonly CampaignReport[], resumed?: SavedReport): SavedReport {
  const now = { commit: git('rev-parse', '--short', 'HEAD'), dirty: git('status', '--porcelain') !== '' };
  const earlier = resumed === undefined ? [] : [...(resumed.earlier ?? []), commitOf(resumed)];
  const others = [...new Set(earlier)].filter((commit) => commit !== commitOf(now));
  return {
    at: new Date().toISOString(),
    ...now,
    ...(others.length > 0 && { earlier: others }),
    machine: { cpu: cpus()[0]?.model ?? '', cores: cpus().length, node: process.version },
    campaigns,
  };
}

/** The files that were written: JSON always, HTML when asked for. */
export function writeReport(report: SavedReport, name: string, format: OutputFormat): readonly string[] {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const files = [join(RESULTS_FOLDER, `${name}.json`)];
  writeFileSync(files[0] ?? '', `${JSON.stringify(report, null, 2)}\n`);
  if (format === 'json') return files;
  const page = join(RESULTS_FOLDER, `${name}.html`);
  writeFileSync(page, htmlOf(report));
  return [...files, page];
}

/** Nothing is left to do of it. */
export function isFinished({ finished }: CampaignReport, asked: Asked): boolean {
  const text = ({ plans, seed, shard }: Asked): string => JSON.stringify([plans ?? null, seed, shard ?? null]);
  return finished !== undefined && text(finished) === text(asked);
}

/** Undisturbed runs are made again by the run that goes on: one plan with the violations of both. */
function bothResults(before: readonly PlanResult[], after: readonly PlanResult[]): PlanResult[] {
  const both = new Map(before.map((result) => [result.plan, result]));
  for (const result of after)
    both.set(result.plan, { ...result, violations: result.violations + (both.get(result.plan)?.violations ?? 0) });
  return [...both.values()];
}

/** One report of the same campaign, of its plans before and after an interruption. */
export function merged(before: CampaignReport | undefined, after: CampaignReport): CampaignReport {
  if (before === undefined) return after;
  const { finished: _finished, ...rest } = after;
  const results = bothResults(before.results ?? [], after.results ?? []);
  const again = (before.results?.length ?? 0) + (after.results?.length ?? 0) - results.length;
  return {
    ...rest,
    plans: before.plans + after.plans - again,
    seconds: before.seconds + after.seconds,
    violations: [...before.violations, ...after.violations],
    facts: { ...bothFacts(before.facts, after.facts), ...recounted(after.facts, results) },
    results,
    ...(after.times === undefined ? {} : { times: timesOf(results) }),
  };
}

/** What an earlier run left of campaigns that this one hasn't come to yet stays in the report: it may be broken off, too. */
export function withEarlier(now: readonly CampaignReport[], earlier: SavedReport | undefined): CampaignReport[] {
  const done = new Set(now.map(({ campaign }) => campaign));
  return [...now, ...(earlier?.campaigns ?? []).filter(({ campaign }) => !done.has(campaign))];
}

type Facts = CampaignReport['facts'];

/** As `120 + 30`: what is a sum and what a longest time, only the campaign knows. */
function bothFacts(before: Facts, after: Facts): Facts {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const values = (name: string): string => [before[name], after[name]].filter((one) => one !== undefined).join(' + ');
  return Object.fromEntries(names.map((name) => [name, values(name)]));
}

/** What is counted of results is counted anew, not added up: an undisturbed run of both parts is one. */
function recounted(facts: Facts, results: readonly PlanResult[]): Facts {
  return Object.fromEntries(Object.entries(countsOfPlans(results)).filter(([name]) => name in facts));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function row(cells: readonly (string | number)[]): string {
  return `<tr>${cells.map((cell) => `<td>${escaped(String(cell))}</td>`).join('')}</tr>`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  return `<table><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr>\n${rows.join('\n')}\n</table>`;
}

function factsText(facts: Facts): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}

const COUNTS_HEAD = [
  ...['campaign', 'plans', 'disturbed', 'undisturbed', 'never came', 'all that was asked for', 'violations'],
  ...['seconds', 'seed', 'facts'],
];

function countCells(results: CampaignReport['results']): readonly (number | string)[] {
  if (results === undefined) return ['', '', ''];
  const { disturbed, undisturbed, neverCame } = countsOfPlans(results);
  return [disturbed, undisturbed, neverCame];
}

const TIMES_HEAD = ['campaign', 'plans', 'how many', 'median seconds', 'longest', 'bound'];

/** One for the ordinary ones, one for the slow ones. */
function timesRows({ campaign, times = {} }: CampaignReport): string[] {
  return Object.entries(times).map(([kind, { plans, medianSeconds, longestSeconds, boundSeconds, boundIsOf }]) =>
    row([
      ...[campaign, kind, plans, medianSeconds, longestSeconds],
      `${boundSeconds}, of the ${boundIsOf === 'medianSeconds' ? 'median' : 'longest'}`,
    ]),
  );
}

function whatCame({ undisturbed, neverCame }: PlanResult): string {
  if (undisturbed === true) return 'undisturbed';
  return neverCame === true ? 'never came' : 'disturbed';
}

export function htmlOf(report: SavedReport): string {
  const { at, commit, dirty, machine, campaigns } = report;
  const counts = campaigns.map(({ campaign, plans, violations, seconds, seed, facts, finished, results }) =>
    row([
      ...[campaign, plans, ...countCells(results), finished === undefined ? 'no' : 'yes', violations.length],
      ...[seconds.toFixed(0), seed, factsText(facts)],
    ]),
  );
  const times = campaigns.flatMap(timesRows);
  const violations = campaigns.flatMap((one) =>
    one.violations.map(({ oracle, step = '', text, plan, kept = '' }) =>
      row([one.campaign, oracle, step, text, plan, kept]),
    ),
  );
  const results = campaigns.flatMap((one) =>
    (one.results ?? []).map((result) =>
      row([one.campaign, result.plan, whatCame(result), result.seconds.toFixed(1), result.violations]),
    ),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Campaigns</title>
<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #bbb;padding:.2em .5em;text-align:left;vertical-align:top;overflow-wrap:anywhere}</style>
<h1>Campaigns</h1>
<p>${escaped(at)}, commit ${escaped(commit)}${dirty ? ' with changes' : ''}, ${machine.cores} cores (${escaped(machine.cpu)}), Node ${escaped(machine.node)}</p>
${table(COUNTS_HEAD, counts)}
<h2>Times</h2>
${times.length === 0 ? '<p>None that have a bound.</p>' : table(TIMES_HEAD, times)}
<h2>Violations</h2>
${violations.length === 0 ? '<p>None.</p>' : table(['campaign', 'oracle', 'step', 'what', 'plan', 'kept'], violations)}
<h2>Plans</h2>
${table(['campaign', 'plan', 'what came of it', 'seconds', 'violations'], results)}
</html>
`;
}
