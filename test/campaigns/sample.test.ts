// The fixed sample of all campaigns, as a process of its own: plans of crashes, stale caches, drift, faults of vCenter and
// two leaders, each beside the undisturbed run of its story. `npm run campaign -- sample` is the same by hand.
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { nodeArguments } from '../../src/testbed/process/node-command.ts';
import type { CampaignReport } from './campaign.ts';
import { describeViolation } from './command.ts';
import { planLine } from './harness/plan.ts';
import { RESULTS_FOLDER } from './report.ts';
import { SAMPLE } from './sample/plans.ts';
import type { SavedReport } from './report.ts';

/** Six minutes on two idle cores; a busy machine only ever makes it later. */
const LIMIT_MS = 1_500_000;

let report: CampaignReport;

beforeAll(async () => {
  const file = join(RESULTS_FOLDER, 'sample-1.json');
  rmSync(file, { force: true }); // of an earlier run
  const args = [...nodeArguments('test/campaigns/main.ts'), 'sample', '--jobs', '2'];
  // 1: something was violated, what the report tells
  await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 }).catch((error: { code?: number }) => {
    if (error.code !== 1) throw error;
  });
  const saved = JSON.parse(readFileSync(file, 'utf8')) as SavedReport;
  const [only] = saved.campaigns;
  if (only === undefined) throw new Error('the report is empty');
  report = only;
}, LIMIT_MS);

describe('the sample of all campaigns', () => {
  it('runs each of its plans, sixty at least', () => {
    const ran = new Set(report.results?.map(({ plan }) => plan));
    expect(SAMPLE.length).toBeGreaterThanOrEqual(60);
    expect(SAMPLE.map(({ plan }) => planLine(plan)).filter((line) => !ran.has(line))).toEqual([]);
  });

  it('violates nothing', () => {
    expect(report.violations.map((violation) => describeViolation('sample', violation))).toEqual([]);
  });

  it('reaches nearly every write that it is to break', () => {
    expect(Number(report.facts['faultsThatNeverCame'])).toBeLessThanOrEqual(3);
  });
});
