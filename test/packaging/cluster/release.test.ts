// Releases on a real API server, by Helm 3 and 4: install, test objects, upgrade from the chart before, rollback, uninstall, and
// back again. Without nodes: what Pods do is for the end-to-end tests.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { startBareControlPlane } from '../support/cluster.ts';
import type { HelmVersion } from '../support/helm.ts';
import { HELM_VERSIONS, LAB_CHART, OPERATOR_CHART, helm, helmOk } from '../support/helm.ts';

const BEFORE = repositoryPath('test/packaging/fixtures/linked-clone-operator-0.0.9.tgz');
const NAMESPACE = 'linked-clone-system';
const RELEASE = 'linked-clone-operator';
const SETS = '/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclonesets';

let cluster: ControlPlane;

interface Identity {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
}

interface Listed {
  readonly items: readonly { readonly metadata: Identity }[];
}

describe.each(HELM_VERSIONS)('%s', (version: HelmVersion) => {
  const run = (...args: readonly string[]): Promise<string> =>
    helmOk([...args, '-n', NAMESPACE], { version, kubeconfig: cluster.kubeconfig });
  const get = <T>(path: string): Promise<T> => cluster.api.call<T>('GET', path);
  /** A CRD that was just changed answers 429 for a moment. */
  const sets = (): Promise<Listed['items']> =>
    waitUntil('the sets to be served', async () => {
      const { status, text } = await cluster.api.request('GET', SETS);
      if (status !== 200) return undefined;
      // the spec isn't compared: a newer CRD shows its defaults in what is stored, and nothing was written
      return (JSON.parse(text) as Listed).items.map(({ metadata: { name, uid, generation, resourceVersion } }) => ({
        metadata: { name, uid, generation, resourceVersion },
      }));
    });
  const deployment = () => cluster.api.request('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${RELEASE}`);

  beforeAll(async () => {
    cluster = await startBareControlPlane();
    await cluster.api.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'lab' } } });
  }, 120_000);
  afterAll(() => cluster?.stop());

  it('installs the chart before this one, and labs on it', async () => {
    const said = await run('install', RELEASE, BEFORE, '--create-namespace');
    expect(said).toContain('STATUS: deployed');
    const values = repositoryPath('deploy/lab-chart/ci/class-values.yaml');
    const lab = ['install', 'class', LAB_CHART, '-n', 'lab', '-f', values];
    const notes = await helmOk(lab, { version, kubeconfig: cluster.kubeconfig });
    expect(notes).toContain('3 sets are being made in namespace lab: capture, packaging, verification.');
    expect(await sets()).toHaveLength(3);
  }, 120_000);

  it('upgrades to this chart and back: the objects of labs are the same, untouched', async () => {
    const before = await sets();
    await run('upgrade', RELEASE, OPERATOR_CHART, '--set', 'replicaCount=2');
    expect(JSON.parse((await deployment()).text)).toMatchObject({ spec: { replicas: 2 } });
    const crd = await get<{ metadata: { labels: Record<string, string> } }>(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/linkedclonesets.linkedclone.dev',
    );
    expect(crd.metadata.labels['app.kubernetes.io/managed-by']).toBe('Helm');
    expect(await sets()).toEqual(before);
    await run('rollback', RELEASE, '1');
    expect(JSON.parse((await deployment()).text)).toMatchObject({ spec: { replicas: 1 } });
    expect(await sets()).toEqual(before);
  }, 120_000);

  it.each(['--reuse-values', '--reset-then-reuse-values'])(
    'upgrades with %s, and back',
    async (flag) => {
      const before = await sets();
      await run('upgrade', RELEASE, OPERATOR_CHART, flag, '--set', 'metrics.podMonitor.enabled=true');
      expect(await sets()).toEqual(before);
      await run('rollback', RELEASE, '1');
    },
    120_000,
  );

  it('says what is wrong before it changes anything', async () => {
    const upgrade = ['upgrade', RELEASE, OPERATOR_CHART, '-n', NAMESPACE, '--set', 'replicaCount=two'];
    const { code, stderr } = await helm(upgrade, { version, kubeconfig: cluster.kubeconfig });
    expect(code).not.toBe(0);
    expect(stderr).toContain("at '/replicaCount': got string, want integer");
    expect(JSON.parse((await deployment()).text)).toMatchObject({ spec: { replicas: 1 } });
  }, 120_000);

  it('refuses to set CRDs back to an older version, and says what to do instead', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/vcenters.linkedclone.dev';
    const mark = (label: string) =>
      cluster.api.call('PATCH', path, {
        body: { metadata: { labels: { 'app.kubernetes.io/version': label } } },
        contentType: 'application/merge-patch+json',
      });
    await mark('9.0.0');
    try {
      await expect(run('upgrade', RELEASE, OPERATOR_CHART)).rejects.toThrow(
        /the CRD vcenters\.linkedclone\.dev is of version 9\.0\.0, and this chart has \d+\.\d+\.\d+: an older CRD drops fields that are stored; set crds\.enabled=false/,
      );
    } finally {
      await mark('0.1.0');
    }
  }, 120_000);

  it('uninstalls the operator and leaves the CRDs and every lab', async () => {
    const before = await sets();
    const said = await run('uninstall', RELEASE);
    expect(said).toContain('kept due to the resource policy');
    expect((await deployment()).status).toBe(404);
    expect(await sets()).toEqual(before);
  }, 120_000);

  it('is installed again over what was left, and removed with CRDs only when nothing keeps them', async () => {
    const before = await sets();
    await run('install', RELEASE, OPERATOR_CHART);
    expect(await sets()).toEqual(before);
    await helmOk(['uninstall', 'class', '-n', 'lab'], { version, kubeconfig: cluster.kubeconfig });
    expect(await sets()).toEqual([]);
    await run('upgrade', RELEASE, OPERATOR_CHART, '--set', 'crds.keep=false');
    await run('uninstall', RELEASE);
    const left = await waitUntil(
      'the CRDs to be gone',
      async () => {
        const { items } = await get<Listed>('/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
        const names = items.map(({ metadata }) => metadata.name);
        return names.some((name) => name.endsWith('linkedclone.dev')) ? undefined : names;
      },
      { timeoutMs: 100_000 },
    );
    expect(left).toHaveLength(3); // those of the Prometheus operator
  }, 120_000);
});
