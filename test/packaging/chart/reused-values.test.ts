// `helm upgrade --reuse-values` puts the values of the release in place of the chart's: what an older chart didn't know is missing
// then. Rendered is the same as with the defaults.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { controlPlane } from '../../support/control-plane.ts';
import { HELM_VERSIONS, OPERATOR_CHART, helmOk } from '../support/helm.ts';
import { nameOf, only, render } from '../support/render.ts';

const BEFORE = repositoryPath('test/packaging/fixtures/linked-clone-operator-0.0.9.tgz');
let chart: string;

beforeAll(() => {
  chart = mkdtempSync(join(tmpdir(), 'lco-reused-'));
  cpSync(OPERATOR_CHART, chart, { recursive: true });
  const values = execFileSync('tar', ['xzOf', BEFORE, 'linked-clone-operator/values.yaml']);
  writeFileSync(join(chart, 'values.yaml'), values);
});
afterAll(() => rmSync(chart, { recursive: true, force: true }));

describe.each(HELM_VERSIONS)('%s, with the values of 0.0.9 alone', (version) => {
  it.each<[string, object]>([
    ['nothing more', {}],
    [
      'what is new switched on',
      {
        metrics: {
          podMonitor: { enabled: true },
          serviceMonitor: { enabled: true },
          prometheusRule: { enabled: true },
          dashboard: { enabled: true },
        },
        networkPolicy: { enabled: true, vCenterCIDRs: ['10.1.2.3/32'] },
        admissionPolicies: { releaseAndRetain: { enabled: true }, uninstallGuard: { action: 'Deny' } },
        simulator: { enabled: true },
        watchNamespaces: ['lab'],
      },
    ],
    [
      'what is new switched off',
      { tests: { enabled: false }, admissionPolicies: { uninstallGuard: { enabled: false } } },
    ],
  ])('renders what the defaults do, and %s', async (_, values) => {
    const [reused, own] = await Promise.all([
      render(values, { chart, version }),
      // the one default that another version had
      render({ ...values, readinessProbe: { periodSeconds: 5 } }, { version }),
    ]);
    expect(reused.map(nameOf)).toEqual(own.map(nameOf));
    expect(reused).toEqual(own);
  });

  it('has notes', async () => {
    const { kubeconfig } = await controlPlane();
    const args = ['install', 'my', chart, '--dry-run=client', '-n', 'ns', '-f', '-'];
    const input = stringify({ crds: { enabled: false } });
    expect(await helmOk(args, { version, kubeconfig, input })).toContain('and says how many there are');
  });
});

it('leaves away what is set to null', async () => {
  const { spec } = only(
    await render({
      livenessProbe: null,
      nodeSelector: null,
      crds: { labels: null },
      commonLabels: null,
      podLabels: null,
    }),
    'Deployment',
  );
  expect(spec.template.spec.nodeSelector).toBeUndefined();
  expect(spec.template.spec.containers[0].livenessProbe).toBeUndefined();
});
