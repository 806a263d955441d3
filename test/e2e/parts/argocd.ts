// Argo CD syncs a lab from Git: the published examples as they are, but for the addresses in them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  application,
  approve,
  disapprove,
  labFiles,
  published,
  refresh,
  seenDuring,
  settled,
} from '../applications.ts';
import { APPLICATIONS, startArgocd } from '../argocd.ts';
import type { Context } from '../context.ts';
import type { GitRepository } from '../git-repository.ts';
import { createRepository } from '../git-repository.ts';
import type { SetObject } from '../objects.ts';
import { setPath } from '../objects.ts';
import { installOperator } from '../operator.ts';
import type { OutsideVcenter } from '../vcenter.ts';
import { startVcenter } from '../vcenter.ts';
import { startAutoscaled } from './argocd-autoscaled.ts';
import { FOLDER_LAB, folders, foldersGo } from './argocd-folders.ts';

const LAB = 'lab-1';
const WATCHED_MS = 300_000;
const WATCHED_SHORT_MS = 5000;

export interface Lab {
  context: Context;
  vcenter: OutsideVcenter;
  repository: GitRepository;
}

/** `short`: without the five minutes in which nothing may go out of sync. */
export async function argocd(context: Context, short: boolean): Promise<void> {
  const vcenter = await startVcenter(context);
  const repository = await createRepository(join(context.cluster.directory, 'labs'));
  const lab = { context, vcenter, repository };
  await context.check('the operator installs', async () => installOperator(context));
  const running = await startArgocd(context);
  try {
    await syncs(lab);
    await answers(lab);
    const autoscaled = await startAutoscaled(lab);
    try {
      await folders(lab);
      await stays(lab, [LAB, autoscaled.name, FOLDER_LAB], short ? WATCHED_SHORT_MS : WATCHED_MS);
      await foldersGo(lab);
    } finally {
      await autoscaled.stop();
    }
    await prunes(lab);
    await goes(lab);
  } finally {
    await running.stop();
    await vcenter.stop();
  }
}

async function syncs(lab: Lab): Promise<void> {
  const { context, vcenter, repository } = lab;
  const { check, apply, get, kubectl } = context;
  await check('a lab of 25 from Git is Synced and Healthy, waves in order', async () => {
    const commit = await repository.commit('a lab', await files(lab, 25));
    await apply([await published('lab-application.yaml', repository.url)]);
    await settled(context, LAB, commit);
    assert.equal((await get<SetObject>(setPath(LAB, 'capture'))).status?.readyReplicas, 25);
  });
  await check('a commit from 25 to 30 makes five machines and touches no other', async () => {
    const mark = await vcenter.mark();
    const commit = await repository.commit('five more', await files(lab, 30));
    await settled(context, LAB, commit);
    assert.equal((await get<SetObject>(setPath(LAB, 'capture'))).status?.readyReplicas, 30);
    const clones = (await vcenter.changesSince(mark)).filter((change) => change.startsWith('CloneVM_Task'));
    assert.equal(clones.length, 5, clones.join('\n'));
    assert.equal((await vcenter.admin.owned()).length, 30);
  });
  await check('self-heal: what a hand changed is changed back; without it, it stays', async () => {
    const replicas = async (): Promise<unknown> => (await get<SetObject>(setPath(LAB, 'capture'))).spec.replicas;
    await kubectl(['scale', 'lcs/capture', '-n', LAB, '--replicas=31']);
    await context.until('30 again', async () => (await replicas()) === 30);
    await kubectl(['wait', '--for=condition=Ready', 'lcs/capture', '-n', LAB, '--timeout=55s']);
    await selfHeal(context, false);
    await kubectl(['scale', 'lcs/capture', '-n', LAB, '--replicas=31']);
    await context.until(
      'OutOfSync',
      async () => (await application(context, LAB)).status?.sync?.status === 'OutOfSync',
    );
    await kubectl(['wait', '--for=jsonpath={.status.readyReplicas}=31', 'lcs/capture', '-n', LAB, '--timeout=55s']);
    assert.equal(await replicas(), 31);
    await selfHeal(context, true);
    await context.until('30 again', async () => (await replicas()) === 30);
    await kubectl(['wait', '--for=condition=Ready', 'lcs/capture', '-n', LAB, '--timeout=55s']);
  });
}

/** What Argo CD says of mistakes in Git. */
async function answers(lab: Lab): Promise<void> {
  const { context, repository, vcenter } = lab;
  const { check, until } = context;
  const withFile = async (name: string, object: object): Promise<Record<string, string>> => ({
    ...(await files(lab, 30)),
    [`${LAB}/${name}`]: stringify({ apiVersion: 'linkedclone.dev/v1alpha1', ...object }),
  });
  await check('a spec that needs a person is Degraded with the message of the condition, and heals', async () => {
    const wrong = {
      kind: 'BaseSnapshot',
      metadata: { name: 'wrong', annotations: { 'argocd.argoproj.io/sync-wave': '1' } },
      spec: { vCenterRef: { name: vcenter.name }, source: { vm: { inventoryPath: '/DC0/vm/Secret/Payroll' } } },
    };
    await repository.commit('a mistake', await withFile('4-wrong.yaml', wrong));
    await refresh(context, LAB);
    // what isn't found counts as missing for good after 60 s
    const health = await until(
      'Degraded',
      async () => {
        const { status } = await application(context, LAB);
        const found = status?.resources?.find(({ name }) => name === 'wrong')?.health;
        return status?.health?.status === 'Degraded' && found?.status === 'Degraded' ? found : undefined;
      },
      { timeoutMs: 120_000 },
    );
    assert.match(health.message ?? '', /there is no VM at \/DC0\/vm\/Secret\/Payroll/);
    await settled(context, LAB, await repository.commit('no mistake', await files(lab, 30)));
  });
  await check('a field that does not exist fails the sync, with its name, and changes nothing', async () => {
    const mark = await vcenter.mark();
    const unknown = (await labFiles(vcenter, 30)).set.replace('spec:\n', 'spec:\n  replica: 7\n');
    await repository.commit('a field that is none', { ...(await files(lab, 30)), [`${LAB}/3-set.yaml`]: unknown });
    await refresh(context, LAB);
    await until(
      'the field in what Argo CD says',
      async () => {
        const { status } = await application(context, LAB);
        const said = [status?.operationState?.message, ...(status?.conditions ?? []).map(({ message }) => message)];
        return said.some((message) => /\.?spec\.replica\b/.test(message ?? ''));
      },
      { timeoutMs: 60_000 },
    );
    await settled(context, LAB, await repository.commit('no such field', await files(lab, 30)));
    assert.deepEqual(await vcenter.changesSince(mark), []);
  });
}

async function stays({ context }: Lab, names: readonly string[], watchedMs: number): Promise<void> {
  await context.check(`nothing goes out of sync by itself, for ${watchedMs / 1000} s`, async () => {
    const until = Date.now() + watchedMs;
    const seen = await seenDuring(context, names, () =>
      context.until('the time to pass', () => Date.now() > until, { timeoutMs: watchedMs + 30_000 }),
    );
    assert.deepEqual([...seen], ['Synced Healthy']);
  });
}

async function prunes(lab: Lab): Promise<void> {
  const { context, vcenter, repository } = lab;
  const { check, kubectl, get, until } = context;
  await check('a prune removes the set first and waits for a person before the base', async () => {
    await repository.commit('the class is over', { [`${LAB}/1-vcenter.yaml`]: (await labFiles(vcenter, 30)).vCenter });
    await refresh(context, LAB);
    await until('Argo CD to ask', async () => {
      const { status } = await application(context, LAB);
      return status?.operationState?.phase === 'Running' && /confirm/.test(status.operationState.message ?? '');
    });
    await get(`/apis/linkedclone.dev/v1alpha1/namespaces/${LAB}/basesnapshots/capture-1.0`);
    await approve(context, LAB);
    await kubectl(['wait', '--for=delete', 'lcs/capture', '-n', LAB, '--timeout=55s']);
    await kubectl(['wait', '--for=delete', 'bsnap/capture-1.0', '-n', LAB, '--timeout=55s']);
    assert.deepEqual(await vcenter.admin.owned(), []);
    await until(
      'the prune to end',
      async () => (await application(context, LAB)).status?.operationState?.phase === 'Succeeded',
    );
  });
}

async function goes(lab: Lab): Promise<void> {
  const { context, vcenter, repository } = lab;
  const { check, kubectl, until, controlPlane } = context;
  await check('deleting the Application waits for a person, then nothing is left', async () => {
    await settled(context, LAB, await repository.commit('a class again', await files(lab, 3)));
    await disapprove(context, LAB);
    await kubectl(['delete', 'application', LAB, '-n', 'argocd', '--wait=false']);
    await until('Argo CD to hold the deletion', async () => {
      const { metadata, status } = await application(context, LAB);
      return (
        metadata.deletionTimestamp !== undefined && status?.resources?.some((one) => one.requiresDeletionConfirmation)
      );
    });
    assert.equal((await vcenter.admin.owned()).length, 3);
    await approve(context, LAB);
    await until(
      'the Application to go',
      async () => (await controlPlane.api.request('GET', `${APPLICATIONS}/${LAB}`)).status === 404,
    );
    assert.deepEqual(await vcenter.admin.owned(), []);
    await kubectl(['wait', '--for=delete', `vcenter/${vcenter.name}`, '--timeout=30s']);
  });
}

function selfHeal({ kubectl }: Context, on: boolean): Promise<unknown> {
  const patch = { spec: { syncPolicy: { automated: { selfHeal: on } } } };
  return kubectl(['patch', 'application', LAB, '-n', 'argocd', '--type=merge', '-p', JSON.stringify(patch)]);
}

async function files({ vcenter }: Lab, replicas: number): Promise<Readonly<Record<string, string>>> {
  const { vCenter, base, set } = await labFiles(vcenter, replicas);
  return { [`${LAB}/1-vcenter.yaml`]: vCenter, [`${LAB}/2-base.yaml`]: base, [`${LAB}/3-set.yaml`]: set };
}
