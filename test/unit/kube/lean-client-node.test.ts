// What the operator's process loads of @kubernetes/client-node: its configuration, and none of its generated API clients.
// In a process of its own, because module hooks are the process's.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { repositoryPath } from '../../../src/testbed/repository.ts';

const LISTS_WHAT_IS_LOADED = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  await import('${repositoryPath('src/kube/lean-client-node.ts')}');
  const { PooledKubeConfig } = await import('${repositoryPath('src/kube/kube-config.ts')}');
  const config = PooledKubeConfig.fromText(JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://192.0.2.1:6443' } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }));
  const ours = loaded.filter((url) => url.includes('/client-node/dist/'));
  console.log(JSON.stringify({ server: config.server, config: ours.length, generated: ours.filter((url) => url.includes('/gen/apis/')) }));
`;

it('is its configuration alone', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', LISTS_WHAT_IS_LOADED]);
  const { server, config, generated } = JSON.parse(stdout) as { server: string; config: number; generated: string[] };
  expect(server).toBe('https://192.0.2.1:6443/');
  expect(config).toBeGreaterThan(1);
  expect(generated).toEqual([]);
});
