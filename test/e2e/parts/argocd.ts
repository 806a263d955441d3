// Argo CD syncs a lab from Git: the published examples as they are, but for the addresses in them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  LAB,
  application,
  approve,
  disapprove,
  labFiles,
  labFolder,
  published,
  refresh,
  seenDuring,
  settled,
} from '../applications.ts';
import { APPLICATIONS, startArgocd } from '../argocd.ts';
import { writesOf } from '../audit-logs.ts';
import type { Context } from '../context.ts';
import type { GitRepository } from '../git-repository.ts';
import { createRepository } from '../git-repository.ts';
import type { SetObject } from '../objects.ts';
import { setPath } from '../objects.ts';
import { ACCOUNT } from '../operator.ts';
import type { OutsideVcenter } from '../vcenter.ts';
import { startVcenter } from '../vcenter.ts';
import { startAutoscaled } from './argocd-autoscaled.ts';
import {
  CLASS,
  OPERATOR,
  chartRepository,
  classBegins,
  classComes,
  classGoes,
  operatorComes,
  operatorGoes,
} from './argocd-charts.ts';
import { foundLater, refusedAtOnce } from './argocd-mistakes.ts';
import { FOLDER_LAB, folders, foldersGo } from './argocd-folders.ts';

/** As whom it reaches the API server here. */
const ARGOCD_USER = 'admin';
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
  const running = await startArgocd(context);
  try {
    const charts = await chartRepository(context);
    await operatorComes(context, charts);
    await syncs(lab);
    await classBegins(lab, charts);
    await foundLater(lab);
    await classComes(lab, charts);
    await refusedAtOnce(lab, short);
    const autoscaled = await startAutoscaled(lab);
    try {
      await folders(lab);
      const all = [LAB, CLASS, autoscaled.name, FOLDER_LAB, OPERATOR];
      await stays(lab, all, short ? WATCHED_SHORT_MS : WATCHED_MS);
      await foldersGo(lab);
    } finally {
      await autoscaled.stop();
    }
    await classGoes(lab);
    await prunes(lab);
    await goes(lab);
  } finally {
    await operatorGoes(context);
    await running.stop();
    await vcenter.stop();
  }
}

async function syncs(lab: Lab): Promise<void> {
  const { context, vcenter, repository } = lab;
  const { check, apply, get, kubectl } = context;
  await check('a lab of 25 from Git is Synced and Healthy, waves in order', async () => {
    const commit = await repository.commit('a lab', await labFolder(vcenter, 25));
    await apply([await published('lab-application.yaml', repository.url)]);
    await settled(context, LAB, commit);
    assert.equal((await get<SetObject>(setPath(LAB, 'capture'))).status?.readyReplicas, 25);
  });
  await check('a commit from 25 to 30 makes five machines and touches no other', async () => {
    const mark = await vcenter.mark();
    const commit = await repository.commit('five more', await labFolder(vcenter, 30));
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
    const since = Date.now();
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
    const [setGoes, baseGoes] = await Promise.all(
      ['linkedclonesets', 'basesnapshots'].map(async (resource) => {
        const writes = await writesOf(context, ARGOCD_USER, since);
        return writes.find((one) => one.verb === 'delete' && one.resource === resource && one.namespace === LAB)?.at;
      }),
    );
    // the operator's last word on the set takes its finalizer off
    const last = (await writesOf(context, ACCOUNT, since)).findLast(
      ({ resource, namespace }) => resource === 'linkedclonesets' && namespace === LAB,
    );
    assert.ok(setGoes !== undefined && baseGoes !== undefined && last !== undefined);
    assert.ok(setGoes < last.at && last.at <= baseGoes, `set ${setGoes}, gone ${last.at}, base ${baseGoes}`);
  });
}

async function goes(lab: Lab): Promise<void> {
  const { context, vcenter, repository } = lab;
  const { check, kubectl, until, controlPlane } = context;
  await check('deleting the Application waits for a person, then nothing is left', async () => {
    await settled(context, LAB, await repository.commit('a class again', await labFolder(vcenter, 3)));
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
