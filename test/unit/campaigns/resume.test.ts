// What is left of a run that was broken off, and how the next one goes on from it.
import { describe, expect, it } from '@jest/globals';
import type { CampaignReport, PlanResult } from '../../campaigns/campaign.ts';
import { readDefects } from '../../campaigns/defects/defect.ts';
import { chosen, reportOf } from '../../campaigns/defects/defects.ts';
import { runEach } from '../../campaigns/harness/crew.ts';
import { htmlOf, isFinished, merged, savedReport, withEarlier } from '../../campaigns/report.ts';

function report(more: Partial<CampaignReport>): CampaignReport {
  return { campaign: 'crash', plans: 1, violations: [], seconds: 1, seed: 1, facts: {}, ...more };
}

describe('a report that is resumed', () => {
  const result = (plan: string, violations = 0): PlanResult => ({ plan, seconds: 6, violations });

  it('counts an undisturbed run once that both parts made, with what either of them violated', () => {
    const before = report({ plans: 2, results: [result('undisturbed', 1), result('a')] });
    const after = report({ plans: 2, results: [result('undisturbed'), result('b')] });
    const both = merged(before, after);
    expect(both.plans).toBe(3);
    expect(both.results?.map(({ plan, violations }) => [plan, violations])).toEqual([
      ['undisturbed', 1],
      ['a', 0],
      ['b', 0],
    ]);
  });

  it('says of each plan what came of it, and counts the three kinds apart, those of both parts', () => {
    const facts = { disturbed: 1, undisturbed: 1, neverCame: 0, planned: 2 };
    const before = report({ plans: 2, facts, results: [{ ...result('plain'), undisturbed: true }, result('a')] });
    const missed = { ...result('b'), neverCame: true };
    const after = report({ plans: 2, facts, results: [{ ...result('plain'), undisturbed: true }, missed] });
    const both = merged(before, after);
    expect(both.facts).toEqual({ disturbed: 1, undisturbed: 1, neverCame: 1, planned: '2 + 2' });
    const page = htmlOf(savedReport([both]));
    const cells = (...all: readonly string[]): string => all.map((one) => `<td>${one}</td>`).join('');
    expect(page).toContain(cells('crash', '3', '1', '1', '1'));
    expect(page).toContain(cells('crash', 'b', 'never came'));
    expect(page).toContain(cells('crash', 'plain', 'undisturbed'));
  });

  it('has nothing left to do of a campaign that was finished as it is asked for now', () => {
    const asked = { plans: 3, seed: 1, shard: undefined };
    const saved = JSON.parse(JSON.stringify(report({ finished: asked }))) as CampaignReport;
    expect(isFinished(saved, asked)).toBe(true);
    expect(isFinished(saved, { ...asked, plans: 4 })).toBe(false);
    expect(isFinished(saved, { ...asked, shard: { index: 1, of: 2 } })).toBe(false);
    expect(isFinished(report({}), asked)).toBe(false);
  });

  it('names the commits that its earlier plans were run on', () => {
    const earlier = { ...savedReport([]), commit: '1234567', dirty: false, earlier: ['89abcde, changed'] };
    expect(savedReport([], earlier).earlier).toEqual(['89abcde, changed', '1234567']);
    expect(savedReport([]).earlier).toBeUndefined();
  });

  it('is finished only when what was left is', () => {
    expect(merged(report({}), report({ finished: { seed: 1 } })).finished).toBeUndefined();
  });
});

describe('a run of seeded defects', () => {
  const [first, second, third] = readDefects();

  it('that died goes on with those that its report does not name', () => {
    if (first === undefined || second === undefined || third === undefined) throw new Error('there are more');
    const verdicts = [
      { defect: first, caughtBy: [], fell: ['converged'], seconds: 20 },
      { defect: second, caughtBy: ['leak'], fell: ['leak'], seconds: 30 },
    ];
    const kept = reportOf(verdicts, [], { seed: 1, seconds: 50 });
    expect(kept).toMatchObject({ campaign: 'defects', plans: 2, violations: [{ oracle: 'caught' }] });
    const done = new Set(kept.results?.map(({ plan }) => plan));
    expect(chosen({ plans: 3, done })).toEqual([third]);
    expect(chosen({ plans: 3 })).toEqual([first, second, third]);
  });
});

describe('plans that are broken off', () => {
  it('end with those that were begun, and the reason is no failure', async () => {
    const interrupt = new AbortController();
    const done: number[] = [];
    await runEach([1, 2, 3, 4], { jobs: 1, signal: interrupt.signal }, (one) => {
      if (one === 3) interrupt.abort(new Error('Ctrl-C'));
      interrupt.signal.throwIfAborted();
      done.push(one);
      return Promise.resolve();
    });
    expect(done).toEqual([1, 2]);
  });

  it('end with a machine that fails, once the others have ended what they began', async () => {
    const ended: number[] = [];
    const { signal } = new AbortController();
    const run = runEach([1, 2, 3, 4], { jobs: 2, signal }, async (one) => {
      if (one === 1) throw new Error('no control plane');
      await new Promise((resolve) => setImmediate(resolve));
      ended.push(one);
    });
    await expect(run).rejects.toThrow('no control plane');
    expect(ended).toEqual([2]);
  });
});

describe('a report that is broken off twice', () => {
  it('keeps what the first run left of the campaigns that the second one did not come to', () => {
    const [crash, stale] = [report({ campaign: 'crash', plans: 7 }), report({ campaign: 'stale', plans: 9 })];
    const machine = { cpu: 'x', cores: 2, node: 'v24' };
    const earlier = { at: '2026-11-21T22:00:00Z', commit: 'abc', dirty: false, machine, campaigns: [crash, stale] };
    const now = [report({ campaign: 'crash', plans: 8 })];
    expect(withEarlier(now, earlier).map(({ campaign, plans }) => [campaign, plans])).toEqual([
      ['crash', 8],
      ['stale', 9],
    ]);
    expect(withEarlier(now, undefined)).toEqual(now);
  });
});
