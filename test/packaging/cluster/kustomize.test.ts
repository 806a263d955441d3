// kustomize renders what Helm renders: the base as the chart without values, each overlay as the chart with its values.
import { describe, expect, it } from '@jest/globals';
import { PLAIN_VALUES } from '../../../hack/chart/manifests.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { controlPlane } from '../../support/control-plane.ts';
import type { Manifest } from '../support/render.ts';
import { nameOf, parseManifests, render } from '../support/render.ts';

const HELM_ONLY = new Set(['helm.sh/chart', 'app.kubernetes.io/managed-by']);

function plain(manifests: readonly Manifest[]): Record<string, unknown> {
  return Object.fromEntries(
    manifests
      .filter(({ kind }) => kind !== 'Namespace')
      .map((manifest) => {
        const labels = Object.entries(manifest.metadata.labels ?? {}).filter(([label]) => !HELM_ONLY.has(label));
        const metadata = { ...manifest.metadata, labels: Object.fromEntries(labels) };
        return [nameOf(manifest), { ...manifest, metadata }];
      }),
  );
}

describe.each([
  ['base', {}],
  ['overlays/namespaced', { watchNamespaces: ['lab'] }],
  ['overlays/ha', { replicaCount: 2 }],
])('%s', (folder, values) => {
  it('is the chart', async () => {
    const client = await controlPlane();
    const built = parseManifests(await client.kubectl(['kustomize', repositoryPath(`deploy/kustomize/${folder}`)]));
    const rendered = await render({ ...values, ...PLAIN_VALUES });
    expect(plain(built)).toEqual(plain(rendered));
    expect(built.filter(({ kind }) => kind === 'Namespace').map(nameOf)).toEqual(['Namespace linked-clone-system']);
  });
});
