// What people are told to type after an installation: in Helm's notes and on the pages, for Helm 3 and 4 alike.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { controlPlane } from '../../support/control-plane.ts';
import type { HelmVersion } from '../support/helm.ts';
import { HELM_VERSIONS, OPERATOR_CHART, helmOk } from '../support/helm.ts';
import { only, render } from '../support/render.ts';

async function notes(version: HelmVersion, values: unknown = {}, release = 'my'): Promise<string> {
  const args = ['install', release, OPERATOR_CHART, '--dry-run=client', '-n', 'ns', '-f', '-'];
  // Helm 3 asks a cluster, which has the CRDs
  const { kubeconfig } = await controlPlane();
  const said = await helmOk(args, {
    version,
    kubeconfig,
    input: stringify({ crds: { enabled: false }, ...(values as object) }),
  });
  return said.slice(said.indexOf('NOTES:'));
}

/** Every page that people read of the charts. */
function pages(): readonly string[] {
  const docs = readdirSync(repositoryPath('docs'), { recursive: true, encoding: 'utf8' });
  return [
    ...['README.md', 'deploy/chart/README.md', 'deploy/lab-chart/README.md', 'deploy/chart/templates/NOTES.txt'],
    ...docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ];
}

describe('helm test', () => {
  it.each(HELM_VERSIONS)('is said with where its log is when it fails, by %s', async (version) => {
    const said = await notes(version);
    expect(said).toContain('  helm test my -n ns || kubectl -n ns logs my-linked-clone-operator-check\n');
    expect(await notes(version, { tests: { enabled: false } })).not.toContain('helm test');
  });

  // Helm 3 fetches logs after it has deleted what succeeded, and ends with an error
  it('is nowhere asked for logs, since its Pod goes when it succeeds', async () => {
    const pod = only(await render({}, { release: 'my' }), 'Pod');
    expect(pod.metadata).toMatchObject({
      name: 'my-linked-clone-operator-check',
      annotations: { 'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded' },
    });
    const asking = pages().filter((page) => /helm test .*--logs/.test(readFileSync(repositoryPath(page), 'utf8')));
    expect(asking).toEqual([]);
  });
});
