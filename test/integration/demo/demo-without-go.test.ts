// README's demo on a machine without Go, where the official downloads can be reached: here a server with the same paths, which has
// the real programs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import type { LabResult } from '../../../src/testbed/demo/lab-result.ts';
import { pathOf } from '../../support/path-of.ts';
import { startReleaseServer } from '../../support/release-server.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { testRun } from '../../support/test-run.ts';
import { startDemo, stopDemos } from './support/demo-process.ts';

const directory = useTemporaryDirectory();
afterAll(stopDemos);

it('downloads Kubernetes as it is released, and makes its 75 machines', async () => {
  const { etcd, kubectl, kubeApiserver, kubeControllerManager } = testRun().tools;
  const built: Readonly<Record<string, string>> = {
    etcd,
    kubectl,
    'kube-apiserver': kubeApiserver,
    'kube-controller-manager': kubeControllerManager,
  };
  const server = await startReleaseServer(directory, (tool) => readFileSync(built[tool] ?? ''));
  const demo = await startDemo(directory, ['--exit-when-ready', '--output', 'json', '--speed', '20'], {
    PATH: pathOf(directory, ['sh', 'tar', 'gzip']),
    XDG_CACHE_HOME: join(directory, 'cache'),
    KUBERNETES_MIRROR: server.url,
    ETCD_MIRROR: server.url,
    ...Object.fromEntries(['KUBEBUILDER_ASSETS', 'VCSIM', 'GOVC'].map((name) => [name, undefined])),
  });
  const { code } = await demo.process.exited;
  await server.close();
  if (code !== 0) throw new Error(`the demo failed:\n${demo.process.logTail()}`);
  expect(server.asked.filter(({ path }) => Object.values(server.paths).includes(path))).toHaveLength(4);
  const { labs } = JSON.parse(demo.stdout()) as LabResult;
  expect(labs.map(({ ready }) => ready)).toEqual([25, 25, 25]);
}, 300_000);
