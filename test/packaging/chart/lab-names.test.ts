// Names of a lab's objects: text whatever it looks like, and such that Kubernetes takes them.
import { describe, expect, it } from '@jest/globals';
import { HELM_VERSIONS, LAB_CHART } from '../support/helm.ts';
import type { Manifest } from '../support/render.ts';
import { nameOf, only, refusal, render } from '../support/render.ts';

const LAB = { chart: LAB_CHART, release: 'class', namespace: 'lab' };
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

async function made(build: unknown, options = {}): Promise<Manifest[]> {
  return render({ vCenter: 'vc1', builds: [build] }, { ...LAB, ...options });
}

describe.each(HELM_VERSIONS)('%s', (version) => {
  it.each([
    [{ vm: 'Templates/2024', names: '101-##' }, '2024', '101'],
    [{ vm: 'Yes', names: 'On##' }, 'yes', 'on'],
    [{ vm: 'Null', names: '1e3##' }, 'null', '1e3'],
    [{ vm: 'x', baseName: '0x1f', names: 'A##', name: '101' }, '0x1f', '101'],
    [{ vm: 'Tmpl Capture 1.0', names: '##', name: 'true' }, 'tmpl-capture-1.0', 'true'],
  ])('takes the names of %j for text', async (build, base, set) => {
    const manifests = await made(build, { version });
    expect(manifests.map(({ metadata }) => metadata.name)).toEqual([base, set]);
    const { template } = only(manifests, 'LinkedCloneSet')['spec'];
    expect(template.spec.baseSnapshotRef.name).toBe(base);
  });

  it('takes release, namespace, vCenter and labels that look like numbers for text', async () => {
    const values = {
      vCenter: '7',
      labels: { year: '2024', on: 'off' },
      baseAnnotations: { a: '1' },
      builds: [{ vm: 'x', names: 'a##', labels: { room: '12' }, annotations: { seat: '3' } }],
    };
    const manifests = await render(values, { ...LAB, version, release: '2024', namespace: '456' });
    for (const { metadata } of manifests) {
      expect(metadata.namespace).toBe('456');
      expect(metadata.labels).toMatchObject({ year: '2024', on: 'off', 'app.kubernetes.io/instance': '2024' });
    }
    expect(only(manifests, 'BaseSnapshot')['spec'].vCenterRef).toEqual({ name: '7' });
    expect(only(manifests, 'LinkedCloneSet')['spec'].template.metadata).toEqual({
      labels: { room: '12' },
      annotations: { seat: '3' },
    });
  });
});

it.each([
  ['Capture rev. 2', 'Dr. Ada ##', 'capture-rev.2', 'dr.ada'],
  ['a..b', '-.x.-y-.##', 'a.b', 'x.y'],
  ['Köln (neu).', '…##Z', 'k-ln-neu', 'z'],
  [`${'a'.repeat(54)}.b`, `${'b'.repeat(54)}-c##`, 'a'.repeat(54), 'b'.repeat(54)],
])('makes names of %j and %j that Kubernetes takes', async (vm, names, base, set) => {
  const manifests = await made({ vm, names });
  expect(manifests.map(nameOf)).toEqual([`BaseSnapshot lab/${base}`, `LinkedCloneSet lab/${set}`]);
  for (const { metadata } of manifests) expect(metadata.name).toMatch(SUBDOMAIN);
});

it.each(['a.-b', 'a..b', 'a-.b', '-a', 'A', ''])('refuses the name %j', async (name) => {
  expect(await refusal({ vCenter: 'vc1', builds: [{ vm: 'x', names: 'A##', name }] }, LAB)).toContain(
    "at '/builds/0/name'",
  );
  expect(await refusal({ vCenter: 'vc1', builds: [{ vm: 'x', names: 'A##', baseName: name }] }, LAB)).toContain(
    "at '/builds/0/baseName'",
  );
});

it('writes no label twice, and keeps its own', async () => {
  const labels = { 'app.kubernetes.io/instance': 'mine', 'helm.sh/chart': 'x', course: 'a' };
  const values = { vCenter: 'vc1', labels, builds: [{ vm: 'x', names: 'A##' }] };
  const { metadata } = only(await render(values, LAB), 'LinkedCloneSet');
  expect(metadata.labels).toMatchObject({ course: 'a', 'app.kubernetes.io/instance': 'class' });
  expect(metadata.labels?.['helm.sh/chart']).toMatch(/^lab-chart-/);
});
