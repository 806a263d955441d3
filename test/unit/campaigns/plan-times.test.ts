// Times of plans: ordinary ones and slow ones apart, each beside its bound, in the record, on the page and in words.
import { describe, expect, it } from '@jest/globals';
import type { CampaignReport, PlanResult } from '../../campaigns/campaign.ts';
import { splitBrainTrouble } from '../../campaigns/split-brain/split-brain.ts';
import { describeTimes, timesOf } from '../../campaigns/plan-times.ts';
import { htmlOf, merged, savedReport } from '../../campaigns/report.ts';

function results(slow: boolean | undefined, ...seconds: readonly number[]): PlanResult[] {
  const kind = slow === undefined ? {} : { slow };
  return seconds.map((one, i) => ({ plan: `${String(slow)}-${i}-${one}`, seconds: one, violations: 0, ...kind }));
}

function report(of: readonly PlanResult[]): CampaignReport {
  const parts = { campaign: 'crash', violations: [], seconds: 1, seed: 1, facts: {} };
  return { ...parts, plans: of.length, results: of, times: timesOf(of) };
}

const ALL = [...results(false, 6, 7.04, 21), ...results(true, 25, 40), ...results(undefined, 900)];
const TIMES = {
  ordinary: { plans: 3, medianSeconds: 7, longestSeconds: 21, boundSeconds: 8, boundIsOf: 'medianSeconds' },
  slow: { plans: 2, medianSeconds: 40, longestSeconds: 40, boundSeconds: 30, boundIsOf: 'longestSeconds' },
};

describe('the times of plans', () => {
  it('are those of ordinary plans and of slow ones, of which half and each have a bound', () => {
    expect(timesOf(ALL)).toEqual(TIMES);
    expect(timesOf(results(undefined, 900))).toEqual({});
  });

  it('are told in words', () => {
    expect(describeTimes(timesOf(ALL))).toEqual([
      '3 ordinary plans: median 7 s (bound: 8 s), longest 21 s',
      '2 slow plans: median 40 s, longest 40 s (bound: 30 s)',
    ]);
  });

  it('are on the page', () => {
    const cells = (...all: readonly (string | number)[]): string => all.map((one) => `<td>${one}</td>`).join('');
    const page = htmlOf(savedReport([report(ALL)]));
    expect(page).toContain(cells('crash', 'ordinary', 3, 7, 21, '8, of the median'));
    expect(page).toContain(cells('crash', 'slow', 2, 40, 40, '30, of the longest'));
  });

  it('are of both parts of a run that was resumed', () => {
    expect(merged(report(ALL.slice(0, 1)), report(ALL.slice(1))).times).toEqual(TIMES);
  });

  it('have the longer bound where leaders change', () => {
    const plan = {
      story: 'create-set',
      duplicateName: 'start',
      seed: 1,
      faults: [],
      more: { leaseDownAt: 1 },
    } as const;
    expect(splitBrainTrouble(plan).slow).toBe(true);
  });
});
