// Every rendered manifest is one that the API server takes: strictly (no field that it doesn't know), and under the restricted
// Pod Security Standard without a warning.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { kubectl, startBareControlPlane } from '../support/cluster.ts';
import { dryRun, podsOf, prepareForDryRuns } from '../support/dry-run.ts';
import { LAB_CHART } from '../support/helm.ts';
import type { Manifest } from '../support/render.ts';
import { all, render } from '../support/render.ts';
import { LAB_VALUE_SETS, VALUE_SETS } from '../support/value-sets.ts';

jest.setTimeout(120_000);

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startBareControlPlane();
  await cluster.kubectl(['apply', '--server-side', '-f', repositoryPath('deploy/crds.yaml')]);
  await prepareForDryRuns(cluster);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
}, 120_000);
afterAll(() => cluster?.stop());

it('are rendered for twelve sets of values and more', () => {
  expect(Object.keys(VALUE_SETS).length).toBeGreaterThanOrEqual(12);
});

describe.each(Object.entries(VALUE_SETS))('the operator, %s', (_, values) => {
  it('is taken without a warning, its Pods, too', async () => {
    const manifests = await render(values);
    const said = await dryRun(cluster, manifests);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout.trim().split('\n')).toHaveLength(manifests.length);
    expect(await dryRun(cluster, podsOf(manifests))).toMatchObject({ code: 0, stderr: '' });
  });
});

describe.each(Object.entries(LAB_VALUE_SETS))('%s', (_, values) => {
  it('is taken without a warning', async () => {
    const manifests = await render(values, { chart: LAB_CHART, release: 'class', namespace: 'lab' });
    expect(await dryRun(cluster, manifests)).toMatchObject({ code: 0, stderr: '' });
  });
});

it.each(['deploy/install.yaml', 'deploy/namespace-install.yaml', 'deploy/rbac.yaml'])(
  '%s is taken without a warning',
  async (path) => {
    const args = [
      'apply',
      '--server-side',
      '--force-conflicts',
      '--dry-run=server',
      '--validate=strict',
      '-f',
      repositoryPath(path),
    ];
    expect(await kubectl(cluster, args)).toMatchObject({ code: 0, stderr: '' });
  },
);

it('would be refused with a field that the API server does not know', async () => {
  const [account] = all(await render(), 'ServiceAccount');
  const said = await dryRun(cluster, [{ ...(account as Manifest), automountToken: true }]);
  expect(said.code).not.toBe(0);
  expect(said.stderr).toContain('.automountToken: field not declared in schema');
});
