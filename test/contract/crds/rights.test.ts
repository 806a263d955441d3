// The rights of deploy/rbac.yaml, as the API server reads them: what the operator needs, and what it must not have.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { Cluster } from './support/cluster.ts';

const ACCOUNT = '--as=system:serviceaccount:linked-clone-system:linked-clone-operator';
const OWN = 'linked-clone-system';
const CRD = 'customresourcedefinitions.apiextensions.k8s.io';

const MAY: readonly [verb: string, resource: string, namespace: string][] = [
  ['watch', 'vcenters.linkedclone.dev', ''],
  ['patch', 'vcenters.linkedclone.dev', ''],
  ['patch', 'basesnapshots.linkedclone.dev', 'default'],
  ['create', 'linkedclones.linkedclone.dev', 'default'],
  ['delete', 'linkedclones.linkedclone.dev', 'default'],
  ['patch', 'linkedclones.linkedclone.dev/status', 'default'],
  ['update', 'linkedclonesets.linkedclone.dev/finalizers', 'default'],
  ['create', 'controllerrevisions.apps', 'default'],
  ['delete', 'controllerrevisions.apps', 'default'],
  ['create', 'events.events.k8s.io', 'default'],
  ['patch', 'events.events.k8s.io', 'default'],
  ['watch', 'namespaces', ''],
  ['get', `${CRD}/linkedclones.linkedclone.dev`, ''],
  ['get', 'secrets/vc-credentials', OWN],
  ['create', 'leases.coordination.k8s.io', OWN],
  ['update', 'leases.coordination.k8s.io/linked-clone-operator', OWN],
];

const MAY_NOT: readonly [verb: string, resource: string, namespace: string][] = [
  ['get', 'secrets/any', 'default'],
  ['list', 'secrets', OWN],
  ['watch', 'secrets', OWN],
  ['create', 'vcenters.linkedclone.dev', ''],
  ['delete', 'vcenters.linkedclone.dev', ''],
  ['delete', 'basesnapshots.linkedclone.dev', 'default'],
  ['create', 'linkedclonesets.linkedclone.dev', 'default'],
  ['delete', 'linkedclonesets.linkedclone.dev', 'default'],
  ['deletecollection', 'linkedclones.linkedclone.dev', 'default'],
  ['delete', 'namespaces', ''],
  ['get', `${CRD}/other.example.org`, ''],
  ['list', CRD, ''],
  ['patch', `${CRD}/linkedclones.linkedclone.dev`, ''],
  ['update', 'leases.coordination.k8s.io/other', OWN],
  ['patch', 'leases.coordination.k8s.io/linked-clone-operator', OWN],
  ['update', 'linkedclones.linkedclone.dev/status', 'default'],
  ['update', 'linkedclones.linkedclone.dev/finalizers', 'default'],
  ['update', 'basesnapshots.linkedclone.dev/finalizers', 'default'],
  ['update', 'vcenters.linkedclone.dev/finalizers', ''],
  ['get', 'controllerrevisions.apps', 'default'],
  ['watch', 'controllerrevisions.apps', 'default'],
  ['patch', 'controllerrevisions.apps', 'default'],
  ['create', 'leases.coordination.k8s.io', 'default'],
  ['create', 'pods', 'default'],
  ['impersonate', 'users', ''],
];

describe("the operator's rights", () => {
  let cluster: Cluster;
  beforeAll(() => {
    cluster = new Cluster();
  });
  afterAll(() => cluster.close());

  const canI = async (verb: string, resource: string, namespace: string): Promise<string> => {
    // resource/name asks for one object; a subresource has a flag of its own
    const [, plain = '', subresource] = /^(.*?)(?:\/(status|finalizers))?$/.exec(resource) ?? [];
    const args = [
      'auth',
      'can-i',
      verb,
      plain,
      ...(subresource === undefined ? [] : [`--subresource=${subresource}`]),
      ACCOUNT,
    ];
    const { stdout } = await cluster.kubectl([...args, ...(namespace === '' ? [] : ['-n', namespace])]);
    return stdout.trim();
  };

  it.each(MAY)('are enough to %s %s in %j', async (verb, resource, namespace) => {
    expect(await canI(verb, resource, namespace)).toBe('yes');
  });

  it.each(MAY_NOT)('do not let it %s %s in %j', async (verb, resource, namespace) => {
    expect(await canI(verb, resource, namespace)).toMatch(/^no/);
  });

  it('have no wildcard', () => {
    const text = readFileSync(new URL('../../../deploy/rbac.yaml', import.meta.url), 'utf8');
    for (const document of parseAllDocuments(text)) expect(JSON.stringify(document.toJS())).not.toContain('"*"');
  });
});
