// A small fixed part of the campaigns that put many cases to one operator; the whole of them is `npm run campaign`.
import { expect, it } from '@jest/globals';
import type { Campaign } from './campaign.ts';
import { describeViolation } from './command.ts';
import { credentials } from './credentials/campaign.ts';
import { tenancy } from './tenancy/campaign.ts';

/** A minute and a half on two idle cores; a busy machine only ever makes it later. */
const LIMIT_MS = 600_000;

it.each<[string, Campaign, number, number]>([
  ['tenancy', tenancy, 40, 1],
  // one story each: aliases, one Secret, a rotation, a crash in a login, many Secrets
  ['credentials', credentials, 5, 97],
])(
  '%s violates nothing',
  async (_, campaign, plans, seed) => {
    const report = await campaign.run({
      plans,
      seed,
      jobs: 1,
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    expect(report.plans).toBe(plans);
    expect(report.violations.map((one) => describeViolation(campaign.name, one))).toEqual([]);
  },
  LIMIT_MS,
);
