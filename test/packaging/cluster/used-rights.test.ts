// The chart's rights are exactly those that are used, by the audit log of a story in which the operator does all that it does:
// none that it lacks, none that nobody needs. First under the rights for the whole cluster, then under those for one namespace.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import type { LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory, parent } from '../../integration/operator/support/inventory.ts';
import { only, render } from '../support/render.ts';
import { grantedRights, usedRights } from '../support/rights.ts';

jest.setTimeout(240_000);

/** Rights that only admission asks for, so that no request of the operator's shows them. */
const ONLY_ADMISSION = new Map([
  [
    'update linkedclonesets/finalizers.linkedclone.dev',
    'blockOwnerDeletion in owner references of clones and revisions',
  ],
]);

const ACCOUNT = 'system:serviceaccount:linked-clone-system:linked-clone-operator';
const directory = useTemporaryDirectory();
let lab: Lab;
let kubeconfig: string;

beforeAll(async () => {
  lab = await Lab.start({ directory, inventory: inventory({ vms: ['One', 'Two'].map((name) => parent(name)) }) });
  // now: asking for it puts the rights for the whole cluster back
  kubeconfig = await lab.controlPlane.operatorKubeconfig();
}, 120_000);
afterAll(() => lab?.stop(), 120_000);

/** A set is made, scaled, changed and repaired on a base that is taken and removed again; then all of it goes. */
async function story(): Promise<void> {
  await lab.waitReason('vcenters', 'vc', 'Connected', { timeoutMs: 60_000 });
  await lab.applyBase('taken', 'Templates/One', { snapshot: { create: { name: 'ours' } }, deletionPolicy: 'Delete' });
  await lab.applyBase('found', 'Templates/Two');
  await lab.applySet('web', 'taken', 2);
  await lab.setReady('web', 2);
  await lab.applySet('web', 'taken', 3, {}, { notes: 'changed in place' });
  await lab.setReady('web', 3);
  await lab.applySet('web', 'taken', 1, {}, { notes: 'changed in place', hardware: { memoryMiB: 256 } });
  await lab.setReady('web', 1);
  const [clone] = await lab.clonesOf('web');
  await lab.api.raw.call(
    'DELETE',
    `/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclones/${clone?.metadata.name}`,
  );
  await waitUntil('another clone', async () => {
    const [next] = await lab.clonesOf('web');
    return next !== undefined && next.metadata.uid !== clone?.metadata.uid;
  });
  await lab.setReady('web', 1);
  await outgrowHistory();
  await remove('linkedclonesets/web');
  await lab.gone('linkedclonesets', 'web', 'lab', 60_000);
  await remove('vcenters/vc', '');
  await repeatEvent();
  await remove('basesnapshots/taken');
  await remove('basesnapshots/found');
  await lab.gone('vcenters', 'vc', '', 60_000);
}

async function remove(path: string, scope = 'namespaces/lab/'): Promise<void> {
  await lab.api.raw.call('DELETE', `/apis/linkedclone.dev/v1alpha1/${scope}${path}`);
}

/** More revisions than are kept, of a set without clones. */
async function outgrowHistory(): Promise<void> {
  let revision: string | undefined;
  for (let n = 0; n < 13; n += 1) {
    await lab.applySet('web', 'taken', 0, {}, { placement: { folder: `Labs/${n}` } });
    const before = revision;
    revision = await waitUntil('another revision', async () => {
      const now = (await lab.api.get<LinkedCloneSet>('linkedclonesets', 'web'))?.status?.updateRevision;
      return now !== undefined && now !== before ? now : undefined;
    });
  }
}

/** What a VCenter says when its deletion is held, said again because somebody wiped its conditions: one event that counts. */
async function repeatEvent(): Promise<void> {
  const held = { type: 'DeletionBlocked' };
  await lab.waitReason('vcenters', 'vc', 'DependentsExist', held);
  await lab.api.raw.call('PATCH', '/apis/linkedclone.dev/v1alpha1/vcenters/vc/status', {
    body: { status: { conditions: [] } },
    contentType: 'application/merge-patch+json',
  });
  await lab.waitReason('vcenters', 'vc', 'DependentsExist', held);
  await waitUntil('the event to count two', async () => {
    const { items } = await lab.api.raw.call<{ items: { reason: string; series?: { count: number } }[] }>(
      'GET',
      '/apis/events.k8s.io/v1/namespaces/default/events',
    );
    return items.some(({ reason, series }) => reason === 'DeletionBlocked' && (series?.count ?? 1) > 1);
  });
}

it('for the whole cluster, each right is used, and no request is refused', async () => {
  const granted = grantedRights(await render());
  await story();
  await lab.stopOperator();
  const { used, forbidden } = await usedRights(lab.controlPlane.auditLogPath, ACCOUNT, granted);
  expect(forbidden).toEqual([]);
  expect([...used].filter((one) => !granted.has(one))).toEqual([]);
  expect([...granted].filter((one) => !used.has(one) && !ONLY_ADMISSION.has(one))).toEqual([]);
  expect([...ONLY_ADMISSION.keys()].filter((one) => used.has(one) || !granted.has(one))).toEqual([]);
});

it('limited to one namespace, the same story needs nothing beyond it', async () => {
  const limited = await render({ watchNamespaces: ['lab'], crds: { enabled: false } });
  const rights = limited.filter(({ kind }) => /Role/.test(kind)).map((one) => stringify(one));
  const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=testbed', '-f', '-'];
  await lab.controlPlane.kubectl(apply, { input: rights.join('---\n') });
  const since = Date.now();
  await lab.startOperator({ 'watch-namespaces': 'lab' });
  await lab.applyVCenter();
  await story();
  await lab.stopOperator();
  const granted = grantedRights(limited);
  const { used, forbidden } = await usedRights(lab.controlPlane.auditLogPath, ACCOUNT, granted, since);
  expect(forbidden).toEqual([]);
  expect([...used].filter((one) => !granted.has(one))).toEqual([]);
});

it('helm test finds them granted, and the vCenter good; and says which one is missing', async () => {
  await lab.startOperator({ 'watch-namespaces': 'lab' });
  await lab.applyVCenter();
  const map = only(await render({ watchNamespaces: ['lab'] }), 'ConfigMap', 'linked-clone-operator-check');
  const rules = JSON.parse(map['data']['rules.json'] as string) as { namespace: string; rules: unknown[] }[];
  expect(await check(rules, '30')).toEqual({
    code: 0,
    lines: ['Kubernetes: every right of the roles is granted', expect.stringMatching(/^VCenter vc: good: /)],
  });
  const more = { apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: ['x'], verbs: ['get'] };
  const { code, lines } = await check([...rules, { namespace: 'lab', rules: [more] }], '30');
  expect(code).toBe(1);
  expect(lines[0]).toBe('missing in Kubernetes: get deployments.apps/x --subresource=scale -n lab');
  await lab.stopOperator();
  const spec = lab.vCenterSpec();
  await lab.api.apply({ apiVersion: 'linkedclone.dev/v1alpha1', kind: 'VCenter', metadata: { name: 'unseen' }, spec });
  const unseen = await check(rules, '1');
  expect(unseen.code).toBe(1);
  expect(unseen.lines).toContain('VCenter unseen: NOT good: the operator has not looked at it yet');
});

/** The command of the test's Pod, as the operator's account. */
async function check(rules: unknown, wait: string): Promise<{ code: number; lines: readonly string[] }> {
  const file = join(directory, 'rules.json');
  writeFileSync(file, JSON.stringify(rules));
  const args = [repositoryPath('src/cli/check/main.ts'), '--rules', file, '--wait', wait, '--kubeconfig', kubeconfig];
  return new Promise((resolve) => {
    execFile(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, lines: `${stdout}${stderr}`.trim().split('\n') });
    });
  });
}
