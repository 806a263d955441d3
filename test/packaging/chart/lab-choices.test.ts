// Fields of which an object takes one: a build chooses for itself, whatever the defaults of its lab have chosen.
import { describe, expect, it } from '@jest/globals';
import { HELM_VERSIONS, LAB_CHART } from '../support/helm.ts';
import type { Manifest } from '../support/render.ts';
import { only, refusal, render } from '../support/render.ts';

const LAB = { chart: LAB_CHART, release: 'class', namespace: 'lab' };
const CAPTURE = { vm: 'Tmpl Capture 1.0', names: 'Capture##' };
const UUID = '5012d1b4-0000-0000-0000-000000000001';

describe.each(HELM_VERSIONS)('by %s', (version) => {
  async function lab(defaults: unknown, build: object): Promise<Manifest[]> {
    const builds = [
      { ...CAPTURE, ...build },
      { vm: 'Other', names: 'Other##' },
    ];
    return render({ vCenter: 'vc1', defaults, builds }, { ...LAB, version });
  }

  it("a clone's pool takes the place of the defaults' cluster, and the rest of its placement stays", async () => {
    const manifests = await lab(
      { clone: { placement: { cluster: 'c1', datastore: 'ds-1' } } },
      { clone: { placement: { resourcePool: 'p1' } } },
    );
    const placement = (name: string): unknown =>
      only(manifests, 'LinkedCloneSet', name)['spec'].template.spec.placement;
    expect(placement('capture')).toEqual({ resourcePool: 'p1', datastore: 'ds-1' });
    expect(placement('other')).toEqual({ cluster: 'c1', datastore: 'ds-1' });
  });

  it.each<[string, unknown, unknown, unknown, unknown]>([
    [
      'a snapshot that is made',
      { snapshot: { existing: { name: 'gold' } } },
      { snapshot: { create: { name: 'new' } } },
      { snapshot: { create: { name: 'new' } } },
      { snapshot: { existing: { name: 'gold' } } },
    ],
    [
      'another way to name a snapshot',
      { snapshot: { existing: { name: 'gold' } } },
      { snapshot: { existing: { current: true } } },
      { snapshot: { existing: { current: true } } },
      { snapshot: { existing: { name: 'gold' } } },
    ],
    [
      'a snapshot that exists, which is never deleted',
      { snapshot: { create: { name: 'gold' } }, deletionPolicy: 'Delete' },
      { snapshot: { existing: { name: 'old' } } },
      { snapshot: { existing: { name: 'old' } } },
      { snapshot: { create: { name: 'gold' } }, deletionPolicy: 'Delete' },
    ],
    [
      'more about the same snapshot',
      { snapshot: { create: { name: 'gold' } } },
      { snapshot: { create: { quiesce: true } } },
      { snapshot: { create: { name: 'gold', quiesce: true } } },
      { snapshot: { create: { name: 'gold' } } },
    ],
    [
      'all namespaces',
      { allowedNamespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } },
      { allowedNamespaces: { from: 'All' } },
      { allowedNamespaces: { from: 'All' } },
      { allowedNamespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } },
    ],
  ])("a base's choice of %s takes the place of the defaults'", async (_, theirs, ours, own, other) => {
    const manifests = await lab({ base: theirs }, { base: ours });
    expect(only(manifests, 'BaseSnapshot', 'tmpl-capture-1.0')['spec']).toMatchObject(own as object);
    const {
      source: _source,
      vCenterRef: _vCenter,
      ...rest
    } = only(manifests, 'BaseSnapshot', 'tmpl-capture-1.0')['spec'];
    expect(rest).toEqual(own);
    expect(only(manifests, 'BaseSnapshot', 'other')['spec']).toMatchObject(other as object);
  });

  it("a build's vm and its source take the place of the defaults' source", async () => {
    const source = (manifests: readonly Manifest[]): unknown =>
      only(manifests, 'BaseSnapshot', 'tmpl-capture-1.0')['spec'].source;
    const defaults = { base: { source: { vm: { inventoryPath: 'DC0/x' } } } };
    expect(source(await lab(defaults, {}))).toEqual({ vm: { inventoryPath: CAPTURE.vm } });
    const moRef = { source: { vm: { moRef: 'vm-1' } } };
    expect(source(await lab(defaults, { base: moRef }))).toEqual(moRef.source);
    expect(source(await lab({ base: moRef }, { base: { source: { vm: { instanceUuid: UUID } } } }))).toEqual({
      vm: { instanceUuid: UUID },
    });
  });

  it("a build's vm takes the place of the base that the defaults stand on", async () => {
    const defaults = { clone: { baseSnapshotRef: { name: 'gold', namespace: 'bases' }, notes: 'x' } };
    const builds = [CAPTURE, { names: 'Other##' }];
    const manifests = await render({ vCenter: 'vc1', defaults, builds }, { ...LAB, version });
    const base = (name: string): unknown =>
      only(manifests, 'LinkedCloneSet', name)['spec'].template.spec.baseSnapshotRef;
    expect(base('capture')).toEqual({ name: 'tmpl-capture-1.0' });
    expect(base('other')).toEqual({ name: 'gold', namespace: 'bases' });
    expect(only(manifests, 'BaseSnapshot')['spec'].source.vm.inventoryPath).toBe(CAPTURE.vm);
  });

  it('a base needs no vm where it is named otherwise and has a name', async () => {
    const build = { names: 'A##', baseName: 'gold', base: { source: { vm: { moRef: 'vm-1' } } } };
    const manifests = await render({ vCenter: 'vc1', builds: [build] }, { ...LAB, version });
    expect(only(manifests, 'BaseSnapshot', 'gold')['spec'].source).toEqual({ vm: { moRef: 'vm-1' } });
  });

  it.each<[unknown, RegExp]>([
    [
      { clone: { placement: { cluster: 'a', resourcePool: 'b' } } },
      /build Capture##: clone\.placement takes one of cluster, resourcePool, and has cluster and resourcePool/,
    ],
    [
      { base: { snapshot: { existing: { name: 'a' }, create: { name: 'b' } } } },
      /base\.snapshot takes one of existing, create, and has existing and create/,
    ],
    [
      { base: { source: { vm: { moRef: 'vm-1', instanceUuid: UUID } } } },
      /base\.source\.vm takes one of inventoryPath/,
    ],
    [
      { clone: { baseSnapshotRef: { name: 'gold' } } },
      /build Capture## has a vm and clone\.baseSnapshotRef: it stands on one of them/,
    ],
  ])('refuses %j', async (build, message) => {
    const values = { vCenter: 'vc1', builds: [{ ...CAPTURE, ...(build as object) }] };
    expect(await refusal(values, { ...LAB, version })).toMatch(message);
  });
});
