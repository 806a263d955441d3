// What is said, or refused, to whoever takes away from labs in place the operator, its credentials or their definitions: on a real
// API server, of what the VCenters' status counts, by Helm 3 and 4. Nothing runs here that could hold anything by itself.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Said } from '../support/cluster.ts';
import { kubectl, startBareControlPlane } from '../support/cluster.ts';
import type { HelmResult } from '../support/helm.ts';
import { HELM_VERSIONS, OPERATOR_CHART, helm, helmOk } from '../support/helm.ts';

jest.setTimeout(300_000);

const HOME = 'linked-clone-system';
const RELEASE = 'linked-clone-operator';
const DEPLOYMENT = `/apis/apps/v1/namespaces/${HOME}/deployments/${RELEASE}`;
const VCENTERS = '/apis/linkedclone.dev/v1alpha1/vcenters';

let cluster: ControlPlane;

async function install(...flags: readonly string[]): Promise<void> {
  const args = ['upgrade', '--install', RELEASE, OPERATOR_CHART, '-n', HOME, '--create-namespace', ...flags];
  await helmOk(args, { kubeconfig: cluster.kubeconfig });
}

/** A VCenter and what the operator said of it. */
async function makeVCenter(name: string, dependents: Readonly<Record<'clones' | 'bases', number>>): Promise<void> {
  const spec = { server: `${name}.example.org`, credentialsSecretRef: { name: `${name}-account` } };
  const kind = { apiVersion: 'linkedclone.dev/v1alpha1', kind: 'VCenter' };
  await cluster.api.call('POST', VCENTERS, { body: { ...kind, metadata: { name }, spec } });
  await count(name, dependents);
}

async function count(name: string, dependents: Readonly<Record<'clones' | 'bases', number>>): Promise<void> {
  await cluster.api.call('PATCH', `${VCENTERS}/${name}/status`, {
    body: { status: { observedGeneration: 1, dependents } },
    contentType: 'application/merge-patch+json',
  });
}

/** Asks only: nothing is deleted. */
function tryDelete(...what: readonly string[]): Promise<Said> {
  return kubectl(cluster, ['delete', ...what, '--wait=false', '--dry-run=server']);
}

/** Policies and their parameters reach the API server's admission a moment after they are stored. */
function untilAnswered(what: readonly string[], answer: (said: Said) => boolean): Promise<boolean> {
  return waitUntil(`an answer to delete ${what.join(' ')}`, async () => answer(await tryDelete(...what)), {
    timeoutMs: 120_000, // only what hangs
  });
}

async function uninstall(version: (typeof HELM_VERSIONS)[number], ...flags: readonly string[]): Promise<HelmResult> {
  return helm(['uninstall', RELEASE, '-n', HOME, ...flags], { version, kubeconfig: cluster.kubeconfig });
}

const isInstalled = async (): Promise<boolean> => (await cluster.api.request('GET', DEPLOYMENT)).status === 200;

beforeAll(async () => {
  cluster = await startBareControlPlane();
  await install();
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  await makeVCenter('busy', { clones: 74, bases: 1 });
  await makeVCenter('idle', { clones: 0, bases: 0 });
  for (const name of ['busy-account', 'nobodys'])
    await cluster.kubectl(['create', 'secret', 'generic', name, '-n', HOME, '--from-literal=a=b']);
  await cluster.kubectl(['create', 'namespace', 'lab']);
  await cluster.kubectl(['create', 'secret', 'generic', 'busy-account', '-n', 'lab', '--from-literal=a=b']);
}, 120_000);
afterAll(() => cluster?.stop());

describe('by default', () => {
  const HAS = 'VCenter busy has 75 LinkedClones and BaseSnapshots';

  it('warns of what is taken from labs in place, and goes on', async () => {
    await untilAnswered(['vcenter', 'busy'], ({ stderr }) => stderr.includes('Warning'));
    for (const [what, warning] of [
      [['vcenter', 'busy'], `${HAS}: it stays until they are gone`],
      [
        ['secret', 'busy-account', '-n', HOME],
        'VCenter busy logs in with Secret busy-account: without it nothing on it',
      ],
      [['namespace', HOME], `${HAS}: the operator and its credentials go with this namespace`],
      [['crd', 'linkedclones.linkedclone.dev'], `${HAS}: with this definition objects of it are deleted`],
    ] as const) {
      const { code, stderr } = await tryDelete(...what);
      expect([what, code, stderr]).toEqual([what, 0, expect.stringContaining(warning)]);
      expect(stderr.match(/Warning/g)).toHaveLength(1);
    }
  });

  it('is silent about everything else', async () => {
    for (const what of [
      ['vcenter', 'idle'],
      ['secret', 'nobodys', '-n', HOME],
      ['secret', 'busy-account', '-n', 'lab'],
      ['namespace', 'lab'],
      ['crd', 'podmonitors.monitoring.coreos.com'],
    ])
      expect([what, await tryDelete(...what)]).toEqual([what, expect.objectContaining({ code: 0, stderr: '' })]);
  });

  it.each(HELM_VERSIONS)('%s says what an uninstall leaves, and uninstalls', async (version) => {
    const { code, stdout, stderr } = await uninstall(version);
    expect(stderr).toContain(`${HAS}: without an operator none is made, mended or deleted`);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`release "${RELEASE}" uninstalled`)]);
    expect(await isInstalled()).toBe(false);
    await install();
    await untilAnswered(['vcenter', 'busy'], ({ stderr: said }) => said.includes('Warning'));
  });
});

describe('where that is asked for', () => {
  beforeAll(async () => {
    await install('--set', 'admissionPolicies.uninstallGuard.action=Deny');
    await untilAnswered(['vcenter', 'busy'], ({ code }) => code !== 0);
  }, 300_000);

  it.each([
    [['vcenter', 'busy']],
    [['secret', 'busy-account', '-n', HOME]],
    [['namespace', HOME]],
    [['crd', 'vcenters.linkedclone.dev']],
  ])('refuses to delete %j', async (what) => {
    const { code, stderr } = await tryDelete(...what);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/denied request: VCenter busy (has 75|logs in)/);
  });

  it.each(HELM_VERSIONS)(
    '%s uninstalls nothing, and a rollback makes the release one that can be upgraded',
    async (version) => {
      const { code, stderr } = await uninstall(version);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/VCenter busy has 75 LinkedClones and BaseSnapshots: without an operator none is made/);
      expect(await isInstalled()).toBe(true);
      const configMap = `/api/v1/namespaces/${HOME}/configmaps/${RELEASE}-uninstall`;
      expect((await cluster.api.request('GET', configMap)).status).toBe(404);
      const { kubeconfig } = cluster;
      const history = await helmOk(['history', RELEASE, '-n', HOME, '-o', 'json'], { version, kubeconfig });
      const [last] = (JSON.parse(history) as { revision: number; status: string }[]).toReversed();
      expect(last?.status).toBe('uninstalling');
      await helmOk(['rollback', RELEASE, String(last?.revision), '-n', HOME], { version, kubeconfig });
      await install('--set', 'admissionPolicies.uninstallGuard.action=Deny', '--set', 'replicaCount=2');
      expect(JSON.parse((await cluster.api.request('GET', DEPLOYMENT)).text)).toMatchObject({ spec: { replicas: 2 } });
    },
  );

  it.each(HELM_VERSIONS)('%s uninstalls all the same when it is told to ask nobody', async (version) => {
    expect(await uninstall(version, '--no-hooks')).toMatchObject({ code: 0 });
    expect(await isInstalled()).toBe(false);
    await install('--set', 'admissionPolicies.uninstallGuard.action=Deny');
    await untilAnswered(['vcenter', 'busy'], ({ code }) => code !== 0);
  });

  it('looks at the VCenters of its own operator only', async () => {
    await install('--set', 'admissionPolicies.uninstallGuard.action=Deny', '--set', 'config.vcenters=idle\\, other');
    await untilAnswered(['vcenter', 'busy'], ({ code }) => code === 0);
    await count('idle', { clones: 1, bases: 0 });
    await untilAnswered(['vcenter', 'idle'], ({ stderr }) => stderr.includes('VCenter idle has 1 LinkedClones'));
    expect(await tryDelete('vcenter', 'busy')).toMatchObject({ code: 0, stderr: '' });
    await count('idle', { clones: 0, bases: 0 });
    await install('--set', 'admissionPolicies.uninstallGuard.action=Deny');
    await untilAnswered(['vcenter', 'busy'], ({ code }) => code !== 0);
  });

  it('lets everything go once no lab is left: the VCenter, the release, the namespace', async () => {
    await count('busy', { clones: 0, bases: 0 });
    await untilAnswered(['vcenter', 'busy'], ({ code }) => code === 0);
    await cluster.kubectl(['delete', 'vcenter', 'busy', 'idle']);
    await untilAnswered(['secret', 'busy-account', '-n', HOME], ({ code }) => code === 0);
    expect(await uninstall('helm')).toMatchObject({ code: 0 });
    await cluster.kubectl(['delete', 'namespace', HOME, '--timeout=60s']);
  });
});
