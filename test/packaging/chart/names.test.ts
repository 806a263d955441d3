// Names, namespaces and labels of the operator's objects: text whatever it looks like, each key once, and what objects are found by
// stays the chart's.
import { describe, expect, it } from '@jest/globals';
import { HELM_VERSIONS } from '../support/helm.ts';
import type { Manifest } from '../support/render.ts';
import { all, only, render } from '../support/render.ts';

/** Everything that the chart can make. */
const EVERYTHING = {
  replicaCount: 2,
  simulator: { enabled: true },
  networkPolicy: { enabled: true },
  metrics: {
    podMonitor: { enabled: true },
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true, namespace: '77' },
  },
  admissionPolicies: { releaseAndRetain: { enabled: true } },
};

/** Fields that hold the name of something, wherever they are. */
const NAMES = new Set([
  ...['name', 'namespace', 'policyName', 'serviceAccountName', 'secretName', 'priorityClassName'],
  ...['helm.sh/chart', 'checksum/inventory', 'dnsPolicy', 'interval'],
  ...['name', 'instance', 'component', 'version', 'part-of', 'managed-by'].map((one) => `app.kubernetes.io/${one}`),
]);
const LISTS = new Set(['args', 'resourceNames', 'matchNames', 'values']);

/** Paths of names that aren't text. */
function notText(node: unknown, path = ''): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    const here = `${path}.${key}`;
    if (NAMES.has(key) && typeof value !== 'string') return [`${here}: ${String(value)}`];
    const items = LISTS.has(key) && Array.isArray(value) ? value.filter((item) => typeof item !== 'string') : [];
    return [...items.map((item) => `${here}: ${String(item)}`), ...notText(value, here)];
  });
}

function mistakes(manifests: readonly Manifest[]): string[] {
  return manifests
    .filter(({ kind }) => kind !== 'CustomResourceDefinition')
    .flatMap((manifest) => notText(manifest, `${manifest.kind} ${manifest.metadata.name}`));
}

describe.each(HELM_VERSIONS)('%s', (version) => {
  it.each<[string, unknown, { release?: string; namespace?: string }]>([
    ['a release', {}, { release: '2024' }],
    ['a namespace', {}, { namespace: '456' }],
    ['a release by its name alone', { nameOverride: '4' }, { release: '2024' }],
    ['watched namespaces', { watchNamespaces: ['456', '1e3'] }, {}],
    ['the name of everything', { fullnameOverride: '123' }, {}],
    ['a word of YAML', { fullnameOverride: 'on', nameOverride: 'null' }, { release: 'true', namespace: 'off' }],
    ['the account', { serviceAccount: { name: '123' } }, {}],
    ['an account that is there', { serviceAccount: { create: false, name: '123' } }, {}],
    [
      'the rest',
      { imagePullSecrets: ['1', { name: '2' }], priorityClassName: '3', commonLabels: { year: '2024' } },
      { release: '0x1f' },
    ],
  ])('takes a number for text where it is %s', async (_, values, options) => {
    const manifests = await render({ ...EVERYTHING, ...(values as object) }, { ...options, version });
    expect(mistakes(manifests)).toEqual([]);
    for (const { metadata } of all(manifests, 'CustomResourceDefinition')) expect(notText(metadata)).toEqual([]);
  });
});

it('would notice a number', () => {
  const metadata = { name: 'x', namespace: 456 as unknown as string };
  expect(mistakes([{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { args: [1] } }])).toEqual([
    'Pod x.metadata.namespace: 456',
    'Pod x.spec.args: 1',
  ]);
});

describe('labels and annotations that the chart has itself', () => {
  const own = {
    'app.kubernetes.io/name': 'mine',
    'app.kubernetes.io/instance': 'mine',
    'app.kubernetes.io/component': 'mine',
    'app.kubernetes.io/version': '9',
    'app.kubernetes.io/managed-by': 'mine',
    'app.kubernetes.io/part-of': 'mine',
    'helm.sh/chart': 'mine',
    team: 'labs',
  };
  const values = {
    ...EVERYTHING,
    commonLabels: own,
    podLabels: own,
    podAnnotations: { 'kubectl.kubernetes.io/default-container': 'sidecar' },
    crds: { labels: own, annotations: { 'helm.sh/resource-policy': 'delete', a: 'b' } },
    metrics: {
      podMonitor: { enabled: true, labels: own },
      serviceMonitor: { enabled: true, labels: own },
      prometheusRule: { enabled: true, labels: own },
      dashboard: { enabled: true, labels: own },
    },
  };

  it('are written once, and win', async () => {
    const manifests = await render(values); // throws on a key that is there twice
    const found = {
      'app.kubernetes.io/name': 'linked-clone-operator',
      'app.kubernetes.io/instance': 'linked-clone-operator',
    };
    for (const { metadata, kind } of manifests) {
      expect([kind, metadata.labels]).toEqual([kind, expect.objectContaining({ ...found, team: 'labs' })]);
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/part-of': 'mine',
        'app.kubernetes.io/managed-by': 'Helm',
        'app.kubernetes.io/version': expect.stringMatching(/^0\./),
      });
    }
    for (const { spec } of all(manifests, 'Deployment'))
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    const { template } = only(manifests, 'Deployment', 'linked-clone-operator')['spec'];
    expect(template.metadata.labels).toMatchObject({
      ...found,
      team: 'labs',
      'app.kubernetes.io/component': 'operator',
    });
    expect(template.metadata.annotations).toEqual({ 'kubectl.kubernetes.io/default-container': 'sidecar' });
    for (const { metadata } of all(manifests, 'CustomResourceDefinition'))
      expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep', a: 'b' });
  });
});
