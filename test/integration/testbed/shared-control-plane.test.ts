// What test files get from the control plane that the run shares: clients for users with exactly the rights they were
// given, namespaces, kubectl, and an audit log that tells who did what.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { controlPlane, makeNamespace, toolPaths } from '../../support/control-plane.ts';

interface AuditEvent {
  stage: string;
  verb: string;
  user: { username: string; groups: string[] };
  objectRef?: { namespace?: string; resource: string };
  responseStatus?: { code: number };
}

interface WhoAmI {
  status: { userInfo: { username: string; groups: string[] } };
}

describe('the shared control plane', () => {
  it('is Kubernetes 1.36.3 on both sides', async () => {
    const plane = await controlPlane();
    const versions = JSON.parse(await plane.kubectl(['version', '-o', 'json'])) as Record<
      string,
      { gitVersion: string }
    >;
    expect([versions['clientVersion']?.gitVersion, versions['serverVersion']?.gitVersion]).toEqual([
      'v1.36.3',
      'v1.36.3',
    ]);
    expect(process.env['LCO_TEST_KUBECONFIG']).toBe(plane.kubeconfig);
    expect(toolPaths().kubectl).toBe(plane.tools.kubectl);
  });

  it('lets a user do what its roles say and nothing else, and writes both down', async () => {
    const plane = await controlPlane();
    const namespace = await makeNamespace('users');
    const kubeconfig = await plane.addUser({ name: 'jane', groups: ['readers', 'people'] });
    const get = ['get', 'configmaps', '-n', namespace, '-o', 'name'];
    await expect(plane.kubectl(get, { kubeconfig })).rejects.toThrow(
      /configmaps is forbidden: User "jane" cannot list/,
    );
    await plane.kubectl(['create', 'rolebinding', 'read', '--clusterrole=view', '--group=readers', '-n', namespace]);
    await waitUntil('the right to read', async () => (await plane.kubectl(get, { kubeconfig })).includes('configmap/'));
    const write = ['create', 'configmap', 'mine', '-n', namespace];
    await expect(plane.kubectl(write, { kubeconfig })).rejects.toThrow(/forbidden/);

    // the log is written behind the answers, and by everybody: its last line may be half a line
    const janesEvents = (): AuditEvent[] =>
      readFileSync(plane.auditLogPath, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as AuditEvent)
        .filter(({ user, objectRef }) => user.username === 'jane' && objectRef?.namespace === namespace);
    const janes = await waitUntil('the last request in the log', () =>
      [janesEvents()].find((events) => events.some(({ verb }) => verb === 'create')),
    );
    expect(janes.every(({ stage, user }) => stage === 'ResponseComplete' && user.groups.includes('readers'))).toBe(
      true,
    );
    expect(janes.find(({ verb }) => verb === 'list')?.responseStatus?.code).toBe(403);
    expect(janes.findLast(({ verb }) => verb === 'list')?.responseStatus?.code).toBe(200);
    expect(janes.find(({ verb }) => verb === 'create')?.responseStatus?.code).toBe(403);
  }, 120_000);

  it('has the operator’s own user, with the rights of deploy/rbac.yaml', async () => {
    const plane = await controlPlane();
    const kubeconfig = await plane.operatorKubeconfig();
    const identity = JSON.parse(await plane.kubectl(['auth', 'whoami', '-o', 'json'], { kubeconfig })) as WhoAmI;
    expect(identity.status.userInfo.username).toBe('system:serviceaccount:linked-clone-system:linked-clone-operator');
    expect(identity.status.userInfo.groups).toContain('system:serviceaccounts:linked-clone-system');
    expect(await plane.kubectl(['auth', 'can-i', 'list', 'linkedclones.linkedclone.dev', '-A'], { kubeconfig })).toBe(
      'yes\n',
    );
    const escalate = ['create', 'clusterrolebinding', 'root', '--clusterrole=cluster-admin', '--user=operator'];
    await expect(plane.kubectl(escalate, { kubeconfig })).rejects.toThrow(/forbidden/);
    expect(await plane.operatorKubeconfig()).toBe(kubeconfig);
  }, 120_000);

  it('wants a right on the owner’s finalizers from who blocks its deletion', async () => {
    const plane = await controlPlane();
    const namespace = await makeNamespace('owners');
    const kubeconfig = await plane.addUser({ name: 'maker' });
    const rights = ['create', 'role', 'make', '--verb=create,get', '--resource=configmaps', '-n', namespace];
    await plane.kubectl(rights);
    await plane.kubectl(['create', 'rolebinding', 'make', '--role=make', '--user=maker', '-n', namespace]);
    const owner = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'owner',
      uid: '00000000-0000-4000-8000-000000000000',
    };
    const metadata = { name: 'blocked', namespace, ownerReferences: [{ ...owner, blockOwnerDeletion: true }] };
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    const create = (): Promise<string> => plane.kubectl(['create', '-f', '-'], { kubeconfig, input }).catch(String);
    // Until the role has reached the authorizer it is the creation itself that is forbidden.
    const said = await waitUntil('the right to create', async () =>
      [await create()].find((text) => !text.includes('cannot create')),
    );
    expect(said).toContain('cannot set blockOwnerDeletion');
  }, 120_000);
});
