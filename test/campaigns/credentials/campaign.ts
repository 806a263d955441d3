// The campaign of credentials: wrong passwords in up to fifty objects with one account, rotations that race, crash loops in
// the middle of a login. Judged by the logins on the wire: a password is tried once for each version of its Secret, an
// account is never brought near its lock, and everything is connected again once the password is right. No password, wrong or
// right, is to be read in a log, a metric, an event or an object.
import { inventory, OTHER, parent } from '../../integration/operator/support/inventory.ts';
import { SecondClient } from '../../support/second-client.ts';
import type { Campaign, CampaignOptions, CampaignReport } from '../campaign.ts';
import { decoyMachines } from '../harness/lab-inventory.ts';
import { CANARY } from '../long-lived/rig.ts';
import type { Rig } from '../long-lived/rig.ts';
import { runOnRig } from '../long-lived/run-on-rig.ts';
import { judgeAll, plansToRun } from '../long-lived/run-plans.ts';
import type { Fall } from '../long-lived/run-plans.ts';
import { KEEPER, KEPT_PARENT, Truth } from '../long-lived/truth.ts';
import { LoginTap } from './login-tap.ts';
import { judgeLogins } from './oracles.ts';
import { CREDENTIALS_PLANS, CREDENTIALS_RULE } from './plans.ts';
import type { CredentialsPlan } from './plans.ts';
import { STORY, VERSIONS, notBack, removeVCenters } from './stories.ts';
import type { StoryScope } from './stories.ts';

/** Simulated seconds in a real one, so that a quarter of an hour is 15 s. */
const SPEED = 60;
const RETRY_SECONDS = 900 / SPEED;
const WINDOW_MS = (180 / SPEED) * 1000;
/** Twice the longest wait that can be due, and the looks in between. */
const BACK_MS = 2 * 2 * RETRY_SECONDS * 1000;
const AT_ONCE = 4;
/** Called as the one clone that there is. */
const DECOYS = [KEEPER];
const FLAGS = {
  // the next one begins as soon as the killed one's Lease is over
  'lease-duration': 8,
  'lease-renew-deadline': 6,
  'lease-retry': 0.5,
  'login-retry': RETRY_SECONDS,
  'credentials-interval': 0.3,
  'connect-retry': 0.3,
  'retry-max': 0.3,
  'poll-retry-base': 0.1,
  'poll-retry-max': 0.5,
  'log-level': 'info',
} as const;

async function judge(rig: Rig, tap: LoginTap, plan: CredentialsPlan, index: number): Promise<Fall[]> {
  const account = `user-${index}@vsphere.local`;
  const scope: StoryScope = { rig, tap, plan, id: `c${index}`, account, right: CANARY };
  await STORY[plan.story](scope);
  const missing = await notBack(scope, BACK_MS);
  const falls = [
    ...judgeLogins(tap.of(account), {
      windowMs: WINDOW_MS,
      retryMs: RETRY_SECONDS * 1000,
      versions: VERSIONS[plan.story](plan),
    }),
    ...(missing.length === 0 ? [] : [{ oracle: 'comes back', text: missing.slice(0, 5).join(', ') }]),
    ...(await lockedOut(scope)),
    ...(await rig.health.check()),
  ];
  await removeVCenters(scope);
  return falls;
}

/** The account can be used by somebody who knows its password. */
async function lockedOut({ rig, account }: StoryScope): Promise<Fall[]> {
  try {
    const client = await SecondClient.connect({ ...rig.lab.simulator, username: account, password: CANARY });
    await client.close();
    return [];
  } catch (error) {
    return [{ oracle: 'never locked', text: `${account} can't log in: ${(error as Error).message}` }];
  }
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const plans = plansToRun(options, CREDENTIALS_PLANS, CREDENTIALS_RULE);
  const tap = new LoginTap(CANARY);
  const users = plans.map((_, i) => ({ name: `user-${i}@vsphere.local`, password: CANARY, role: 'Admin' }));
  const rigOptions = {
    campaign: 'credentials',
    inventory: inventory({
      users: [...users, { name: OTHER.username, password: OTHER.password, role: 'Admin' }],
      vms: [parent(KEPT_PARENT), ...decoyMachines('lab', DECOYS)],
    }),
    speed: SPEED,
    simulatorFlags: { 'session-timeout-seconds': 0 },
    operatorFlags: FLAGS,
    toVCenter: tap.tamper,
  };
  return runOnRig(options, plans, rigOptions, async (rig) => {
    const truth = await Truth.furnish(rig);
    const kills = (plan: CredentialsPlan): boolean => plan.story === 'crash';
    const judgeOne = (plan: CredentialsPlan, index: number): Promise<Fall[]> => judge(rig, tap, plan, index);
    const together = await judgeAll(options, plans, AT_ONCE, judgeOne, (plan) => !kills(plan));
    const alone = await judgeAll(options, plans, 1, judgeOne, kills);
    const refused = tap.logins.filter(({ accepted }) => accepted === false).length;
    const ofAll = options.signal.aborted ? [] : await truth.atTheEnd();
    return { judged: [...together, ...alone], facts: { logins: tap.logins.length, refused }, ofAll };
  });
}

export const credentials: Campaign = {
  name: 'credentials',
  summary: 'wrong passwords, rotations and crash loops against one account',
  defaultPlans: CREDENTIALS_PLANS.length,
  planRule: CREDENTIALS_RULE,
  run,
};
