// The demo ends within ten seconds whenever it's told to, and leaves no process, folder or half-built cache; when one of
// its parts ends by itself it says which; when it's killed its parts go too.
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { childProcesses } from '../../support/child-processes.ts';
import { processState } from '../../support/process-state.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { startDemo, stopDemos } from './support/demo-process.ts';

const directory = useTemporaryDirectory();
const LONGEST_END_MS = 10_000;
const TEST_TIMEOUT_MS = 300_000;

afterEach(stopDemos);

describe('the demo', () => {
  it.each([
    ['SIGINT', 'while the control plane starts', 'starting the control plane', 130],
    ['SIGTERM', 'while simulator and operator start', 'starting the simulated vCenter', 143],
    ['SIGINT', 'while the machines are made', 'total ', 130],
    ['SIGINT', 'when all is ready', 'Ctrl-C ends everything', 0],
  ] as const)(
    'ends on %s %s',
    async (signal, _when, text, code) => {
      const demo = await startDemo(directory, ['--output', 'json', '--speed', '10']);
      await demo.said(text);
      const started = await waitUntil('its first process', () => [demo.descendants()].find(({ length }) => length > 0));
      const { milliseconds, ...exit } = await demo.end(signal);
      expect(exit).toEqual({ code, signal: null });
      expect(milliseconds).toBeLessThan(LONGEST_END_MS);
      expect(started.filter((pid) => processState(pid) !== 'gone')).toEqual([]);
      expect(demo.leftovers()).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'ends during a build, with nothing left in the cache',
    async () => {
      const [bin, cache] = [join(directory, 'bin'), join(directory, 'cache')];
      mkdirSync(bin);
      writeFileSync(join(bin, 'go'), '#!/bin/sh\n[ "$1" = env ] && echo go1.99.0 && exit\nsleep 600 & sleep 600\n');
      chmodSync(join(bin, 'go'), 0o755);
      const demo = await startDemo(directory, [], {
        PATH: `${bin}:${process.env['PATH']}`,
        XDG_CACHE_HOME: cache,
        KUBEBUILDER_ASSETS: undefined,
      });
      await demo.said('building k8s tools');
      const started = await waitUntil('the build', () => {
        const found = demo.descendants();
        return found.length >= 4 ? found : undefined;
      });
      const { milliseconds, ...exit } = await demo.end('SIGINT');
      expect(exit).toEqual({ code: 130, signal: null });
      expect(milliseconds).toBeLessThan(LONGEST_END_MS);
      expect(started.filter((pid) => processState(pid) !== 'gone')).toEqual([]);
      expect(readdirSync(join(cache, 'linked-clone-operator', 'tools'))).toEqual([]);
      expect(demo.leftovers()).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it.each([
    ['src/simulator/main.ts', 'simulator'],
    ['src/main.ts', 'operator'],
    ['kube-apiserver', 'kube-apiserver'],
  ])(
    'says that %s ended by itself, and ends',
    async (command, name) => {
      const demo = await startDemo(directory, ['--output', 'json', '--speed', '10']);
      await demo.said('total ');
      const started = demo.descendants();
      const [victim = 0] = childProcesses(command, demo.process.pid);
      process.kill(victim, 'SIGKILL');
      expect(await demo.process.exited).toEqual({ code: 1, signal: null });
      const { error } = JSON.parse(demo.stdout()) as { error: string };
      expect(error).toContain(`${name} ended by itself (SIGKILL)`);
      expect(demo.process.logTail()).toContain(`${name} ended by itself (SIGKILL)`);
      expect(started.filter((pid) => processState(pid) !== 'gone')).toEqual([]);
      expect(demo.leftovers()).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'takes everything with it when it is killed',
    async () => {
      const demo = await startDemo(directory, ['--output', 'json', '--speed', '10']);
      await demo.said('total ');
      const started = demo.descendants();
      expect(await demo.end('SIGKILL')).toMatchObject({ code: null, signal: 'SIGKILL' });
      await waitUntil('its processes and folder to be gone', () => {
        return started.every((pid) => processState(pid) === 'gone') && demo.leftovers().length === 0;
      });
    },
    TEST_TIMEOUT_MS,
  );
});
