// What the operator's account must not be able to do, asked of the API server's own authorizer, under the chart's rights for the
// whole cluster and for listed namespaces.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { startBareControlPlane } from '../support/cluster.ts';
import { render } from '../support/render.ts';

jest.setTimeout(120_000);

let cluster: ControlPlane;
const EVERYWHERE = 'linked-clone-system';
const LIMITED = 'limited-system';

beforeAll(async () => {
  cluster = await startBareControlPlane();
  for (const name of [EVERYWHERE, LIMITED, 'lab', 'other'])
    await cluster.api.call('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  for (const [namespace, watchNamespaces] of [
    [EVERYWHERE, []],
    [LIMITED, ['lab']],
  ] as const) {
    const manifests = await render({ watchNamespaces, crds: { enabled: false } }, { namespace });
    const rights = manifests.filter(({ kind }) => /Role|ServiceAccount/.test(kind));
    await cluster.kubectl(['apply', '-f', '-'], { input: rights.map((one) => stringify(one)).join('---\n') });
  }
}, 120_000);
afterAll(() => cluster?.stop());

/** `verb resource[.group][/name]`, or `verb resource/subresource` with a known subresource. */
async function can(home: string, question: string, namespace = ''): Promise<boolean> {
  const [verb = '', path = ''] = question.split(' ');
  const [, resource = '', group = '', subresource = '', name = ''] =
    /^([a-z]+)(?:\.([a-z0-9.]+))?(?::([a-z]+))?(?:\/(.+))?$/.exec(path) ?? [];
  const spec = {
    user: `system:serviceaccount:${home}:linked-clone-operator`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${home}`, 'system:authenticated'],
    resourceAttributes: { verb, resource, group, subresource, name, namespace },
  };
  const review = await cluster.api.call<{ status: { allowed: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    { body: { spec } },
  );
  return review.status.allowed;
}

const NEVER: readonly (readonly [question: string, namespace?: string])[] = [
  ['list secrets'],
  ['watch secrets'],
  ['get secrets', 'lab'],
  ['get secrets', 'kube-system'],
  ['list secrets', EVERYWHERE],
  ['watch secrets', EVERYWHERE],
  ['create secrets', EVERYWHERE],
  ['update secrets', EVERYWHERE],
  ['delete secrets', EVERYWHERE],
  ['get configmaps', EVERYWHERE],
  ['list pods'],
  ['create pods', EVERYWHERE],
  ['create pods:exec', EVERYWHERE],
  ['create pods:exec', 'lab'],
  ['create serviceaccounts:token', EVERYWHERE],
  ['impersonate users'],
  ['impersonate serviceaccounts', EVERYWHERE],
  ['create clusterroles.rbac.authorization.k8s.io'],
  ['bind clusterroles.rbac.authorization.k8s.io'],
  ['escalate clusterroles.rbac.authorization.k8s.io'],
  ['create rolebindings.rbac.authorization.k8s.io', 'lab'],
  ['delete namespaces/lab'],
  ['update namespaces/lab'],
  ['patch namespaces/lab'],
  ['list nodes'],
  ['get nodes'],
  ['patch customresourcedefinitions.apiextensions.k8s.io/vcenters.linkedclone.dev'],
  ['delete customresourcedefinitions.apiextensions.k8s.io/linkedclones.linkedclone.dev'],
  ['list customresourcedefinitions.apiextensions.k8s.io'],
  ['get customresourcedefinitions.apiextensions.k8s.io/certificates.cert-manager.io'],
  ['delete linkedclonesets.linkedclone.dev', 'lab'],
  ['delete basesnapshots.linkedclone.dev', 'lab'],
  ['delete vcenters.linkedclone.dev'],
  ['create vcenters.linkedclone.dev'],
  ['create linkedclonesets.linkedclone.dev', 'lab'],
  ['update linkedclonesets.linkedclone.dev:scale', 'lab'],
  ['deletecollection linkedclones.linkedclone.dev', 'lab'],
  ['update linkedclones.linkedclone.dev', 'lab'],
  ['release linkedclones.linkedclone.dev', 'lab'],
  ['retain linkedclonesets.linkedclone.dev', 'lab'],
  ['patch deployments.apps', EVERYWHERE],
  ['delete events.events.k8s.io', 'lab'],
  ['list leases.coordination.k8s.io', EVERYWHERE],
  ['update leases.coordination.k8s.io/another', EVERYWHERE],
  ['update leases.coordination.k8s.io/linked-clone-operator', 'kube-system'],
  ['delete leases.coordination.k8s.io/linked-clone-operator', EVERYWHERE],
  ['update validatingadmissionpolicies.admissionregistration.k8s.io'],
  ['* *'],
];

describe.each([EVERYWHERE, LIMITED])('the account in %s', (home) => {
  // both given: jest would hand a missing one its callback
  it.each(NEVER.map(([question, namespace = '']) => [question, namespace] as const))(
    `can't %s %s`,
    async (question, namespace) => {
      expect(await can(home, question, namespace === EVERYWHERE ? home : namespace)).toBe(false);
    },
  );
});

it('asks enough', () => {
  expect(NEVER.length).toBeGreaterThanOrEqual(30);
});

it.each([
  ['delete linkedclones.linkedclone.dev', 'lab'],
  ['patch linkedclonesets.linkedclone.dev:status', 'lab'],
  ['create events.events.k8s.io', 'lab'],
  ['create controllerrevisions.apps', 'lab'],
])('limited to lab, it can %s there and not elsewhere', async (question, namespace) => {
  expect(await can(LIMITED, question, namespace)).toBe(true);
  expect(await can(LIMITED, question, 'other')).toBe(false);
  expect(await can(EVERYWHERE, question, 'other')).toBe(true);
});

it('reads the credentials in its own namespace and leads there', async () => {
  for (const home of [EVERYWHERE, LIMITED]) {
    expect(await can(home, 'get secrets/vc1', home)).toBe(true);
    expect(await can(home, 'update leases.coordination.k8s.io/linked-clone-operator', home)).toBe(true);
  }
});
