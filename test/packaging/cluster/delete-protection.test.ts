// The label linkedclone.dev/delete-protection on a real API server: who may not delete what has it, and who may all the same.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import { LABELS } from '../../../src/api/identifiers.ts';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Said } from '../support/cluster.ts';
import { as, kubectl, startBareControlPlane } from '../support/cluster.ts';
import { render } from '../support/render.ts';

jest.setTimeout(60_000);

const API = '/apis/linkedclone.dev/v1alpha1';
const LABEL = LABELS.deleteProtection;
const OPERATOR = 'system:serviceaccount:linked-clone-system:linked-clone-operator';

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startBareControlPlane();
  await cluster.kubectl(['apply', '--server-side', '-f', repositoryPath('deploy/crds.yaml')]);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  for (const name of ['linked-clone-system', 'lab']) await cluster.kubectl(['create', 'namespace', name]);
  const manifests = await render({ crds: { enabled: false }, tests: { enabled: false } });
  const policies = manifests.filter(({ kind }) => /^ValidatingAdmission|^(Cluster)?Role|^ServiceAccount/.test(kind));
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], {
    input: policies.map((one) => stringify(one)).join('---\n'),
  });
  await make('LinkedClone', 'probe', 'Always');
  await waitUntil('the policy to be in force', async () => (await tryDelete('lclone', 'probe')).code !== 0);
}, 60_000);
afterAll(() => cluster?.stop());

const SPECS = {
  VCenter: { server: 'vcenter.example.org', credentialsSecretRef: { name: 'vc' } },
  BaseSnapshot: { vCenterRef: { name: 'vc' }, source: { vm: { inventoryPath: 'a' } } },
  LinkedClone: { baseSnapshotRef: { name: 'b' } },
  LinkedCloneSet: { replicas: 0, template: { spec: { baseSnapshotRef: { name: 'b' } } } },
};

async function make(kind: keyof typeof SPECS, name: string, protection: string, status?: unknown): Promise<void> {
  const inLab = kind === 'VCenter' ? {} : { namespace: 'lab' };
  const metadata = { name, ...inLab, labels: { [LABEL]: protection } };
  const object = { apiVersion: 'linkedclone.dev/v1alpha1', kind, metadata, spec: SPECS[kind] };
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: stringify(object) });
  if (status === undefined) return;
  const place = kind === 'VCenter' ? 'vcenters' : `namespaces/lab/${kind.toLowerCase()}s`;
  await cluster.api.call('PATCH', `${API}/${place}/${name}/status`, {
    body: { status: { observedGeneration: 1, ...(status as object) } },
    contentType: 'application/merge-patch+json',
  });
}

function tryDelete(kind: string, name: string, ...more: readonly string[]): Promise<Said> {
  const where = kind === 'vcenter' ? [] : ['-n', 'lab'];
  return kubectl(cluster, ['delete', kind, name, ...where, '--wait=false', '--dry-run=server', ...more]);
}

it.each(['VCenter', 'BaseSnapshot', 'LinkedCloneSet', 'LinkedClone'] as const)('protects a %s', async (kind) => {
  await make(kind, 'kept', 'Always');
  const { code, stderr } = await tryDelete(kind === 'LinkedClone' ? 'lclone' : kind.toLowerCase(), 'kept');
  expect(code).not.toBe(0);
  expect(stderr).toContain(`${kind} kept has the label ${LABEL}=Always: remove the label to delete it`);
});

it('protects each object of many that are deleted at once', async () => {
  await make('LinkedClone', 'of-many', 'Always');
  const { status, text } = await cluster.api.request('DELETE', `${API}/namespaces/lab/linkedclones?dryRun=All`);
  expect([status, text]).toEqual([403, expect.stringMatching(/LinkedClone (kept|of-many|probe) has the label/)]);
});

it('lets go what has no label any more, or false', async () => {
  await make('LinkedCloneSet', 'let-go', 'Always');
  expect((await tryDelete('lcs', 'let-go')).code).not.toBe(0);
  await cluster.kubectl(['label', 'lcs', 'let-go', '-n', 'lab', `${LABEL}=false`, '--overwrite']);
  expect(await tryDelete('lcs', 'let-go')).toMatchObject({ code: 0, stderr: '' });
  await cluster.kubectl(['label', 'lcs', 'let-go', '-n', 'lab', `${LABEL}-`]);
  expect(await tryDelete('lcs', 'let-go')).toMatchObject({ code: 0, stderr: '' });
});

describe('Cascading', () => {
  it.each<[keyof typeof SPECS, string, unknown, unknown]>([
    ['VCenter', 'vcenter', { dependents: { clones: 1, bases: 0 } }, { dependents: { clones: 0, bases: 0 } }],
    [
      'BaseSnapshot',
      'bsnap',
      { dependents: { clones: 0, sets: 1, bases: 0 } },
      { dependents: { clones: 0, sets: 0, bases: 0 } },
    ],
    ['LinkedCloneSet', 'lcs', { replicas: 2 }, { replicas: 0 }],
  ])('protects a %s only while something stands on it', async (kind, resource, inUse, unused) => {
    await make(kind, 'cascading', 'Cascading', inUse);
    expect((await tryDelete(resource, 'cascading')).stderr).toContain(`${LABEL}=Cascading`);
    await make(kind, 'cascading', 'Cascading', unused);
    expect(await tryDelete(resource, 'cascading')).toMatchObject({ code: 0 });
    await make(kind, 'never-looked-at', 'Cascading');
    expect(await tryDelete(resource, 'never-looked-at')).toMatchObject({ code: 0, stderr: '' });
  });

  it('protects a clone as Always does', async () => {
    await make('LinkedClone', 'cascading', 'Cascading');
    expect((await tryDelete('lclone', 'cascading')).code).not.toBe(0);
  });
});

describe('who may', () => {
  it('is the operator, which scales down and replaces what is lost', async () => {
    await make('LinkedClone', 'scaled-down', 'Always');
    expect(await tryDelete('lclone', 'scaled-down', ...as(OPERATOR))).toMatchObject({ code: 0 });
  });

  it.each([
    'system:serviceaccount:kube-system:generic-garbage-collector',
    'system:serviceaccount:kube-system:namespace-controller',
    'system:kube-controller-manager',
  ])('is Kubernetes, when the owner is gone: %s', async (user) => {
    await make('LinkedClone', 'owned', 'Always');
    expect(await tryDelete('lclone', 'owned', ...as(user, 'system:masters'))).toMatchObject({ code: 0 });
  });

  it('is whoever may delete the namespace, which the label protects, too', async () => {
    await cluster.kubectl(['create', 'namespace', 'ending']);
    await cluster.kubectl(['label', 'namespace', 'ending', `${LABEL}=Always`]);
    const clone = { apiVersion: 'linkedclone.dev/v1alpha1', kind: 'LinkedClone', spec: SPECS.LinkedClone };
    const metadata = { name: 'inside', namespace: 'ending', labels: { [LABEL]: 'Always' } };
    await cluster.kubectl(['apply', '-f', '-'], { input: stringify({ ...clone, metadata }) });
    const refused = await kubectl(cluster, ['delete', 'namespace', 'ending', '--wait=false']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Namespace ending has the label')]);
    await cluster.kubectl(['label', 'namespace', 'ending', `${LABEL}-`]);
    await cluster.kubectl(['delete', 'namespace', 'ending', '--timeout=45s']);
  });
});
