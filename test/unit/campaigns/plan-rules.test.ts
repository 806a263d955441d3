// Plans and reports that come from outside are checked before anything begins: each campaign takes all that it makes itself,
// and says of what it doesn't take which key has which value, and what is allowed.
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { UsageError } from '../../../src/testbed/command.ts';
import type { Campaign } from '../../campaigns/campaign.ts';
import { CAMPAIGNS } from '../../campaigns/campaigns.ts';
import { runCampaigns } from '../../campaigns/command.ts';
import { crashPlans, refusedWritePlans, undisturbedPlans } from '../../campaigns/crash/crash.ts';
import { CREDENTIALS_PLANS } from '../../campaigns/credentials/plans.ts';
import { readDefects } from '../../campaigns/defects/defect.ts';
import { driftPlans } from '../../campaigns/drift/drift.ts';
import { faultPlans } from '../../campaigns/faults/faults.ts';
import { generatedPlans } from '../../campaigns/generated/campaign.ts';
import type { Crew } from '../../campaigns/harness/crew.ts';
import { keys, readPlanAs } from '../../campaigns/harness/plan-rules.ts';
import { planLine, undisturbed } from '../../campaigns/harness/plan.ts';
import { casesOf, hostilePlans } from '../../campaigns/hostile/cases.ts';
import { injectionPlans } from '../../campaigns/injection/campaign.ts';
import { massDeletionPlans } from '../../campaigns/mass-deletion/mass-deletion.ts';
import { SAMPLE } from '../../campaigns/sample/plans.ts';
import { splitBrainPlans } from '../../campaigns/split-brain/split-brain.ts';
import { stalePlans } from '../../campaigns/stale/plans.ts';
import { allPlans } from '../../campaigns/tenancy/plans.ts';
import { unobservedPlans } from '../../campaigns/unobserved/unobserved.ts';

const CREW: Pick<Crew, 'reference'> = {
  reference: () =>
    Promise.resolve({
      ...{ end: { objects: [], vms: [], snapshots: [], files: 0 }, counts: {} },
      vcenter: ['CloneVM_Task vm-1', 'Destroy_Task vm-1'],
      kube: ['PATCH linkedclones lab/one', 'DELETE linkedclones lab/one'],
      words: [
        { plural: 'linkedclones', name: 'one', what: 'made', version: '5' },
        { plural: 'linkedclones', name: 'one', what: 'deleted', version: '8' },
        { plural: 'vcenters', name: 'vc', what: 'changed', version: '9' },
      ],
    }),
};

/** All that a campaign makes itself. */
const OWN: Readonly<Record<string, () => readonly unknown[] | Promise<readonly unknown[]>>> = {
  sample: () => SAMPLE.map(({ plan }) => plan),
  crash: async () => [...(await crashPlans(CREW, undefined, 1)), ...undisturbedPlans(2)],
  'refused-writes': () => refusedWritePlans(CREW, undefined, 1),
  stale: () => stalePlans(CREW, undefined, 1),
  unobserved: () => unobservedPlans(undefined, 3),
  'split-brain': () => splitBrainPlans(CREW, undefined, 1),
  'vcenter-faults': () => faultPlans(undefined, 1),
  drift: () => driftPlans(undefined, 1),
  'mass-deletion': () => massDeletionPlans(undefined, 1),
  tenancy: () => allPlans(),
  credentials: () => CREDENTIALS_PLANS,
  hostile: () => {
    const batches = hostilePlans(1);
    return [...batches, ...batches.map((plan) => ({ cases: casesOf(plan) }))];
  },
  injection: () => injectionPlans(),
  generated: () => generatedPlans(1),
  soak: () => [{ soak: 10, seed: 1 }],
  defects: () => readDefects().map(({ name }) => ({ defect: name })),
};

/** Not all plans are run by default, or they are counted otherwise: minutes, or parts of a plan. */
const DRAWN = new Set(['tenancy', 'hostile', 'soak']);

function campaignOf(name: string): Campaign {
  const found = CAMPAIGNS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no campaign ${name}`);
  return found;
}

/** Why it isn't taken. */
function refusal(name: string, line: string): string {
  try {
    readPlanAs(line, campaignOf(name).planRule);
    return 'taken';
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

describe('pairs of faults on writes', () => {
  it('are of two writes each: of two on one write one could not come', async () => {
    const plans = await crashPlans(CREW, undefined, 1);
    const pairs = plans.map(({ faults }) => faults).filter(({ length }) => length > 1);
    expect(pairs.length).toBeGreaterThan(100);
    const writes = pairs.map((faults) => new Set(faults.map(({ side, nth, install }) => `${side} ${install} ${nth}`)));
    expect(writes.filter(({ size }) => size < 2)).toEqual([]);
  });
});

describe('a campaign takes', () => {
  it.each(CAMPAIGNS.map(({ name }) => name))('the plans that it makes itself: %s', async (name) => {
    const plans = (await OWN[name]?.()) ?? [];
    expect(plans.length).toBeGreaterThan(0);
    const refused = plans.map((plan) => refusal(name, JSON.stringify(plan))).filter((why) => why !== 'taken');
    expect(refused).toEqual([]);
  });

  it('as many as --help says, where that is no estimate', async () => {
    const counted = CAMPAIGNS.filter(({ name, isAbout }) => isAbout !== true && !DRAWN.has(name));
    expect(counted.length).toBeGreaterThan(8);
    for (const { name, defaultPlans } of counted)
      expect([name, defaultPlans]).toEqual([name, (await OWN[name]?.())?.length]);
  });

  it('the undisturbed runs that its report names', () => {
    const names = ['sample', 'crash', 'stale', 'split-brain', 'vcenter-faults', 'drift'];
    const plain = JSON.stringify({ story: 'scale-down', duplicateName: 'start', seed: 1, faults: [] });
    expect(names.map((name) => refusal(name, plain))).toEqual(names.map(() => 'taken'));
    for (const plan of [...massDeletionPlans(1, 1), ...unobservedPlans(1, 1)])
      expect(refusal(plan.story, planLine(undisturbed(plan)))).toBe('taken');
  });
});

/** A line of a plan of a story. */
function story(more: Readonly<Record<string, unknown>>, name = 'scale-down'): string {
  return JSON.stringify({ story: name, duplicateName: 'start', seed: 1, faults: [], ...more });
}

function fault(change: Readonly<Record<string, unknown>>): string {
  return story({ faults: [{ side: 'kube', nth: 1, act: 'kill-after', ...change }] });
}

const TENANT = { namespace: 'a', baseIn: 'a', parent: 'gold-a', source: 'moRef', folder: '', pool: '', datastore: '' };
const CUT = { on: 'WaitForUpdatesEx', cutAt: 64 };

describe('a campaign refuses', () => {
  it.each([
    ['crash', '{', '--plan is no JSON'],
    ['crash', '[]', 'it is [], and must be an object'],
    ['crash', '{"story":"scale-down"}', 'it lacks the key "duplicateName"'],
    ['crash', story({}, 'scale-dwon'), 'story is … and must be one of'],
    ['crash', story({ duplicateName: 'middle' }), 'duplicateName is "middle", and must be one of start, end'],
    ['crash', story({ seed: '1' }), 'seed is "1", and must be a whole number from 1 on'],
    ['crash', story({ faults: {} }), 'faults is {}, and must be a list'],
    [
      'crash',
      fault({ act: 'kill_after' }),
      'faults[0].act is … and must be one of kill-before, kill-after, lose-reply, ',
    ],
    ['crash', fault({ act: 'stun-after' }), 'faults[0].act is "stun-after", and must be one of kill-before'],
    ['crash', fault({ side: 'vCenter' }), 'faults[0].side is "vCenter", and must be one of kube, vcenter'],
    ['crash', fault({ nth: 0 }), 'faults[0].nth is 0, and must be a whole number from 1 on'],
    ['crash', fault({ off: 'x' }), 'there is no key "faults[0].off", which is "x": allowed are side, nth, act, of'],
    [
      'crash',
      story({ more: { act: 'rename' } }),
      'there is no key "more.act", which is "rename": allowed are claimRenew',
    ],
    ['refused-writes', story({ more: { act: 'rename' } }), 'there is no key "more", which is {"act":"rename"}'],
    ['crash', fault({ install: 3 }), 'faults[0].install is 3, and must be a whole number from 2 to 2'],
    [
      'split-brain',
      fault({ act: 'stun-before', side: 'lease' }),
      'faults[0].side is "lease", and must be one of kube, vcenter',
    ],
    ['refused-writes', fault({ act: 'refuse' }), 'faults[0].act is "refuse", and must be'],
    ['sample', story({ seed: 7 }), 'it is … and must be one of the plans of test/campaigns/sample/plans.ts'],
    ['sample', story({ extra: 1 }), 'there is no key "extra", which is 1'],
    ['stale', fault({}), 'it lacks the key "more"'],
    [
      'stale',
      story({ more: { kind: 'frozen', plural: 'linkedclones', after: 1 } }),
      'more.kind is … and must be one of freeze',
    ],
    [
      'stale',
      story({ more: { kind: 'freeze', plural: 'clones', after: 1 } }),
      'more.plural is … and must be one of all, vcenters',
    ],
    [
      'stale',
      story({ more: { kind: 'drop', plural: 'all', after: 1 } }),
      'more.plural is … and must be one of vcenters',
    ],
    [
      'stale',
      story({ more: { kind: 'freeze', plural: 'all', after: 1, variant: 'selector' } }),
      'no key "more.variant"',
    ],
    [
      'stale',
      story({ more: { kind: 'freeze', plural: 'all', after: 1, variant: 'scaled' } }, 'mass-deletion'),
      'more.variant is … and must be selector',
    ],
    ['stale', story({ more: { kind: 'freeze', plural: 'linkedclones' } }), 'more lacks the key "after"'],
    ['stale', story({ more: { kind: 'gone', plural: 'linkedclones', before: 'kube' } }), 'more lacks the key "nth"'],
    ['stale', story({ more: { kind: 'replay', plural: 'all', after: 1 } }), 'more lacks the key "as"'],
    [
      'stale',
      story({ more: { kind: 'gone', plural: 'linkedclones', said: 'all' } }),
      'more.said is "all", and must be a whole number from 0 on or "all steps"',
    ],
    ['stale', story({ more: { kind: 'gone', plural: 'linkedclones', after: 1, name: 'a' } }), 'no key "more.name"'],
    [
      'unobserved',
      story({ more: { way: 'blind', ops: '!b+b' } }, 'unobserved'),
      'more.way is … and must be one of killed, ',
    ],
    [
      'unobserved',
      story({ more: { way: 'killed', ops: '+b' } }, 'unobserved'),
      'more.ops is … and must be steps that can be',
    ],
    ['unobserved', story({ more: { way: 'killed', ops: '!b+x' } }, 'unobserved'), 'more.ops is "!b+x", and must be'],
    ['unobserved', story({ more: { way: 'killed', ops: '!b+b' } }), 'story is "scale-down", and must be unobserved'],
    ['split-brain', fault({}), 'faults[0].act is "kill-after", and must be one of stun-before, stun-after'],
    ['split-brain', story({ more: null }), 'more is null, and must be an object'],
    ['split-brain', story({ more: { kind: 'four' } }), 'more.kind is … and must be one of three, elsewhere, '],
    ['split-brain', story({ more: { kind: 'three' } }), 'faults is [], and must be a list of 1 or more'],
    [
      'split-brain',
      story({ more: { kind: 'taken-over', lease: 'medium' } }),
      'more.lease is … and must be one of short, long',
    ],
    [
      'split-brain',
      story({ more: { kind: 'still-clock', read: 0 } }),
      'more.read is … and must be a whole number from 1 on',
    ],
    ['split-brain', story({ more: { kind: 'still-clock', read: 1, base: 'gold' } }), 'more.base is … and must be own'],
    [
      'split-brain',
      story({ more: { kind: 'wall-jump', at: 1, by: 0 } }),
      'more.by is … and must be a whole number of seconds',
    ],
    [
      'split-brain',
      story({ more: { leaseDownAt: '2' } }),
      'more.leaseDownAt is … and must be a whole number from 1 on',
    ],
    [
      'split-brain',
      JSON.stringify({ ...JSON.parse(fault({})), more: { kind: 'elsewhere' } }),
      'faults is … and must be an empty list in such a plan',
    ],
    [
      'vcenter-faults',
      story({ more: { method: 'CloneVM', fault: 'late', when: 'first' } }),
      'more.method is … and must be one',
    ],
    [
      'vcenter-faults',
      story({ more: { method: 'CreateFolder', fault: 'task-lost', when: 'first' } }),
      'more.fault is … and must be one of',
    ],
    [
      'vcenter-faults',
      story({ more: { method: 'CloneVM_Task', fault: 'late', when: 'third' } }),
      'more.when is "third", and must be one of first, second, while',
    ],
    [
      'vcenter-faults',
      story({ more: { method: 'CloneVM_Task', fault: 'past-timeout', when: 'first' } }),
      'faults is … and must be a list of 1 or more',
    ],
    [
      'drift',
      story({ more: { act: 'poweroff', on: 'clone', phase: 0 } }),
      'more.act is … and must be one of power-off, ',
    ],
    ['drift', story({ more: { act: 'suspend', on: 'parent', phase: 0 } }), 'more.on is "parent", and must be clone'],
    ['drift', story({ more: { act: 'destroy', on: 'parent', phase: 0 } }), 'more.on is "parent", and must be clone'],
    [
      'drift',
      story({ more: { act: 'rename', on: 'clone', phase: -1 } }),
      'more.phase is … and must be a whole number from 0',
    ],
    ['drift', story({ more: { act: 'rename', on: 'clone' } }), 'more lacks the key "phase"'],
    [
      'mass-deletion',
      story({ more: { variant: 'ten' } }, 'mass-deletion'),
      'more.variant is … and must be one of selector, ',
    ],
    ['mass-deletion', story({ more: { variant: 'twelve' } }), 'story is "scale-down", and must be mass-deletion'],
    ['tenancy', JSON.stringify({ ...TENANT, folder: 'Labs/z' }), 'folder is … and must be one of "", Labs/a, '],
    ['tenancy', JSON.stringify({ ...TENANT, inSet: false }), 'inSet is false, and must be true'],
    ['tenancy', '{"namespace":"a"}', 'it lacks the key "baseIn"'],
    ['credentials', '{"story":"rotate","objects":1,"times":1}', 'story is … and must be one of oneSecret, '],
    [
      'credentials',
      '{"story":"crash","objects":51,"times":1}',
      'objects is 51, and must be a whole number from 1 to 50',
    ],
    ['hostile', '{"seed":1,"from":5,"to":5}', 'to is … and must be a whole number above 5 and up to '],
    ['hostile', '{"cases":[]}', 'cases is [], and must be a list of 1 or more'],
    ['hostile', JSON.stringify({ cases: [{ ...CUT, on: 'WaitForUpdates' }] }), 'cases[0].on is … and must be one of'],
    [
      'hostile',
      JSON.stringify({ cases: [{ ...CUT, cutAt: 10_000_000 }] }),
      'cases[0].cutAt is … and must be a whole number',
    ],
    [
      'hostile',
      '{"cases":[{"on":"WaitForUpdatesEx","mutate":"upside","seed":1}]}',
      'cases[0].mutate is … and must be one of',
    ],
    [
      'hostile',
      '{"cases":[{"watch":"pods","mutate":"garbage","seed":1}]}',
      'cases[0].watch is … and must be one of vcenters',
    ],
    ['injection', '{"kind":"Clone","path":"notes","string":"tag"}', 'kind is … and must be one of VCenter, '],
    ['injection', '{"kind":"LinkedClone","path":"note","string":"tag"}', 'path is … and must be one of'],
    ['injection', '{"kind":"LinkedClone","path":"notes","string":"tags"}', 'string is … and must be one of tag, '],
    ['injection', '{"told":"tags"}', 'told is … and must be one of tag, '],
    ['generated', '{"kind":"Pod","mode":"chain","seed":1}', 'kind is … and must be one of LinkedCloneSet, '],
    ['generated', '{"kind":"VCenter","mode":"half","seed":1}', 'mode is "half", and must be one of chain, whole'],
    ['soak', '{"soak":"10","seed":1}', 'soak is "10", and must be a whole number from 1 on'],
    ['defects', '{"defect":"none"}', 'defect is … and must be one of '],
  ])('%s: %s', (name, line, why) => {
    const message = refusal(name, line);
    for (const part of why.split(' … ')) expect(message).toContain(part);
  });
});

describe('the command', () => {
  const file = join(tmpdir(), `resumed-${process.pid}.json`);
  afterAll(() => rmSync(file, { force: true }));
  const ran: string[] = [];
  const one: Campaign = {
    ...{ name: 'crash', summary: 'begins', defaultPlans: 1, planRule: keys({}) },
    run: ({ seed }) => {
      ran.push('begun');
      return Promise.resolve({ campaign: 'crash', plans: 1, violations: [], seconds: 1, seed, facts: {} });
    },
  };
  const command = (campaigns: readonly Campaign[], flags: Record<string, string>): Promise<unknown> =>
    runCampaigns('refused-in-a-test', campaigns, flags, new AbortController().signal);

  it('begins nothing for a plan that is none, and takes one for a single campaign only', async () => {
    await expect(command([one], { plan: '{"a":1}' })).rejects.toThrow(UsageError);
    await expect(command([one, one], { plan: '{}' })).rejects.toThrow('--plan is for one campaign');
    expect(ran).toEqual([]);
  });

  const crash = { campaign: 'crash', seed: 1, plans: 1, seconds: 1, facts: {}, violations: [] };
  it.each([
    ['{}', 'it lacks the key "campaigns"'],
    ['no', 'is no JSON'],
    ['{"campaigns":[]}', 'campaigns is … and must be a list of 1 or more'],
    ['{"campaigns":[{"campaign":"crash"}]}', 'campaigns[0] lacks the key "seed"'],
    [JSON.stringify({ campaigns: [{ ...crash, results: [{}] }] }), 'campaigns[0].results[0] lacks the key "plan"'],
    [JSON.stringify({ campaigns: [{ ...crash, campaign: 'stale' }] }), 'that is a report of stale, not of crash'],
    [JSON.stringify({ campaigns: [{ ...crash, seed: 2 }] }), 'crash was run with --seed 2'],
  ])('goes on from no report that is %s', async (text, why) => {
    writeFileSync(file, text);
    const resumed = command([one], { resume: file });
    await expect(resumed).rejects.toThrow(UsageError);
    for (const part of why.split(' … ')) await expect(resumed).rejects.toThrow(part);
    expect(ran).toEqual([]);
  });
});
