// Mistakes by each way in: an answer that names the mistake, nothing of it stored, and nothing dropped in silence.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { kubectl, startBareControlPlane } from '../support/cluster.ts';
import type { HelmResult, HelmVersion } from '../support/helm.ts';
import { HELM_VERSIONS, LAB_CHART, OPERATOR_CHART, helm } from '../support/helm.ts';

jest.setTimeout(120_000);

const CLASS = repositoryPath('deploy/lab-chart/ci/class-values.yaml');
const SETS = '/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclonesets';
const MISTAKEN = {
  apiVersion: 'linkedclone.dev/v1alpha1',
  kind: 'LinkedCloneSet',
  metadata: { name: 'mistaken', namespace: 'lab' },
  spec: { replica: 3, template: { spec: { baseSnapshotRef: { name: 'base' } } } },
};

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startBareControlPlane();
  await cluster.kubectl(['create', 'namespace', 'lab']);
}, 120_000);
afterAll(() => cluster?.stop());

describe.each(HELM_VERSIONS)('before the CRDs are there, %s', (version) => {
  it('says that they have to come first', async () => {
    const args = ['install', 'class', LAB_CHART, '-n', 'lab', '-f', CLASS];
    const { code, stderr } = await helm(args, { version, kubeconfig: cluster.kubeconfig });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/no matches for kind "BaseSnapshot" in version "linkedclone\.dev\/v1alpha1"/);
    expect(stderr).toContain('ensure CRDs are installed first');
  });
});

describe('with the CRDs', () => {
  beforeAll(async () => {
    await cluster.kubectl(['apply', '--server-side', '-f', repositoryPath('deploy/crds.yaml')]);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  });

  it.each([
    ['apply', ['apply']],
    ['apply --server-side', ['apply', '--server-side']],
    ['create', ['create']],
  ])('kubectl %s refuses a field that does not exist', async (_, verb) => {
    const { code, stderr } = await kubectl(cluster, [...verb, '-f', '-'], stringify(MISTAKEN));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/spec\.replica\b/);
    expect((await cluster.api.request('GET', `${SETS}/mistaken`)).status).toBe(404);
  });

  it('kubectl, Helm 3 and 4 refuse a wrong value, with the field, and store nothing', async () => {
    const wrong = { ...MISTAKEN, spec: { ...MISTAKEN.spec, replica: undefined, replicas: -1 } };
    const applied = await kubectl(cluster, ['apply', '-f', '-'], stringify(wrong));
    const said = [applied];
    for (const version of HELM_VERSIONS) {
      const args = ['install', 'wrong', OPERATOR_CHART, '-n', 'linked-clone-system', '--create-namespace', '-f', '-'];
      const input = stringify({ crds: { enabled: false }, extraObjects: [wrong] });
      said.push(await helm(args, { version, kubeconfig: cluster.kubeconfig, input }));
      await helm(['uninstall', 'wrong', '-n', 'linked-clone-system'], { version, kubeconfig: cluster.kubeconfig });
    }
    for (const { code, stderr } of said) {
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/spec\.replicas: Invalid value: -1/);
    }
    expect((await cluster.api.request('GET', `${SETS}/mistaken`)).status).toBe(404);
  });

  it.each<[HelmVersion, string, number, RegExp]>([
    ['helm', 'refuses', 1, /\.spec\.replica: field not declared in schema/],
    ['helm3', 'warns of, and drops,', 0, /Warning: unknown field .{1,2}spec\.replica/],
  ])('%s %s a field that does not exist in an object of a chart', async (version, _, expected, message) => {
    const values = { crds: { enabled: false }, extraObjects: [MISTAKEN] };
    const args = ['install', 'wrong', OPERATOR_CHART, '-n', 'linked-clone-system', '--create-namespace', '-f', '-'];
    const input = stringify(values);
    const { code, stderr } = await helm(args, { version, kubeconfig: cluster.kubeconfig, input });
    expect(stderr).toMatch(message);
    expect(code).toBe(expected);
    await helm(['uninstall', 'wrong', '-n', 'linked-clone-system'], { version, kubeconfig: cluster.kubeconfig });
  });

  it('the simulator beside a real vCenter: Helm names it', async () => {
    const spec = { server: 'vcenter.example.org', credentialsSecretRef: { name: 'real' } };
    const vCenter = { apiVersion: 'linkedclone.dev/v1alpha1', kind: 'VCenter', metadata: { name: 'real' }, spec };
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: stringify(vCenter) });
    const install = (...flags: string[]): Promise<HelmResult> =>
      helm(
        [
          'upgrade',
          'operator',
          OPERATOR_CHART,
          '--install',
          '-n',
          'linked-clone-system',
          '--create-namespace',
          ...flags,
        ],
        { kubeconfig: cluster.kubeconfig },
      );
    const flags = ['--set', 'crds.enabled=false', '--set', 'simulator.enabled=true'];
    const { code, stdout } = await install(...flags);
    expect(code).toBe(0);
    expect(stdout).toMatch(/WARNING: .*simulated vCenter .*beside .*real \(vcenter\.example\.org\)/);
    await cluster.kubectl(['delete', 'vcenter', 'real']);
    expect((await install(...flags)).stdout).not.toContain('WARNING');
  });
});
