// The admission policies on a real API server: what they say, to whom, and whom they leave alone.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { as, kubectl, startBareControlPlane } from '../support/cluster.ts';
import { render } from '../support/render.ts';

jest.setTimeout(120_000);

let cluster: ControlPlane;
const API = '/apis/linkedclone.dev/v1alpha1';
const OPERATOR = 'system:serviceaccount:linked-clone-system:linked-clone-operator';

beforeAll(async () => {
  cluster = await startBareControlPlane();
  await cluster.kubectl(['apply', '--server-side', '-f', repositoryPath('deploy/crds.yaml')]);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  for (const name of ['linked-clone-system', 'lab']) await makeNamespace(name);
  const roleBinding = (name: string, role: string, user: string): string[] => [
    ...['create', 'rolebinding', name, '-n', 'lab', `--clusterrole=${role}`, `--user=${user}`],
  ];
  await cluster.kubectl(roleBinding('editor', 'edit', 'editor'));
  await cluster.kubectl(roleBinding('admin', 'admin', 'owner'));
}, 120_000);
afterAll(() => cluster?.stop());

async function makeNamespace(name: string): Promise<void> {
  await cluster.api.call('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
}

/** Installs the chart's policies with these values and waits until `isInForce`. */
async function usePolicies(admissionPolicies: unknown, isInForce: () => Promise<boolean>): Promise<void> {
  const manifests = await render({ admissionPolicies, crds: { enabled: false }, tests: { enabled: false } });
  const kinds = /^(ValidatingAdmission|ClusterRole|Role|ServiceAccount)/;
  const text = manifests.filter(({ kind }) => kinds.test(kind)).map((one) => stringify(one));
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: text.join('---\n') });
  await waitUntil('the policy to be in force', isInForce);
}

/** A base of which the operator said that it has dependents; held by a finalizer, as the operator's are. */
async function makeBase(namespace: string, dependents?: Readonly<Record<string, number>>): Promise<string> {
  const name = `base-${randomUUID().slice(0, 8)}`;
  const path = `${API}/namespaces/${namespace}/basesnapshots`;
  const spec = { vCenterRef: { name: 'vc1' }, source: { vm: { inventoryPath: 'a' } } };
  const metadata = { name, finalizers: ['linkedclone.dev/dependents'] };
  await cluster.api.call('POST', path, {
    body: { apiVersion: 'linkedclone.dev/v1alpha1', kind: 'BaseSnapshot', metadata, spec },
  });
  if (dependents === undefined) return name;
  const status = { observedGeneration: 1, dependents: { clones: 0, sets: 0, bases: 0, ...dependents } };
  await cluster.api.call('PATCH', `${path}/${name}/status`, {
    body: { status },
    contentType: 'application/merge-patch+json',
  });
  return name;
}

function deleteBase(name: string, namespace = 'lab', ...more: readonly string[]) {
  return kubectl(cluster, ['delete', 'bsnap', name, '-n', namespace, '--wait=false', ...more]);
}

describe('deleting a base that is in use', () => {
  it('is answered with a warning and goes on', async () => {
    const probe = await makeBase('lab', { clones: 1 });
    await usePolicies({ baseSnapshotDeletion: { action: 'Warn' } }, async () =>
      (await deleteBase(probe, 'lab', '--dry-run=server')).stderr.includes('Warning'),
    );
    const base = await makeBase('lab', { clones: 25, sets: 1, bases: 0 });
    const { code, stdout, stderr } = await deleteBase(base);
    expect(code).toBe(0);
    expect(stdout).toContain(`"${base}" deleted`);
    expect(stderr).toContain(
      `BaseSnapshot lab/${base} has 26 dependents (clones, sets and bases): it stays until they are gone`,
    );
    // the second delete of what is being deleted already is nobody's surprise
    expect((await deleteBase(base)).stderr).toBe('');
  });

  it('is silent about a base that nothing stands on, or that was never looked at', async () => {
    expect((await deleteBase(await makeBase('lab', { clones: 0, sets: 0, bases: 0 }))).stderr).toBe('');
    expect((await deleteBase(await makeBase('lab'))).stderr).toBe('');
  });

  it('is refused where that is asked for', async () => {
    const base = await makeBase('lab', { bases: 1 });
    await usePolicies({ baseSnapshotDeletion: { action: 'Deny' } }, async () =>
      (await deleteBase(base, 'lab', '--dry-run=server')).stderr.includes('forbidden'),
    );
    const { code, stderr } = await deleteBase(base);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/denied request: BaseSnapshot lab\/base-\w+ has 1 dependents/);
    expect(
      (await kubectl(cluster, ['get', 'bsnap', base, '-n', 'lab', '-o', 'jsonpath={.metadata.deletionTimestamp}']))
        .stdout,
    ).toBe('');
  });

  it('is never refused to whoever deletes the namespace', async () => {
    await makeNamespace('ending');
    const base = await makeBase('ending', { clones: 3 });
    await cluster.api.call('DELETE', '/api/v1/namespaces/ending');
    const path = `${API}/namespaces/ending/basesnapshots/${base}`;
    const since = await waitUntil('the namespace controller to delete the base', async () => {
      const { metadata } = await cluster.api.call<{ metadata: { deletionTimestamp?: string } }>('GET', path);
      return metadata.deletionTimestamp;
    });
    expect(since).toMatch(/^20\d\d-/);
    await cluster.api.call('PATCH', path, {
      body: { metadata: { finalizers: null } },
      contentType: 'application/merge-patch+json',
    });
    await waitUntil('the namespace to be gone', async () => {
      return (await cluster.api.request('GET', '/api/v1/namespaces/ending')).status === 404;
    });
  });
});

describe('releasing and retaining', () => {
  const clone = (name: string, spec: unknown = {}, annotations: unknown = {}): string =>
    stringify({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'LinkedClone',
      metadata: { name, namespace: 'lab', annotations },
      spec: { baseSnapshotRef: { name: 'b' }, ...(spec as object) },
    });
  const labSet = (name: string, retentionPolicy: unknown, deletionPolicy?: string): string =>
    stringify({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'LinkedCloneSet',
      metadata: { name, namespace: 'lab' },
      spec: {
        replicas: 0,
        ...(retentionPolicy === undefined ? {} : { retentionPolicy }),
        template: {
          spec: { baseSnapshotRef: { name: 'b' }, ...(deletionPolicy === undefined ? {} : { deletionPolicy }) },
        },
      },
    });
  const apply = (user: string, text: string) =>
    kubectl(cluster, ['apply', '-f', '-', ...as(user, 'system:authenticated')], text);
  const annotate = (user: string, what: string, ...annotations: readonly string[]) =>
    kubectl(cluster, ['annotate', '-n', 'lab', what, ...annotations, ...as(user, 'system:authenticated')]);

  beforeAll(async () => {
    await usePolicies({ releaseAndRetain: { enabled: true } }, async () => {
      const { code, stderr } = await apply('editor', clone('probe', { deletionPolicy: 'Retain' }));
      if (code === 0) await kubectl(cluster, ['delete', 'lclone', 'probe', '-n', 'lab']);
      return stderr.includes('Retain leaves virtual machines behind');
    });
  }, 120_000);

  it('needs the verb retain: an editor is told so', async () => {
    const said = [
      await apply('editor', clone('a', { deletionPolicy: 'Retain' })),
      await apply('editor', labSet('s', { whenDeleted: 'Retain' })),
      await apply('editor', labSet('s', { whenScaled: 'Retain' })),
      await apply('editor', labSet('s', undefined, 'Retain')),
    ];
    for (const { code, stderr } of said) {
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/you need the verb retain on linkedclone(set)?s\.linkedclone\.dev/);
    }
  });

  it('leaves an editor everything else', async () => {
    expect(await apply('editor', clone('plain'))).toMatchObject({ code: 0 });
    expect(await apply('editor', labSet('plain', { whenScaled: 'Delete' }, 'Delete'))).toMatchObject({ code: 0 });
    expect(await annotate('editor', 'lclone/plain', 'linkedclone.dev/protect=true')).toMatchObject({ code: 0 });
  });

  it('needs the verb release: an editor is told so, an admin of the namespace has it', async () => {
    await apply('editor', clone('let-go'));
    const refused = await annotate('editor', 'lclone/let-go', 'linkedclone.dev/release=uid');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('you need the verb release on linkedclones.linkedclone.dev');
    expect(await annotate('owner', 'lclone/let-go', 'linkedclone.dev/release=uid')).toMatchObject({ code: 0 });
    // what is there already is nobody's change, so an editor may go on with the rest of the object
    expect(await annotate('editor', 'lclone/let-go', 'example.org/note=x')).toMatchObject({ code: 0 });
  });

  it('lets an admin of the namespace retain, and an editor change what was retained by one', async () => {
    expect(await apply('owner', labSet('kept', { whenDeleted: 'Retain' }))).toMatchObject({ code: 0 });
    const args = ['label', '-n', 'lab', 'lcs/kept', 'a=b', ...as('editor', 'system:authenticated')];
    expect(await kubectl(cluster, args)).toMatchObject({ code: 0 });
  });

  it('never stops the operator, which makes clones as their sets say', async () => {
    expect(await apply(OPERATOR, clone('of-a-set', { deletionPolicy: 'Retain' }))).toMatchObject({ code: 0 });
  });
});
