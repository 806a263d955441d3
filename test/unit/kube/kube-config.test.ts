// Where the configuration comes from, what is refused with which sentence, and that rotated credentials are picked up.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { PooledKubeConfig } from '../../../src/kube/kube-config.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const VARIABLES = ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'HOME'] as const;
const environment = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kube-config-'));
  for (const name of VARIABLES) delete process.env[name];
  process.env['HOME'] = folder;
});
afterEach(async () => {
  for (const name of VARIABLES) {
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
  }
  await rm(folder, { recursive: true });
});

function kubeconfig(cluster: object, user: object, context: object = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
    'current-context': 'x',
  });
}

const SERVER = { server: 'https://kube.test:6443/prefix' };

describe('PooledKubeConfig', () => {
  it('gives address, prefix, credentials and one pool for each purpose', async () => {
    const config = PooledKubeConfig.fromText(kubeconfig(SERVER, { token: 'secret' }, { namespace: 'here' }));
    const [first, again, watch, lease] = await Promise.all(
      (['request', 'request', 'watch', 'lease'] as const).map((pool) => config.authorize(pool)),
    );
    expect(first).toMatchObject({
      origin: 'https://kube.test:6443',
      basePath: '/prefix',
      headers: { authorization: 'Bearer secret' },
    });
    expect(again?.dispatcher).toBe(first?.dispatcher);
    expect(new Set([first?.dispatcher, watch?.dispatcher, lease?.dispatcher]).size).toBe(3);
    expect([config.namespace, config.server]).toEqual(['here', SERVER.server]);
    await config.close();
  });

  it('takes a user name and password', async () => {
    const config = PooledKubeConfig.fromText(kubeconfig(SERVER, { username: 'me', password: 'secret' }));
    const { headers } = await config.authorize('request');
    expect(headers['authorization']).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
    expect(config.namespace).toBeUndefined();
  });

  it('opens new pools for a rotated certificate, at the latest after ten seconds or once a request was refused', async () => {
    const clock = new FakeClock();
    const certificate = join(folder, 'client.crt');
    await writeFile(certificate, 'first');
    const config = PooledKubeConfig.fromText(kubeconfig(SERVER, { 'client-certificate': certificate }), { clock });
    const pool = async (): Promise<unknown> => (await config.authorize('request')).dispatcher;
    const first = await pool();
    await writeFile(certificate, 'second');
    await clock.advance(9_999);
    expect(await pool()).toBe(first);
    await clock.advance(1);
    const second = await pool();
    expect(second).not.toBe(first);
    await writeFile(certificate, 'third');
    expect(await pool()).toBe(second);
    config.invalidate();
    expect(await pool()).not.toBe(second);
  });

  it.each(['tokenFile', 'token-file'])(
    'uses the token that is in the file of %s now: tokens of service accounts are rotated',
    async (field) => {
      const clock = new FakeClock();
      const path = join(folder, 'kubeconfig');
      const token = join(folder, 'token');
      await writeFile(token, 'first\n');
      await writeFile(path, kubeconfig(SERVER, { [field]: token }));
      const config = PooledKubeConfig.load(path, { clock });
      const header = async (): Promise<unknown> => (await config.authorize('request')).headers['authorization'];
      expect(await header()).toBe('Bearer first');
      await writeFile(token, 'second\n');
      await clock.advance(10_000);
      expect(await header()).toBe('Bearer second');
      await writeFile(token, 'third');
      config.invalidate();
      expect(await header()).toBe('Bearer third');
    },
  );

  it('finds a token file beside the kubeconfig that names it', async () => {
    await writeFile(join(folder, 'token'), 'beside');
    await writeFile(join(folder, 'one'), kubeconfig(SERVER, { tokenFile: 'token' }));
    process.env['KUBECONFIG'] = join(folder, 'one');
    const { headers } = await PooledKubeConfig.load().authorize('request');
    expect(headers['authorization']).toBe('Bearer beside');
  });

  it('tries again after credentials could not be read', async () => {
    const certificate = join(folder, 'client.crt');
    const config = PooledKubeConfig.fromText(kubeconfig(SERVER, { 'client-certificate': certificate }));
    await expect(config.authorize('request')).rejects.toThrow('ENOENT');
    await writeFile(certificate, 'there now');
    await expect(config.authorize('request')).resolves.toBeDefined();
  });

  it('looks at the file, $KUBECONFIG, the service account and the home folder, in this order', async () => {
    const file = async (name: string): Promise<string> => {
      const path = join(folder, name);
      await writeFile(path, kubeconfig({ server: `https://${name}.test` }, { token: 't' }));
      return path;
    };
    expect(() => PooledKubeConfig.load()).toThrow('there is no $KUBECONFIG, no service account and no');
    process.env['KUBERNETES_SERVICE_HOST'] = '10.0.0.1';
    process.env['KUBERNETES_SERVICE_PORT'] = '443';
    expect(PooledKubeConfig.load().server).toBe('https://10.0.0.1/');
    process.env['KUBECONFIG'] = await file('environment');
    expect(PooledKubeConfig.load().server).toBe('https://environment.test/');
    expect(PooledKubeConfig.load(await file('flag')).server).toBe('https://flag.test/');
  });

  const refused: { name: string; text: string; message: string }[] = [
    { name: 'no context', text: 'apiVersion: v1\nkind: Config\n', message: 'no current context' },
    { name: 'a proxy', text: kubeconfig({ ...SERVER, 'proxy-url': 'http://proxy' }, {}), message: 'proxy-url' },
    {
      name: 'plain http',
      text: kubeconfig({ server: 'http://kube.test' }, {}),
      message: 'needs insecure-skip-tls-verify',
    },
    { name: 'no address', text: kubeconfig({ server: 'kube test' }, {}), message: 'not the address' },
    { name: 'an unknown user', text: kubeconfig(SERVER, {}, { user: 'nobody' }), message: 'no known user' },
    { name: 'no YAML', text: '{', message: 'cannot read' },
  ];
  it.each(refused)('refuses $name', async ({ text, message }) => {
    const path = join(folder, 'bad');
    await writeFile(path, text);
    expect(() => PooledKubeConfig.load(path)).toThrow(message);
  });

  it('names the file that is missing', () => {
    expect(() => PooledKubeConfig.load('/nowhere/kubeconfig')).toThrow('cannot read /nowhere/kubeconfig: ENOENT');
  });

  it('allows plain http where the kubeconfig says so', async () => {
    const config = PooledKubeConfig.fromText(
      kubeconfig({ server: 'http://kube.test', 'insecure-skip-tls-verify': true }, {}),
    );
    expect((await config.authorize('request')).origin).toBe('http://kube.test');
  });
});
