// What the demo says besides its table: samples with the vCenter filled in, the result, the summary, the next steps, the
// times of sets, and why something isn't ready.
import { describe, expect, it } from '@jest/globals';
import { figuresAgree } from '../../../../src/testbed/demo/lab-result.ts';
import { lastLines } from '../../../../src/testbed/demo/last-lines.ts';
import { describeNotReady } from '../../../../src/testbed/demo/not-ready.ts';
import { readSamples } from '../../../../src/testbed/demo/samples.ts';
import { createStopwatch } from '../../../../src/testbed/demo/stopwatch.ts';
import { nextStepsText, summaryText } from '../../../../src/testbed/demo/texts.ts';
import { GB } from './support/lab.ts';

const VCENTER = { url: 'https://127.0.0.1:4711/sdk', thumbprint: 'AA:BB', username: 'u', password: 'p' };

describe('the samples', () => {
  it('come in the order of their files, with the simulated vCenter in them', async () => {
    const objects = (await readSamples(VCENTER)).flat();
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds.indexOf('Namespace')).toBe(0);
    expect(kinds.indexOf('Secret')).toBeLessThan(kinds.indexOf('VCenter'));
    expect(kinds.filter((kind) => kind === 'LinkedCloneSet')).toHaveLength(3);
    expect(objects.find(({ kind }) => kind === 'Secret')?.stringData).toEqual({ username: 'u', password: 'p' });
    expect(objects.find(({ kind }) => kind === 'VCenter')?.spec).toMatchObject({
      server: '127.0.0.1:4711',
      tls: { thumbprint: 'AA:BB' },
      datacenter: 'DC0',
    });
  });
});

describe('the summary', () => {
  it('has the figures of all labs', () => {
    const lab = { name: 'a', replicas: 25, ready: 25, seconds: 24, storage: null };
    const storage = {
      fullBytes: 675 * GB,
      thinBytes: 238.8 * GB,
      linkedBytes: 19.3 * GB,
      savedBytes: 655.7 * GB,
      savedPercent: 97.1,
    };
    const text = summaryText({ labs: [lab, lab, lab], storage, seconds: 25.04 });
    expect(text).toContain('75 machines of 3 builds, all ready 25.0 s after the first apply');
    expect(text).toContain('675 GB full, 238.8 GB thin, 19.3 GB linked, 97.1 % saved');
  });
});

describe('the next steps', () => {
  const steps = {
    kubeconfig: '/tmp/with space/admin.kubeconfig',
    kubectl: '/cache/tools/kubectl',
    operatorLog: '/tmp/operator.log',
    metricsUrl: 'http://127.0.0.1:1',
    adminUrl: 'http://127.0.0.1:2',
  };

  it('say where kubectl is when it is not on the path', () => {
    const text = nextStepsText({ ...steps, environment: { PATH: '/nowhere' } });
    expect(text).toContain('  export PATH=/cache/tools:$PATH\n');
    expect(text).toContain("  export KUBECONFIG='/tmp/with space/admin.kubeconfig'\n");
    for (const command of ['get lcs', 'scale lcs', 'delete bsnap', 'describe bsnap'])
      expect(text).toContain(`  kubectl ${command} `);
  });
});

describe('the stopwatch', () => {
  it('runs from the first apply until a set is settled, and begins anew when it is scaled', () => {
    const stopwatch = createStopwatch(1000);
    expect(stopwatch.time('a', false, 1500)).toBe(500);
    expect(stopwatch.time('a', true, 3000)).toBe(2000);
    expect(stopwatch.time('a', true, 9000)).toBe(2000);
    expect(stopwatch.time('b', false, 9000)).toBe(8000);
    expect(stopwatch.time('a', false, 10_000)).toBe(0);
    expect(stopwatch.time('a', false, 10_700)).toBe(700);
  });
});

describe('what is not ready', () => {
  it('is a line each, twenty at most', () => {
    const reason = { kind: 'LinkedClone', namespace: 'lab', name: 'x', reason: 'Cloning', message: 'under way' };
    expect(describeNotReady([{ kind: 'VCenter', name: 'vc', reason: 'R', message: 'm' }, reason])).toBe(
      '  VCenter vc: R: m\n  LinkedClone lab/x: Cloning: under way\n',
    );
    const many = describeNotReady(Array.from({ length: 25 }, () => reason)).trimEnd();
    expect(many.split('\n')).toHaveLength(21);
    expect(many.endsWith('  and 5 more')).toBe(true);
    expect(describeNotReady([])).toBe('');
  });

  it('comes with the end of a log', () => {
    expect(lastLines('1\n2\n3\n', 2)).toBe('  2\n  3');
  });
});

describe('figures of sets and bases', () => {
  it('agree when both speak of the same clones, the bases counting themselves once', () => {
    const figures = (fullCloneBytes: number, linkedBytes: number) =>
      ({ status: { storage: { fullCloneBytes, linkedBytes }, disks: [{ usedBytes: 10 }] } }) as never;
    expect(figuresAgree([figures(100, 5)], [figures(100, 15)])).toBe(true);
    expect(figuresAgree([figures(100, 5)], [figures(100, 13)])).toBe(false);
    expect(figuresAgree([figures(100, 5)], [figures(80, 15)])).toBe(false);
    expect(figuresAgree([{ status: {} } as never], [figures(100, 15)])).toBe(false);
  });
});
