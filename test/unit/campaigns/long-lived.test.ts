// The frame of the campaigns that put many cases to one operator: what is run, what an interrupted run leaves, and what
// counts as a stall.
import { describe, expect, it } from '@jest/globals';
import { readDefects } from '../../campaigns/defects/defect.ts';
import { generatedPlans } from '../../campaigns/generated/campaign.ts';
import { casesOf, hostilePlans } from '../../campaigns/hostile/cases.ts';
import type { HostilePlan } from '../../campaigns/hostile/cases.ts';
import { recordedReplies } from '../../campaigns/hostile/replies.ts';
import { SOAP_MUTATIONS } from '../../campaigns/hostile/soap-mutations.ts';
import { someText } from '../../campaigns/harness/plan-rules.ts';
import { injectionPlans } from '../../campaigns/injection/campaign.ts';
import { ComputingTime } from '../../campaigns/long-lived/computing.ts';
import { Random } from '../../campaigns/long-lived/random.ts';
import { withOfAll } from '../../campaigns/long-lived/run-on-rig.ts';
import { judgeAll, plansToRun } from '../../campaigns/long-lived/run-plans.ts';
import { htmlOf, merged } from '../../campaigns/report.ts';
import type { CampaignOptions, CampaignReport } from '../../campaigns/campaign.ts';

function options(more: Partial<CampaignOptions> = {}): CampaignOptions {
  return { seed: 1, jobs: 1, signal: new AbortController().signal, progress: () => undefined, ...more };
}

function report(more: Partial<CampaignReport>): CampaignReport {
  return { campaign: 'hostile', plans: 1, violations: [], seconds: 1, seed: 1, facts: {}, ...more };
}

describe('the cases', () => {
  it('are as many as they should be, and the same for the same seed', () => {
    const all = hostilePlans(1);
    expect(all.reduce((sum, plan) => sum + casesOf(plan).length, 0)).toBeGreaterThanOrEqual(5_000);
    expect(casesOf(all[3] as HostilePlan)).toEqual(casesOf(JSON.parse(JSON.stringify(all[3])) as HostilePlan));
    expect(casesOf(hostilePlans(1, 60)[0] as HostilePlan)).toHaveLength(60);
    expect(injectionPlans().length).toBeGreaterThanOrEqual(2_000);
    expect(generatedPlans(1).length).toBeGreaterThanOrEqual(150);
  });

  it('of replies leave none as it was', () => {
    const body = Buffer.from(recordedReplies().get('RetrievePropertiesEx') ?? '');
    const reply = { status: 200, headers: { 'content-type': 'text/xml' }, body };
    for (const [name, mutate] of Object.entries(SOAP_MUTATIONS)) {
      const changed = mutate(reply, new Random(7));
      expect([name, changed.status === 200 && changed.headers === reply.headers && changed.body.equals(body)]).toEqual([
        name,
        false,
      ]);
    }
  });
});

describe('a run', () => {
  const PLANS = ['a', 'b', 'c', 'd'];

  it('is divided into shards without rest, and goes on where an earlier one ended', () => {
    const shards = [1, 2, 3].map((index) => plansToRun(options({ shard: { index, of: 3 } }), PLANS, someText));
    expect(shards.flat().toSorted()).toEqual(PLANS);
    expect(plansToRun(options({ done: new Set(['"a"', '"c"']) }), PLANS, someText)).toEqual(['b', 'd']);
  });

  it('that is interrupted keeps what was judged, and waits for nothing', async () => {
    const interrupt = new AbortController();
    const judged = await judgeAll(options({ signal: interrupt.signal }), PLANS, 1, (plan) => {
      if (plan !== 'c') return Promise.resolve([]);
      interrupt.abort(new Error('Ctrl-C'));
      return new Promise(() => undefined);
    });
    expect(judged.map(({ plan }) => plan)).toEqual(['a', 'b']);
  });

  it('counts a plan that cannot be judged as fallen, and ends after some', async () => {
    const many = Array.from({ length: 20 }, (_, i) => i);
    const judged = await judgeAll(options(), many, 1, () => Promise.reject(new Error('no answer')));
    expect(judged).toHaveLength(5);
    expect(judged[0]?.falls).toEqual([{ oracle: 'judged', text: 'no answer' }]);
  });

  it('says of what no plan did by itself that the replay of the one with which it stands may not show it', () => {
    const judged = PLANS.map((plan) => ({ plan, falls: [], seconds: 1 }));
    const [first, ...rest] = withOfAll(judged, [{ oracle: 'decoys', text: 'one is gone' }]);
    expect(first?.falls[0]).toEqual({
      oracle: 'decoys',
      text: expect.stringMatching(
        /^one is gone \(found when all 4 plans were over: .* replay alone may not show it\)$/,
      ),
    });
    expect(rest.flatMap(({ falls }) => falls)).toEqual([]);
    expect(withOfAll(judged, [])).toEqual(judged);
  });

  it('that was resumed has the facts of both parts', () => {
    const both = merged(report({ facts: { told: 120 } }), report({ facts: { told: 30, unasked: 1 }, plans: 2 }));
    expect(both).toMatchObject({ plans: 3, facts: { told: '120 + 30', unasked: '1' } });
  });
});

describe('the page of a report', () => {
  it('tells facts in words, and shows what a violation quotes as text', () => {
    const violations = [{ plan: '{"told":"tag"}', oracle: 'well-formed', text: '<name>&</name>' }];
    const machine = { cpu: 'x', cores: 2, node: 'v24' };
    const campaigns = [report({ violations, facts: { told: 120, longestStallMs: 420 } })];
    const page = htmlOf({ at: '2026-11-21T22:00:00Z', commit: 'abc', dirty: false, machine, campaigns });
    expect(page).toContain('told: 120, longestStallMs: 420');
    expect(page).toContain('&lt;name&gt;&amp;&lt;/name&gt;');
    expect(page).not.toContain('<name>');
  });
});

describe('computing time', () => {
  it('is the most within a window, whatever was used outside of it', () => {
    const time = new ComputingTime();
    for (const [at, used] of [
      [0, 0],
      [1, 0.9],
      [2, 0.9],
      [3, 1],
      [4, 1.9],
      [5, 2.8],
    ] as const)
      time.add(at, used);
    expect(time.most(1)).toBeCloseTo(0.9);
  });

  it('of a process that was not let run is little', () => {
    const time = new ComputingTime();
    for (const [at, used] of [
      [0, 0],
      [4, 0.1],
      [8, 0.2],
    ] as const)
      time.add(at, used);
    expect(time.most(4)).toBeCloseTo(0.1);
    expect(time.most(4)).toBe(0);
  });
});

describe('seeded defects', () => {
  it('are there for each campaign with broken input', () => {
    const campaigns = new Set(readDefects().map(({ campaign }) => campaign));
    for (const name of ['hostile', 'injection', 'generated']) expect(campaigns).toContain(name);
  });
});
