// Values that can't be meant: each ends with one sentence that names the value, from Helm 4 and Helm 3 alike.
import { describe, expect, it } from '@jest/globals';
import { HELM_VERSIONS, OPERATOR_CHART, helmOk } from '../support/helm.ts';
import { all, only, refusal, render } from '../support/render.ts';

describe.each(HELM_VERSIONS)('%s', (version) => {
  it.each<[string, unknown, RegExp]>([
    ['an unknown value', { replicas: 2 }, /additional properties 'replicas' not allowed/],
    ['an unknown value of a group', { image: { name: 'x' } }, /at '\/image': additional properties 'name' not allowed/],
    ['an unknown flag', { config: { wokers: 5 } }, /at '\/config': additional properties 'wokers' not allowed/],
    ['a flag that the chart sets', { config: { namespace: 'x' } }, /at '\/config': additional properties 'namespace'/],
    ['text for a number', { replicaCount: 'two' }, /at '\/replicaCount': got string, want integer/],
    ['a number for text', { logLevel: 3 }, /at '\/logLevel'/],
    ['a level that is none', { logLevel: 'verbose' }, /at '\/logLevel': value must be one of 'trace', 'debug'/],
    ['too many workers', { config: { workers: 1000 } }, /at '\/config\/workers': maximum: got 1,?000, want 256/],
    ['seconds as words', { config: { 'retry-base': '1m' } }, /at '\/config\/retry-base': '1m' does not match pattern/],
    [
      'seconds that are too few, as text',
      { config: { 'retry-base': '0.0005' } },
      /config\.retry-base is 0\.0005, and must be at least 0\.001/,
    ],
    [
      'no seconds, as text',
      { config: { 'resync-interval': '0' } },
      /config\.resync-interval is 0, and must be at least 1/,
    ],
    [
      'a simulator that stands still',
      { simulator: { speed: '0.0' } },
      /simulator\.speed is 0\.0, and must be more than 0/,
    ],
    ['a digest that is none', { image: { digest: 'sha256:1' } }, /at '\/image\/digest': 'sha256:1' does not match/],
    [
      'a CIDR without a prefix',
      { networkPolicy: { vCenterCIDRs: ['10.1.2.3'] } },
      /vCenterCIDRs\/0': '10.1.2.3' does not/,
    ],
    [
      'a namespace that is none',
      { watchNamespaces: ['Lab'] },
      /at '\/watchNamespaces\/0': 'Lab' does not match pattern/,
    ],
    [
      'an action that is none',
      { admissionPolicies: { baseSnapshotDeletion: { action: 'Audit' } } },
      /must be one of 'Warn', 'Deny'/,
    ],
    ['an alert that is none', { metrics: { prometheusRule: { disabled: ['X'] } } }, /prometheusRule\/disabled\/0'/],
    [
      'two Pods without a leader',
      { replicaCount: 2, config: { 'leader-elect': false } },
      /replicaCount above 1 needs leader election/,
    ],
    [
      'a ServiceMonitor without a Service',
      { metrics: { serviceMonitor: { enabled: true }, service: { enabled: false } } },
      /metrics\.serviceMonitor\.enabled needs metrics\.service\.enabled/,
    ],
    ['no account', { serviceAccount: { create: false } }, /serviceAccount\.name must name an account/],
  ])('refuses %s', async (_, values, message) => {
    const said = await refusal(values, { version });
    expect(said).toMatch(message);
    expect(said.match(/- at '/g)?.length ?? 1).toBe(1);
  });

  it('refuses an older Kubernetes', async () => {
    const args = ['template', 'x', OPERATOR_CHART, '--kube-version=1.32.0'];
    await expect(helmOk(args, { version })).rejects.toThrow(/chart requires kubeVersion: >=1\.33\.0-0/);
  });
});

it('takes numbers as text within their bounds', async () => {
  const values = { config: { 'retry-base': '0.5', 'claim-renew': '0' }, simulator: { enabled: true, speed: '0.5' } };
  const args = all(await render(values), 'Deployment').flatMap(
    ({ spec }) => spec.template.spec.containers[0].args as string[],
  );
  expect(await render({ config: null, simulator: null })).not.toEqual([]);
  expect(args).toEqual(expect.arrayContaining(['--retry-base=0.5', '--claim-renew=0', '--speed=0.5']));
  const fast = only(
    await render({ simulator: { enabled: true, speed: 2_000_000 } }),
    'Deployment',
    'linked-clone-operator-simulator',
  );
  expect(fast['spec'].template.spec.containers[0].args).toContain('--speed=2000000');
});

it('leaves the values of others alone', async () => {
  await expect(render({ global: { cattle: { systemDefaultRegistry: 'x' } }, enabled: true })).resolves.not.toEqual([]);
});

it('is rendered the same by Helm 3 and 4', async () => {
  const values = {
    simulator: { enabled: true },
    replicaCount: 2,
    networkPolicy: { enabled: true },
    watchNamespaces: ['a'],
  };
  expect(await render(values, { version: 'helm3' })).toEqual(await render(values, { version: 'helm' }));
});

it.each(HELM_VERSIONS)('passes the strict lint of %s', async (version) => {
  expect(await helmOk(['lint', '--strict', OPERATOR_CHART], { version })).toContain('0 chart(s) failed');
});
