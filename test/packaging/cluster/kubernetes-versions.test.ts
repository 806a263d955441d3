// The older versions of Kubernetes that docs/compatibility.md names, as the API server emulates them: the CRDs are taken (their
// rules are compiled with what that version knows), so is every manifest that the charts render, Helm installs, and the
// operator makes a machine and takes it away again.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { inventory } from '../../integration/operator/support/inventory.ts';
import { PATIENCE_MS } from '../../integration/operator/support/story.ts';
import { Lab } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { MONITORING_CRDS } from '../support/cluster.ts';
import { dryRun, podsOf, prepareForDryRuns } from '../support/dry-run.ts';
import { LAB_CHART, OPERATOR_CHART, helmOk } from '../support/helm.ts';
import type { Manifest } from '../support/render.ts';
import { all, render } from '../support/render.ts';
import { LAB_VALUE_SETS, VALUE_SETS } from '../support/value-sets.ts';

jest.setTimeout(180_000);

/** All that this version of kube-apiserver emulates, but its own, with which every other test runs. */
const VERSIONS = ['1.33', '1.34', '1.35'];
const SETS = '/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclonesets';

const directory = useTemporaryDirectory();
let rendered: readonly Manifest[];

beforeAll(async () => {
  const found = new Map<string, Manifest>();
  const keep = (manifests: readonly Manifest[]): void => {
    for (const one of [...manifests, ...podsOf(manifests)]) found.set(JSON.stringify(one), one);
  };
  for (const values of Object.values(VALUE_SETS)) keep(await render(values));
  for (const values of Object.values(LAB_VALUE_SETS))
    keep(await render(values, { chart: LAB_CHART, release: 'class', namespace: 'lab' }));
  rendered = [...found.values()];
}, 120_000);

it('are those that the page and the chart name', () => {
  const page = readFileSync(repositoryPath('docs/compatibility.md'), 'utf8');
  for (const version of VERSIONS) expect(page).toContain(version);
  expect(readFileSync(join(OPERATOR_CHART, 'Chart.yaml'), 'utf8')).toContain(`kubeVersion: '>=${VERSIONS[0]}.0-0'`);
});

describe.each(VERSIONS)('Kubernetes %s', (version) => {
  let lab: Lab;

  beforeAll(async () => {
    const own = join(directory, version);
    mkdirSync(own);
    const apiserverArgs = [`--emulated-version=${version}`];
    lab = await Lab.start({ directory: own, inventory: inventory(), apiserverArgs });
  }, 120_000);
  afterAll(() => lab?.stop(), 120_000);

  it('is what the API server says that it is', async () => {
    const said = await lab.api.raw.call<Record<string, string>>('GET', '/version');
    expect(`${said['emulationMajor']}.${said['emulationMinor']}`).toBe(version);
  });

  it('takes every manifest without a warning, and refuses one with a field that it does not know', async () => {
    const { controlPlane } = lab;
    await controlPlane.kubectl(['apply', '--server-side', '-f', MONITORING_CRDS]);
    await controlPlane.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
    await prepareForDryRuns(controlPlane);
    const said = await dryRun(controlPlane, rendered);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout.trim().split('\n')).toHaveLength(rendered.length);
    const [account] = all(rendered, 'ServiceAccount');
    const wrong = await dryRun(controlPlane, [{ ...(account as Manifest), automountToken: true }]);
    expect(wrong.stderr).toContain('.automountToken: field not declared in schema');
  });

  it('gets the chart by Helm, and the operator makes a machine and takes it away', async () => {
    // a release beside what runs: its rights end where the namespace that it watches does
    const values = ['--set', 'crds.enabled=false', '--set', 'watchNamespaces={qa}'];
    const { kubeconfig } = lab.controlPlane;
    await helmOk(['install', 'beside', OPERATOR_CHART, '-n', 'beside', '--create-namespace', ...values], {
      kubeconfig,
    });
    await helmOk(['uninstall', 'beside', '-n', 'beside'], { kubeconfig });
    await lab.applyBase('base', 'Templates/Tmpl');
    await lab.applySet('web', 'base', 1);
    await lab.setReady('web', 1, PATIENCE_MS);
    const scaled = await lab.api.raw.call<{ spec: { replicas: number } }>('GET', `${SETS}/web/scale`);
    expect(scaled.spec.replicas).toBe(1);
    await lab.api.delete('linkedclonesets', 'web');
    await lab.gone('linkedclonesets', 'web', 'lab', PATIENCE_MS);
    expect((await lab.vcenter.inventory()).vms.map(({ name }) => name)).toEqual(['Tmpl']);
  });
});
