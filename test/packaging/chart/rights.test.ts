// The roles that the chart makes: for the operator, cluster-wide or in listed namespaces, and for people.
import { describe, expect, it } from '@jest/globals';
import type { Manifest } from '../support/render.ts';
import { all, nameOf, only, render } from '../support/render.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const rulesOf = (manifest: Manifest): readonly Rule[] => manifest['rules'] as readonly Rule[];
const withResource = (manifests: readonly Manifest[], resource: string): Manifest[] =>
  manifests.filter((manifest) => rulesOf(manifest).some(({ resources }) => resources.includes(resource)));

async function roles(values: unknown = {}): Promise<Manifest[]> {
  const manifests = await render(values);
  return [...all(manifests, 'ClusterRole'), ...all(manifests, 'Role')];
}

describe('of the operator', () => {
  it('have no wildcard and read Secrets only by name, only in its own namespace', async () => {
    for (const values of [{}, { watchNamespaces: ['lab'] }]) {
      const found = await roles(values);
      const parts = found
        .flatMap(rulesOf)
        .flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
      expect(parts).not.toContain('*');
      const [secrets, ...others] = withResource(found, 'secrets');
      expect(others).toEqual([]);
      expect(nameOf(secrets as Manifest)).toBe('Role linked-clone-system/linked-clone-operator');
      expect(rulesOf(secrets as Manifest).find(({ resources }) => resources.includes('secrets'))?.verbs).toEqual([
        'get',
      ]);
    }
  });

  it('name the Lease and the four CRDs', async () => {
    const named = (await roles()).flatMap(rulesOf).flatMap(({ resourceNames = [] }) => resourceNames);
    expect(new Set(named)).toEqual(
      new Set([
        'linked-clone-operator',
        ...['vcenters', 'basesnapshots', 'linkedclonesets', 'linkedclones'].map(
          (plural) => `${plural}.linkedclone.dev`,
        ),
      ]),
    );
  });

  it('reach clones in listed namespaces only, each with a binding', async () => {
    const manifests = await render({ watchNamespaces: ['lab', 'qa'] });
    const cluster = only(manifests, 'ClusterRole', 'linked-clone-operator');
    expect(rulesOf(cluster).flatMap(({ resources }) => resources)).toEqual([
      'vcenters',
      'vcenters/status',
      'customresourcedefinitions',
      'namespaces',
    ]);
    const managed = withResource(all(manifests, 'Role'), 'linkedclones');
    expect(managed.map(({ metadata }) => metadata.namespace)).toEqual(['lab', 'qa']);
    const bindings = all(manifests, 'RoleBinding').map(({ metadata }) => metadata.namespace);
    expect(new Set(bindings)).toEqual(new Set(['linked-clone-system', 'lab', 'qa', 'default']));
    for (const binding of all(manifests, 'RoleBinding'))
      expect(binding['subjects']).toEqual([
        { kind: 'ServiceAccount', name: 'linked-clone-operator', namespace: 'linked-clone-system' },
      ]);
  });

  it('may write events about VCenters, which are in the namespace default, and nothing else there', async () => {
    const events = (await roles({ watchNamespaces: ['lab'] })).filter(
      ({ metadata }) => metadata.namespace === 'default',
    );
    expect(events.flatMap(rulesOf)).toEqual([
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
    ]);
  });

  it('are left to others with rbac.create=false, and bound to an account that is there', async () => {
    const without = await render({ rbac: { create: false }, serviceAccount: { create: false, name: 'mine' } });
    for (const kind of ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'ServiceAccount'])
      expect(all(without, kind)).toEqual([]);
    expect(only(without, 'Deployment')['spec'].template.spec.serviceAccountName).toBe('mine');
  });

  it('of two releases in two namespaces have names of their own', async () => {
    const names = async (namespace: string): Promise<string[]> =>
      all(await render({}, { namespace }), 'ClusterRole').map(({ metadata }) => metadata.name);
    const [a, b] = [await names('one'), await names('two')];
    expect(a.filter((name) => b.includes(name))).toEqual([]);
  });
});

describe('of people', () => {
  it.each([
    ['view', ['get', 'list', 'watch'], ['view', 'edit', 'admin']],
    ['edit', ['create', 'update', 'patch', 'delete', 'deletecollection'], ['edit', 'admin']],
    ['admin', ['release', 'retain'], ['admin']],
  ])('are added to the role %s', async (role, verbs, targets) => {
    const found = only(await render(), 'ClusterRole', `linked-clone-operator-${role}`);
    expect(rulesOf(found)[0]?.verbs).toEqual(verbs);
    const labels = Object.keys(found.metadata.labels ?? {}).filter((label) => label.includes('aggregate-to'));
    expect(new Set(labels)).toEqual(new Set(targets.map((to) => `rbac.authorization.k8s.io/aggregate-to-${to}`)));
  });

  it('let an editor scale a set and an editor of one namespace change no VCenter', async () => {
    const manifests = await render();
    const edit = rulesOf(only(manifests, 'ClusterRole', 'linked-clone-operator-edit'));
    expect(edit.flatMap(({ resources }) => resources)).toContain('linkedclonesets/scale');
    expect(edit.flatMap(({ resources }) => resources)).not.toContain('vcenters');
  });

  it('are left out with rbac.aggregateRoles=false', async () => {
    const found = await roles({ rbac: { aggregateRoles: false } });
    expect(found.map(nameOf)).toEqual([
      'ClusterRole linked-clone-operator',
      'Role linked-clone-system/linked-clone-operator',
    ]);
  });
});
