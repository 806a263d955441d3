// Argo CD syncs a lab from Git: the published examples as they are, but for the addresses in them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import type { Application } from '../argocd.ts';
import { APPLICATIONS, startArgocd } from '../argocd.ts';
import type { Context } from '../context.ts';
import type { GitRepository } from '../git-repository.ts';
import { createRepository } from '../git-repository.ts';
import type { SetObject } from '../objects.ts';
import { setPath } from '../objects.ts';
import { installOperator } from '../operator.ts';
import type { OutsideVcenter } from '../vcenter.ts';
import { startVcenter } from '../vcenter.ts';

const LAB = 'lab-1';
const WATCHED_MS = 300_000;
const WATCHED_SHORT_MS = 5000;

interface Lab {
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
    await stays(lab, short ? WATCHED_SHORT_MS : WATCHED_MS);
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
    const published = parse(await readFile(repositoryPath('deploy/argocd/lab-application.yaml'), 'utf8')) as {
      spec: { source: { repoURL: string } };
    };
    published.spec.source.repoURL = repository.url;
    await apply([published]);
    await settled(context, commit);
    assert.equal((await get<SetObject>(setPath(LAB, 'capture'))).status?.readyReplicas, 25);
  });
  await check('a commit from 25 to 30 makes five machines and touches no other', async () => {
    const mark = await vcenter.mark();
    const commit = await repository.commit('five more', await files(lab, 30));
    await settled(context, commit);
    assert.equal((await get<SetObject>(setPath(LAB, 'capture'))).status?.readyReplicas, 30);
    const clones = (await vcenter.changesSince(mark)).filter((change) => change.startsWith('CloneVM_Task'));
    assert.equal(clones.length, 5, clones.join('\n'));
    assert.equal((await vcenter.admin.owned()).length, 30);
  });
  await check('self-heal: what a hand changed is changed back', async () => {
    await kubectl(['scale', 'lcs/capture', '-n', LAB, '--replicas=31']);
    await context.until('30 again', async () => (await get<SetObject>(setPath(LAB, 'capture'))).spec.replicas === 30);
    await kubectl(['wait', '--for=condition=Ready', 'lcs/capture', '-n', LAB, '--timeout=55s']);
  });
  await check('a spec that needs a person shows as Degraded, and heals', async () => {
    const wrong = (await files(lab, 30)) as Record<string, string>;
    wrong[`${LAB}/4-wrong.yaml`] = stringify({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'BaseSnapshot',
      metadata: { name: 'wrong', annotations: { 'argocd.argoproj.io/sync-wave': '1' } },
      spec: { vCenterRef: { name: vcenter.name }, source: { vm: { inventoryPath: '/DC0/vm/Secret/Payroll' } } },
    });
    await repository.commit('a mistake', wrong);
    await refresh(context);
    // what isn't found counts as missing for good after 60 s
    await context.until('Degraded', async () => (await application(context)).status?.health?.status === 'Degraded', {
      timeoutMs: 120_000,
    });
    const commit = await repository.commit('no mistake', await files(lab, 30));
    await settled(context, commit);
  });
}

async function stays({ context }: Lab, watchedMs: number): Promise<void> {
  await context.check(`nothing goes out of sync by itself, for ${watchedMs / 1000} s`, async () => {
    const until = Date.now() + watchedMs;
    const seen = new Set<string>();
    await context.until(
      'the time to pass',
      async () => {
        const { status } = await application(context);
        seen.add(`${status?.sync?.status} ${status?.health?.status}`);
        return Date.now() > until;
      },
      { timeoutMs: watchedMs + 30_000, retryErrors: false },
    );
    assert.deepEqual([...seen], ['Synced Healthy']);
  });
}

async function prunes({ context, vcenter, repository }: Lab): Promise<void> {
  const { check, kubectl, get, until } = context;
  await check('a prune removes the set first and waits for a person before the base', async () => {
    const only = await files({ context, vcenter, repository }, 30);
    await repository.commit('the class is over', { [`${LAB}/1-vcenter.yaml`]: only[`${LAB}/1-vcenter.yaml`] ?? '' });
    await refresh(context);
    await until('Argo CD to ask', async () => {
      const { status } = await application(context);
      return status?.operationState?.phase === 'Running' && /confirm/.test(status.operationState.message ?? '');
    });
    await get(`/apis/linkedclone.dev/v1alpha1/namespaces/${LAB}/basesnapshots/capture-1.0`);
    await approve(context);
    await kubectl(['wait', '--for=delete', 'lcs/capture', '-n', LAB, '--timeout=55s']);
    await kubectl(['wait', '--for=delete', 'bsnap/capture-1.0', '-n', LAB, '--timeout=55s']);
    assert.deepEqual(await vcenter.admin.owned(), []);
    await until(
      'the prune to end',
      async () => (await application(context)).status?.operationState?.phase === 'Succeeded',
    );
  });
}

async function goes({ context, vcenter, repository }: Lab): Promise<void> {
  const { check, kubectl, until, controlPlane } = context;
  await check('deleting the Application waits for a person, then nothing is left', async () => {
    const commit = await repository.commit('a class again', await files({ context, vcenter, repository }, 3));
    await settled(context, commit);
    await kubectl(['annotate', 'application', LAB, '-n', 'argocd', `${APPROVED}-`]);
    await kubectl(['delete', 'application', LAB, '-n', 'argocd', '--wait=false']);
    await until('Argo CD to hold the deletion', async () => {
      const { metadata, status } = await application(context);
      return (
        metadata.deletionTimestamp !== undefined && status?.resources?.some((one) => one.requiresDeletionConfirmation)
      );
    });
    assert.equal((await vcenter.admin.owned()).length, 3);
    await approve(context);
    await until(
      'the Application to go',
      async () => (await controlPlane.api.request('GET', `${APPLICATIONS}/${LAB}`)).status === 404,
    );
    assert.deepEqual(await vcenter.admin.owned(), []);
    await kubectl(['wait', '--for=delete', `vcenter/${vcenter.name}`, '--timeout=30s']);
  });
}

const APPROVED = 'argocd.argoproj.io/deletion-approved';

function approve({ kubectl }: Context): Promise<unknown> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return kubectl(['annotate', 'application', LAB, '-n', 'argocd', `${APPROVED}=${now}`, '--overwrite']);
}

function application({ get }: Context): Promise<Application> {
  return get<Application>(`${APPLICATIONS}/${LAB}`);
}

function refresh({ kubectl }: Context): Promise<unknown> {
  return kubectl(['annotate', 'application', LAB, '-n', 'argocd', 'argocd.argoproj.io/refresh=hard', '--overwrite']);
}

async function settled(context: Context, commit: string): Promise<void> {
  await refresh(context);
  await context.until(
    `Synced and Healthy at ${commit.slice(0, 7)}`,
    async () => {
      const { status } = await application(context);
      const synced = status?.sync?.status === 'Synced' && status.sync.revision === commit;
      return synced && status.operationState?.phase === 'Succeeded' && status.health?.status === 'Healthy';
    },
    { timeoutMs: 120_000 },
  );
}

/** The files of deploy/argocd/lab, with the vCenter of this run in them. */
async function files({ vcenter }: Lab, replicas: number): Promise<Readonly<Record<string, string>>> {
  const read = async (name: string): Promise<string> => readFile(repositoryPath(`deploy/argocd/lab/${name}`), 'utf8');
  const vCenter = parse(await read('1-vcenter.yaml')) as { metadata: { name: string }; spec: Record<string, unknown> };
  vCenter.metadata.name = vcenter.name;
  Object.assign(vCenter.spec, { server: vcenter.spec['server'], tls: vcenter.spec['tls'] });
  vCenter.spec['credentialsSecretRef'] = vcenter.spec['credentialsSecretRef'];
  return {
    [`${LAB}/1-vcenter.yaml`]: stringify(vCenter),
    [`${LAB}/2-base.yaml`]: (await read('2-base.yaml')).replace('name: vc1', `name: ${vcenter.name}`),
    [`${LAB}/3-set.yaml`]: (await read('3-set.yaml')).replace('replicas: 25', `replicas: ${replicas}`),
  };
}
