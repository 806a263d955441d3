// The whole demo from outside, as README.md starts it but sped up: its one line of JSON with the figures that people published, and nothing left.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LabResult } from '../../../src/testbed/demo/lab-result.ts';
import type { NotReadyReason } from '../../../src/testbed/demo/not-ready.ts';
import { formatGbShort, formatPercent } from '../../../src/testbed/demo/figures.ts';
import type { ProcessExit } from '../../../src/testbed/process/managed-process.ts';
import { processesWith } from '../../support/child-processes.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import type { DemoProcess } from './support/demo-process.ts';
import { startDemo, stopDemos } from './support/demo-process.ts';

type Result = LabResult &
  Record<'kubeconfig' | 'vcenterUrl' | 'username' | 'password' | 'adminUrl' | 'metricsUrl', string>;

const directory = useTemporaryDirectory();
afterAll(stopDemos);

describe('the demo, run until all is ready', () => {
  let demo: DemoProcess;
  let exit: ProcessExit;
  let result: Result;

  beforeAll(async () => {
    demo = await startDemo(directory, ['--exit-when-ready', '--output', 'json', '--speed', '10', '--timeout', '300']);
    exit = await demo.process.exited;
    if (exit.code !== 0) throw new Error(`the demo failed:\n${demo.process.logTail()}`);
    result = JSON.parse(demo.stdout()) as Result;
  }, 400_000);

  it('prints one line with everything that a program needs', () => {
    expect(demo.stdout()).toMatch(/^\{[^\n]*\}\n$/);
    expect(Object.keys(result).toSorted()).toEqual(
      [
        ...['adminUrl', 'kubeconfig', 'labs', 'metricsUrl', 'password', 'seconds', 'storage', 'username'],
        'vcenterUrl',
      ].toSorted(),
    );
    for (const url of [result.vcenterUrl, result.adminUrl, result.metricsUrl]) {
      expect(url).toMatch(/^https?:\/\/127\.0\.0\.1:\d+/);
    }
  });

  it('has three labs with 25 ready machines each', () => {
    expect(result.labs.map(({ name, replicas, ready }) => [name, replicas, ready])).toEqual([
      ['capture', 25, 25],
      ['packaging', 25, 25],
      ['verification', 25, 25],
    ]);
    expect(result.seconds).toBe(Math.max(...result.labs.map(({ seconds }) => seconds)));
    expect(Math.min(...result.labs.map(({ seconds }) => seconds))).toBeGreaterThan(0);
    expect(result.labs.map(({ storage }) => formatGbShort(storage?.fullBytes ?? 0))).toEqual([
      '275 GB',
      '200 GB',
      '200 GB',
    ]);
  });

  it('comes out at the published figures', () => {
    const { fullBytes = 0, thinBytes = 0, linkedBytes = 0, savedPercent = 0, savedBytes = 0 } = result.storage ?? {};
    expect([fullBytes, thinBytes, linkedBytes].map(formatGbShort)).toEqual(['675 GB', '238.8 GB', '19.3 GB']);
    expect(formatPercent(savedPercent)).toBe('97.1 %');
    expect(savedBytes).toBe(fullBytes - linkedBytes);
  });

  it('shows the table and the summary on standard error', () => {
    const said = demo.process.logTail();
    expect(said).toMatch(
      /^SET +WANT +QUEUED +CLONING +BOOTING +CUSTOMIZING +READY +FAILED +FULL +THIN +LINKED +SAVED/m,
    );
    expect(said).toMatch(/^total +75 +0 +0 +0 +0 +75 +0 +675\.0 GB +238\.8 GB +19\.3 GB +97\.1 %/m);
    expect(said).toContain('675 GB full, 238.8 GB thin, 19.3 GB linked, 97.1 % saved');
  });

  it('leaves no process, port or folder', async () => {
    expect(exit).toEqual({ code: 0, signal: null });
    expect(processesWith(directory)).toEqual([]);
    expect(demo.leftovers()).toEqual([]);
    await expect(fetch(`${result.adminUrl}/v1/stats`)).rejects.toThrow('fetch failed');
    await expect(fetch(`${result.metricsUrl}/healthz`)).rejects.toThrow('fetch failed');
  });
});

describe('the demo, when it takes too long', () => {
  it('says what is not ready and why, and leaves nothing', async () => {
    const demo = await startDemo(directory, ['--exit-when-ready', '--output', 'json', '--timeout', '3']);
    expect(await demo.process.exited).toEqual({ code: 1, signal: null });
    const { error, reasons } = JSON.parse(demo.stdout()) as { error: string; reasons: NotReadyReason[] };
    expect(error).toBe('not everything was ready 3 s after the first apply');
    const capture = reasons.find(({ kind, name }) => kind === 'LinkedCloneSet' && name === 'capture');
    expect(capture).toMatchObject({
      namespace: 'lab',
      reason: expect.stringMatching(/./),
      message: expect.stringMatching(/./),
    });
    expect(demo.process.logTail()).toContain('LinkedCloneSet lab/capture: ');
    expect(processesWith(directory)).toEqual([]);
    expect(demo.leftovers()).toEqual([]);
  }, 120_000);
});
