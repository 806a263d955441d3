import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { ofShard } from '../../campaigns/campaign.ts';
import { describeViolation } from '../../campaigns/command.ts';
import { writesByTime } from '../../campaigns/crash/by-time.ts';
import { CRASH_OR_BY_TIME } from '../../campaigns/crash/crash.ts';
import { readDefects } from '../../campaigns/defects/defect.ts';
import { askedFor } from '../../campaigns/harness/api-proxy.ts';
import { drawn, interleaved, shuffled } from '../../campaigns/harness/draw.ts';
import { LONG_LIVED } from '../../campaigns/long-lived/long-lived.ts';
import { faultsOn, planLine, readPlan } from '../../campaigns/harness/plan.ts';
import { readPlanAs } from '../../campaigns/harness/plan-rules.ts';
import { callOf } from '../../campaigns/harness/vcenter-proxy.ts';
import { SAMPLE_CAMPAIGN } from '../../campaigns/sample/sample.ts';
import { ofStories } from '../../campaigns/troubles.ts';
import { WriteTap } from '../../campaigns/harness/write-tap.ts';
import { SAMPLE } from '../../campaigns/sample/plans.ts';
import { STORIES, storyOf } from '../../campaigns/stories/stories.ts';

describe('plans', () => {
  it('are the same line after being read', () => {
    for (const { plan } of SAMPLE)
      expect(planLine(readPlan(planLine(plan), SAMPLE_CAMPAIGN.planRule))).toBe(planLine(plan));
  });

  it('of the sample differ, and name stories that there are', () => {
    expect(new Set(SAMPLE.map(({ plan }) => planLine(plan))).size).toBe(SAMPLE.length);
    for (const { plan } of SAMPLE) expect(storyOf(plan).name).toBe(plan.story);
  });

  it('are drawn by the seed alone, each once', () => {
    const all = Array.from({ length: 50 }, (_, i) => i);
    expect(drawn(all, 10, 3)).toEqual(drawn(all, 10, 3));
    expect(drawn(all, 10, 3)).not.toEqual(drawn(all, 10, 4));
    expect(shuffled(all, 3).toSorted((a, b) => a - b)).toEqual(all);
    expect(interleaved([['1', '2', '3'], ['a']])).toEqual(['1', 'a', '2', '3']);
  });

  it('are shared out whole', () => {
    const all = Array.from({ length: 10 }, (_, i) => i);
    const parts = [1, 2, 3].flatMap((index) => ofShard(all, { index, of: 3 }, String));
    expect(parts.toSorted((a, b) => a - b)).toEqual(all);
  });

  it('fall to one shard each, though every shard found other plans besides', () => {
    const found = (from: number): number[] => Array.from({ length: 40 }, (_, i) => i + from);
    const parts = [1, 2, 3].map((index) => ofShard(found(index), { index, of: 3 }, String));
    expect(new Set(parts.flat()).size).toBe(parts.flat().length);
    expect(parts.flat()).toEqual(expect.arrayContaining(found(3).slice(0, 38)));
  });
});

describe('faults on the writes of one installation', () => {
  it('are those of its sides alone', () => {
    const { faults } = readPlan(
      '{"story":"two-installs","duplicateName":"end","seed":1,"faults":[{"side":"kube","nth":1,"act":"delay"},{"side":"claim","nth":2,"act":"kill-after","install":2}]}',
      CRASH_OR_BY_TIME,
    );
    expect(faultsOn({ faults }, 'kube')).toEqual([{ nth: 1, act: 'delay', of: undefined }]);
    expect(faultsOn({ faults }, 'claim')).toEqual([]);
    expect(faultsOn({ faults }, 'claim', 2)).toEqual([{ nth: 2, act: 'kill-after', of: undefined }]);
    expect(faultsOn({ faults }, 'kube', 2)).toEqual([]);
  });

  it('that come by time are planned for stories that there are, each once', () => {
    const plans = writesByTime(['kill-before', 'kill-after', 'lose-reply'], 1);
    expect(new Set(plans.map(planLine)).size).toBe(plans.length);
    for (const plan of plans) expect(storyOf(readPlan(planLine(plan), CRASH_OR_BY_TIME)).name).toBe(plan.story);
    expect(new Set(plans.flatMap(({ faults }) => faults.map(({ side }) => side)))).toEqual(new Set(['claim', 'lease']));
  });
});

describe('stories', () => {
  it('are twenty at least, of different names, each with an end', () => {
    expect(STORIES.length).toBeGreaterThanOrEqual(20);
    expect(new Set(STORIES.map(({ name }) => name)).size).toBe(STORIES.length);
    expect(STORIES.filter(({ end, steps }) => end.length === 0 || steps.length === 0)).toEqual([]);
  });
});

describe('seeded defects', () => {
  it('are twenty-five at least, each with plans that its campaign takes', () => {
    const defects = readDefects();
    expect(defects.length).toBeGreaterThanOrEqual(25);
    for (const { campaign, plans } of defects)
      for (const line of plans) {
        const longLived = LONG_LIVED.find(({ name }) => name === campaign);
        expect(readPlanAs(line, longLived?.planRule ?? ofStories(campaign).rule)).toBeInstanceOf(Object);
      }
  });

  it('apply to the operator as it is: one that does not has to follow what it is seeded into', () => {
    const check = (file: string): string =>
      spawnSync('git', ['apply', '--check', '--whitespace=nowarn', file], {
        cwd: repositoryPath('.'),
        encoding: 'utf8',
      }).stderr;
    const refused = readDefects().map(({ name, file }) => [name, check(file)]);
    expect(refused.filter(([, why]) => why !== '')).toEqual([]);
  });
});

describe('a request to the API server', () => {
  it.each([
    ['GET', '/apis/linkedclone.dev/v1alpha1/linkedclones', { plural: 'linkedclones', isList: true, namespace: '' }],
    ['GET', '/api/v1/namespaces', { plural: 'namespaces', isList: true }],
    ['GET', '/api/v1/namespaces/lab', { plural: 'namespaces', name: 'lab', isList: false }],
    [
      'PATCH',
      '/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclones/web-1/status',
      { plural: 'linkedclones', namespace: 'lab', name: 'web-1', subresource: 'status' },
    ],
    ['GET', '/apis/linkedclone.dev/v1alpha1/vcenters?watch=true', { plural: 'vcenters', isWatch: true, isList: false }],
  ])('%s %s', (method, path, expected) => {
    expect(askedFor(method, new URL(path, 'http://api'))).toMatchObject(expected);
  });
});

describe('a call to vCenter', () => {
  it('is told by its body', () => {
    const body =
      '<soapenv:Envelope><soapenv:Body><Destroy_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-7</_this></Destroy_Task></soapenv:Body></soapenv:Envelope>';
    expect(callOf(body)).toEqual({ method: 'Destroy_Task', type: 'VirtualMachine', target: 'vm-7' });
    expect(callOf('<html>')).toEqual({ method: '', type: '', target: '' });
  });
});

describe('a tap', () => {
  it('breaks the write of that number, counted from when it is armed', async () => {
    const done: string[] = [];
    const hooks = {
      kill: async (): Promise<void> => void done.push('kill'),
      stun: async (): Promise<void> => void done.push('stun'),
    };
    const tap = new WriteTap(hooks);
    expect(await tap.enter('before')).toBeUndefined();
    tap.arm([
      { nth: 1, act: 'lose-reply' },
      { nth: 2, act: 'kill-after' },
    ]);
    expect(await tap.leave(await tap.enter('first'))).toBe(false);
    expect(done).toEqual([]);
    expect(await tap.leave(await tap.enter('second'))).toBe(false);
    expect(done).toEqual(['kill']);
    expect(await tap.leave(await tap.enter('third'))).toBe(true);
    expect(tap.hits.map(({ label }) => label)).toEqual(['first', 'second']);
    tap.disarm();
    await tap.enter('later');
    expect(tap.count).toBe(3);
    expect(tap.seen.map(({ nth }) => nth)).toEqual([0, 1, 2, 3, 0]);
  });
});

describe('a fault of writes of a kind', () => {
  it('comes at the nth of that kind, however many others come before it', async () => {
    const tap = new WriteTap({ kill: () => Promise.resolve(), stun: () => Promise.resolve() });
    tap.arm([{ nth: 2, act: 'lose-reply', of: 'PATCH clones ' }]);
    const labels = ['PATCH clones/status a', 'PATCH clones a', 'PATCH sets a', 'PATCH clones b', 'PATCH clones c'];
    for (const label of labels) await tap.leave(await tap.enter(label));
    expect(tap.hits.map(({ label }) => label)).toEqual(['PATCH clones b']);
  });
});

describe('a violation', () => {
  it('comes with the command that replays it, quoted for a shell', () => {
    const text = describeViolation('crash', { plan: `{"a":"it's"}`, oracle: 'leak', text: 'one is left' });
    expect(text).toContain(`npm run campaign -- crash --plan '{"a":"it'\\''s"}'`);
  });
});
