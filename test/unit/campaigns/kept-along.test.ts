// A campaign that takes hours and breaks in the middle: what it has found by then is in its report, and isn't run again.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import type { Campaign, CampaignReport } from '../../campaigns/campaign.ts';
import { runCampaigns } from '../../campaigns/command.ts';
import { keys } from '../../campaigns/harness/plan-rules.ts';
import { RESULTS_FOLDER } from '../../campaigns/report.ts';
import type { SavedReport } from '../../campaigns/report.ts';

const NAME = 'broken-in-a-test';
const FILE = join(RESULTS_FOLDER, `${NAME}-1.json`);

afterEach(() => rmSync(FILE, { force: true }));

/** Runs plans `a`, `b` and `c`, and breaks before `c` the first time. */
function campaign(): Campaign & { readonly ran: string[] } {
  const ran: string[] = [];
  return {
    ...{ name: 'crash', summary: 'breaks', defaultPlans: 3, planRule: keys({}), ran },
    async run({ done, keep, seed }) {
      const results: CampaignReport['results'] & object[] = [];
      const report = (): CampaignReport => ({
        ...{ campaign: 'crash', plans: results.length, violations: [], seconds: 1, seed, facts: {} },
        results: [...results],
      });
      for (const plan of ['a', 'b', 'c'].filter((one) => done?.has(one) !== true)) {
        if (plan === 'c' && ran.length === 2) throw new Error('the control plane is gone');
        ran.push(plan);
        results.push({ plan, seconds: 1, violations: 0 });
        keep?.(report());
      }
      return report();
    },
  };
}

function saved(): SavedReport {
  return JSON.parse(readFileSync(FILE, 'utf8')) as SavedReport;
}

it('keeps what was found, and goes on from there', async () => {
  const one = campaign();
  const { signal } = new AbortController();
  await expect(runCampaigns(NAME, [one], {}, signal)).rejects.toThrow('the control plane is gone');
  expect(saved().campaigns[0]?.results?.map(({ plan }) => plan)).toEqual(['a', 'b']);
  expect(saved().campaigns[0]?.finished).toBeUndefined();

  one.ran.length = 0;
  expect(await runCampaigns(NAME, [one], { resume: FILE }, signal)).toBe(0);
  expect(one.ran).toEqual(['c']);
  expect(saved().campaigns[0]?.results?.map(({ plan }) => plan)).toEqual(['a', 'b', 'c']);
  expect(saved().campaigns[0]?.finished).toEqual({ seed: 1 });
});
