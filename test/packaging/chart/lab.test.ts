// The lab chart: the published lab word for word, everything of the CRDs reachable, and one sentence for what can't be meant.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { HELM_VERSIONS, LAB_CHART } from '../support/helm.ts';
import type { Manifest } from '../support/render.ts';
import { all, nameOf, only, refusal, render } from '../support/render.ts';

const PUBLISHED = `
vCenter: vc1
defaults: {count: 25, customization: xp-class, readiness: [CustomizationSucceeded]}
builds:
  - {vm: "Tmpl Capture 1.0", names: "Capture##"}
  - {vm: "Tmpl Packaging 1.0", names: "Packaging##"}
  - {vm: "Tmpl Verification 1.0", names: "Verification##"}
`;
const LAB = { chart: LAB_CHART, release: 'class', namespace: 'lab' };
const CAPTURE = { vm: 'Tmpl Capture 1.0', names: 'Capture##' };

async function lab(values: unknown): Promise<Manifest[]> {
  return render(values, LAB);
}

/** The spec of the one set that a build makes. */
async function set(build: unknown, more: unknown = {}): Promise<Manifest['spec']> {
  return only(await lab({ vCenter: 'vc1', builds: [build], ...(more as object) }), 'LinkedCloneSet')['spec'];
}

describe('the published lab', () => {
  it.each(HELM_VERSIONS)('is three bases and three sets of 25, by %s', async (version) => {
    const manifests = await render(parse(PUBLISHED), { ...LAB, version });
    expect(manifests.map(nameOf)).toEqual([
      'BaseSnapshot lab/tmpl-capture-1.0',
      'BaseSnapshot lab/tmpl-packaging-1.0',
      'BaseSnapshot lab/tmpl-verification-1.0',
      'LinkedCloneSet lab/capture',
      'LinkedCloneSet lab/packaging',
      'LinkedCloneSet lab/verification',
    ]);
    expect(only(manifests, 'BaseSnapshot', 'tmpl-capture-1.0')['spec']).toEqual({
      vCenterRef: { name: 'vc1' },
      source: { vm: { inventoryPath: 'Tmpl Capture 1.0' } },
    });
    expect(only(manifests, 'LinkedCloneSet', 'capture')['spec']).toEqual({
      replicas: 25,
      naming: { pattern: 'Capture##' },
      template: {
        spec: {
          baseSnapshotRef: { name: 'tmpl-capture-1.0' },
          customization: { specName: 'xp-class' },
          readiness: { require: ['CustomizationSucceeded'] },
        },
      },
    });
  });

  it('is the one that the end-to-end tests install', () => {
    const values = readFileSync(repositoryPath('deploy/lab-chart/ci/class-values.yaml'), 'utf8');
    expect(parse(values)).toEqual(parse(PUBLISHED));
  });

  it('is the one of the README', () => {
    const readme = readFileSync(repositoryPath('deploy/lab-chart/README.md'), 'utf8');
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(parse(example)).toEqual(parse(PUBLISHED));
  });
});

describe('a build', () => {
  it('wins over the defaults: maps are merged, lists and kinds replaced', async () => {
    const defaults = {
      count: 25,
      customization: 'xp-class',
      readiness: ['PoweredOn'],
      clone: { hardware: { cpus: 2, memoryMiB: 1024 }, notes: 'all' },
      set: { scaleDown: { order: 'Newest' } },
    };
    const build = {
      ...CAPTURE,
      count: 0,
      customization: { specName: 'other' },
      readiness: { require: ['ToolsRunning'], timeoutSeconds: 60 },
      clone: { hardware: { memoryMiB: 4096 } },
    };
    expect(await set(build, { defaults })).toEqual({
      replicas: 0,
      naming: { pattern: 'Capture##' },
      scaleDown: { order: 'Newest' },
      template: {
        spec: {
          baseSnapshotRef: { name: 'tmpl-capture-1.0' },
          customization: { specName: 'other' },
          hardware: { cpus: 2, memoryMiB: 4096 },
          notes: 'all',
          readiness: { require: ['ToolsRunning'], timeoutSeconds: 60 },
        },
      },
    });
  });

  it('leaves the number to an autoscaler where none is given', async () => {
    expect(await set(CAPTURE)).not.toHaveProperty('replicas');
  });

  it('has names of its own where it is given some, and a first number', async () => {
    const build = { ...CAPTURE, name: 'one', baseName: 'gold', set: { naming: { start: 11 } }, labels: { room: '3' } };
    const manifests = await lab({ vCenter: 'vc1', builds: [build] });
    expect(manifests.map(nameOf)).toEqual(['BaseSnapshot lab/gold', 'LinkedCloneSet lab/one']);
    const { naming, template } = only(manifests, 'LinkedCloneSet')['spec'];
    expect(naming).toEqual({ pattern: 'Capture##', start: 11 });
    expect(template.metadata).toEqual({ labels: { room: '3' } });
  });

  it('stands on a base that is there, in any namespace, and makes none', async () => {
    const clone = { baseSnapshotRef: { name: 'gold', namespace: 'bases' } };
    const manifests = await lab({ builds: [{ names: 'A##', clone }] });
    expect(manifests.map(nameOf)).toEqual(['LinkedCloneSet lab/a']);
    expect(only(manifests, 'LinkedCloneSet')['spec'].template.spec.baseSnapshotRef).toEqual(clone.baseSnapshotRef);
  });

  it('shares the base of another build of the same parent', async () => {
    const manifests = await lab({ vCenter: 'vc1', builds: [CAPTURE, { ...CAPTURE, names: 'Spare##' }] });
    expect(all(manifests, 'BaseSnapshot')).toHaveLength(1);
    expect(all(manifests, 'LinkedCloneSet')).toHaveLength(2);
  });

  it('reaches every field of a base', async () => {
    const base = {
      source: { vm: { instanceUuid: '5012d1b4-0000-0000-0000-000000000001' } },
      snapshot: { create: { name: 'gold', quiesce: true } },
      deletionPolicy: 'Delete',
      maxClones: 9,
    };
    const made = only(await lab({ vCenter: 'vc1', builds: [{ ...CAPTURE, base }] }), 'BaseSnapshot');
    expect(made['spec']).toEqual({ vCenterRef: { name: 'vc1' }, ...base });
  });
});

interface CrdNode {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, CrdNode>>;
  readonly items?: CrdNode;
  readonly additionalProperties?: boolean | CrdNode;
}

const BOUNDS = ['minimum', 'maximum', 'minLength', 'maxLength', 'pattern'];

/** What the values reach of a CRD's spec, with their bounds: `path minimum maximum …`. */
function fields(node: CrdNode | undefined, path = ''): string[] {
  if (node === undefined) return [];
  const { properties, items, additionalProperties: values } = node;
  const bounds = BOUNDS.map((keyword) => String(node[keyword] ?? ''));
  return [
    ...(path === '' ? [] : [`${path} ${bounds.join(' ')}`]),
    ...Object.entries(properties ?? {}).flatMap(([name, one]) => fields(one, `${path}.${name}`)),
    ...fields(items, `${path}[]`),
    ...(typeof values === 'object' ? fields(values, `${path}{}`) : []),
  ];
}

it('takes every field of the CRDs under defaults and in a build, and no other', () => {
  const schema = JSON.parse(readFileSync(repositoryPath('deploy/lab-chart/values.schema.json'), 'utf8')) as CrdNode;
  const specOf = (plural: string): CrdNode | undefined => {
    const crd = parse(readFileSync(repositoryPath(`crds/linkedclone.dev_${plural}.yaml`), 'utf8')) as {
      spec: { versions: readonly [{ schema: { openAPIV3Schema: CrdNode } }] };
    };
    return crd.spec.versions[0].schema.openAPIV3Schema.properties?.['spec'];
  };
  for (const place of [schema.properties?.['defaults'], schema.properties?.['builds']?.items]) {
    const has = (name: string): CrdNode | undefined => place?.properties?.[name];
    expect(fields(has('base'))).toEqual(fields(specOf('basesnapshots')));
    const inTemplate = ['labels', 'annotations'].flatMap((name) => fields(has(name), `.template.metadata.${name}`));
    const inClone = ['customization', 'readiness'].flatMap((name) => fields(has(name), `.template.spec.${name}`));
    const reached = [
      ...fields(has('set')),
      ...fields(has('count'), '.replicas'),
      ...inTemplate,
      ...fields(has('clone'), '.template.spec'),
      // a list of `readiness` is its `require`
      ...inClone.filter((field) => !field.startsWith('.template.spec.readiness[]')),
    ];
    const own = fields(specOf('linkedclonesets')).filter((field) => !/^\.template(\.metadata)? /.test(field));
    expect(reached.toSorted()).toEqual(own.toSorted());
  }
});

it('gives clones labels and annotations, of the defaults and of the build', async () => {
  const defaults = { labels: { room: '1', course: 'a' }, annotations: { note: 'all' } };
  const { template } = await set({ ...CAPTURE, labels: { room: '2' }, annotations: { own: '1' } }, { defaults });
  expect(template.metadata).toEqual({ labels: { room: '2', course: 'a' }, annotations: { note: 'all', own: '1' } });
});

it('orders and protects for Argo CD where that is asked for', async () => {
  const values = {
    vCenter: 'vc1',
    builds: [CAPTURE],
    argocd: { waves: true, confirmBases: true },
    baseAnnotations: { a: '1' },
    labels: { course: 'x' },
  };
  const manifests = await lab(values);
  const base = only(manifests, 'BaseSnapshot').metadata;
  expect(base.annotations).toEqual({
    a: '1',
    'argocd.argoproj.io/sync-wave': '1',
    'argocd.argoproj.io/sync-options': 'Prune=confirm,Delete=confirm',
  });
  const { metadata } = only(manifests, 'LinkedCloneSet');
  expect(metadata.annotations).toEqual({ 'argocd.argoproj.io/sync-wave': '2' });
  expect(metadata.labels).toMatchObject({ course: 'x', 'app.kubernetes.io/instance': 'class' });
});

describe.each(HELM_VERSIONS)('%s', (version) => {
  const options = { ...LAB, version };
  it.each<[string, unknown, RegExp]>([
    ['no builds', { vCenter: 'vc1' }, /builds must have at least one build, such as \{vm:/],
    ['no vCenter', { builds: [CAPTURE] }, /vCenter must be the name of a VCenter: kubectl get vcenters/],
    ['no parent', { vCenter: 'vc1', builds: [{ names: 'A##' }] }, /build A## needs a vm, or clone\.baseSnapshotRef/],
    ['no names', { vCenter: 'vc1', builds: [{ vm: 'x' }] }, /at '\/builds\/0': missing property 'names'/],
    ['an unknown value', { vcenter: 'vc1', builds: [CAPTURE] }, /additional properties 'vcenter' not allowed/],
    [
      'an unknown field of a build',
      { builds: [{ ...CAPTURE, cuont: 1 }] },
      /at '\/builds\/0': additional properties 'cuont'/,
    ],
    [
      'an unknown field of a clone',
      { vCenter: 'vc1', defaults: { clone: { hardwear: {} } }, builds: [CAPTURE] },
      /at '\/defaults\/clone': additional properties 'hardwear' not allowed/,
    ],
    ['a count below zero', { builds: [{ ...CAPTURE, count: -1 }] }, /at '\/builds\/0\/count': minimum: got -1, want 0/],
    [
      'an order that is none',
      { builds: [{ ...CAPTURE, set: { scaleDown: { order: 'Random' } } }] },
      /must be one of 'HighestOrdinal'/,
    ],
    [
      'names without a letter',
      { vCenter: 'vc1', builds: [{ vm: 'x', names: '##' }] },
      /has no letter or digit to make a name of/,
    ],
    [
      'two sets of one name',
      { vCenter: 'vc1', builds: [CAPTURE, { ...CAPTURE, vm: 'other' }] },
      /two builds make a set capture/,
    ],
    [
      'two bases of one name',
      { vCenter: 'vc1', builds: [CAPTURE, { ...CAPTURE, names: 'B##', base: { maxClones: 1 } }] },
      /two builds make different bases tmpl-capture-1\.0/,
    ],
  ])('refuses %s', async (_, values, message) => {
    expect(await refusal(values, options)).toMatch(message);
  });
});
