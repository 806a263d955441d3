// The fixed sample of all campaigns, as a process of its own: plans of crashes, stale caches, drift, faults of vCenter and
// two leaders, each beside the undisturbed run of its story. `npm run campaign -- sample` is the same by hand.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { nodeArguments } from '../../src/testbed/process/node-command.ts';
import type { CampaignReport } from './campaign.ts';
import { describeViolation } from './command.ts';
import { planLine } from './harness/plan.ts';
import type { Plan } from './harness/plan.ts';
import { RESULTS_FOLDER } from './report.ts';
import { MAY_MISS, SAMPLE } from './sample/plans.ts';
import type { SavedReport } from './report.ts';

/** A line is written for each plan, which takes ten seconds on two idle cores: who writes none for so long hangs. */
const NO_PROGRESS_MS = 600_000;
/** Six minutes on two idle cores. Not a limit for it: that is NO_PROGRESS_MS. */
const NEVER_MS = 4 * 3_600_000;

let report: CampaignReport;

/** Fails unless it ran to its end, with what it said last. */
async function runSample(): Promise<void> {
  const args = [...nodeArguments('test/campaigns/main.ts'), 'sample', '--jobs', '4'];
  const campaign = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  const hangs = setTimeout(() => campaign.kill('SIGKILL'), NO_PROGRESS_MS); // its guard takes what it started
  createInterface({ input: campaign.stderr }).on('line', (line) => {
    said.push(line);
    hangs.refresh();
  });
  const code = await new Promise((resolve, reject) => campaign.once('error', reject).once('close', resolve));
  clearTimeout(hangs);
  // 1: something was violated, what the report tells
  if (code !== 0 && code !== 1)
    throw new Error(`the sample ended with ${String(code)}; it said: ${said.slice(-20).join('\n')}`);
}

beforeAll(async () => {
  const file = join(RESULTS_FOLDER, 'sample-1.json');
  rmSync(file, { force: true }); // of an earlier run
  await runSample();
  const saved = JSON.parse(readFileSync(file, 'utf8')) as SavedReport;
  const [only] = saved.campaigns;
  if (only === undefined) throw new Error('the report is empty');
  report = only;
}, NEVER_MS);

describe('the sample of all campaigns', () => {
  it('runs each of its plans, sixty at least', () => {
    const ran = new Set(report.results?.map(({ plan }) => plan));
    expect(SAMPLE.length).toBeGreaterThanOrEqual(60);
    expect(SAMPLE.map(({ plan }) => planLine(plan)).filter((line) => !ran.has(line))).toEqual([]);
  });

  it('violates nothing', () => {
    expect(report.violations.map((violation) => describeViolation('sample', violation))).toEqual([]);
  });

  it('breaks what each of its plans is to break', () => {
    const missed = (report.results ?? []).filter(({ neverCame }) => neverCame === true).map(({ plan }) => plan);
    expect(missed.filter((line) => !MAY_MISS.has((JSON.parse(line) as Plan).story))).toEqual([]);
  });
});
