// A small fixed part of the campaigns that put many cases to one operator; the whole of them is `npm run campaign`.
import { expect, it } from '@jest/globals';
import type { Campaign, CampaignOptions } from './campaign.ts';
import { describeViolation } from './command.ts';
import { credentials } from './credentials/campaign.ts';
import { generated } from './generated/campaign.ts';
import { hostile } from './hostile/campaign.ts';
import { injection } from './injection/campaign.ts';
import { tenancy } from './tenancy/campaign.ts';

/** A minute and a half on two idle cores; a busy machine only ever makes it later. */
const LIMIT_MS = 600_000;
/** Replies and lines that everything hangs on, cut short, renamed, too large and of another format. */
const LIES = {
  cases: [
    { on: 'WaitForUpdatesEx', cutAt: 640 },
    { on: 'WaitForUpdatesEx', mutate: 'rename', seed: 1 },
    { on: 'WaitForUpdatesEx', mutate: 'html', seed: 2 },
    { on: 'RetrievePropertiesEx', cutAt: 1280 },
    { on: 'RetrievePropertiesEx', mutate: 'swap', seed: 3 },
    { on: 'RetrievePropertiesEx', mutate: 'wider', seed: 4 },
    { on: 'HasPrivilegeOnEntities', mutate: 'halfGzip', seed: 5 },
    { watch: 'linkedclones', mutate: 'noUid', seed: 6 },
    { watch: 'linkedclones', mutate: 'truncated', seed: 7 },
    { watch: 'linkedclonesets', mutate: 'garbage', seed: 8 },
  ],
};

type Part = Pick<CampaignOptions, 'plans' | 'plan' | 'seed'>;

it.each<[string, Campaign, Part, number]>([
  ['tenancy', tenancy, { plans: 40, seed: 1 }, 40],
  // one story each: aliases, one Secret, a rotation, a crash in a login, many Secrets
  ['credentials', credentials, { plans: 5, seed: 97 }, 5],
  ['hostile', hostile, { plan: JSON.stringify(LIES), seed: 1 }, LIES.cases.length],
  ['injection', injection, { plans: 12, seed: 3 }, 12],
  ['generated', generated, { plans: 2, seed: 4 }, 2],
])(
  '%s violates nothing',
  async (_, campaign, part, plans) => {
    const options = { jobs: 1, signal: new AbortController().signal, progress: () => undefined };
    const report = await campaign.run({ ...options, ...part });
    expect(report.violations.map((one) => describeViolation(campaign.name, one))).toEqual([]);
    expect(report.plans).toBe(plans);
  },
  LIMIT_MS,
);
