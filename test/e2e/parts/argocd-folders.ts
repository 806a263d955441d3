// One lab for each folder of a repository, by the published ApplicationSet; and what Argo CD shows of a base that is deleted
// alone.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { application, labFiles, published, settled } from '../applications.ts';
import { APPLICATIONS } from '../argocd.ts';
import type { Context } from '../context.ts';
import type { GitRepository } from '../git-repository.ts';
import { createRepository } from '../git-repository.ts';
import type { Condition, SetObject } from '../objects.ts';
import { basePath, setPath } from '../objects.ts';
import type { Lab } from './argocd.ts';

const MACHINES = 2;
/** The Application of the folder that stays throughout. */
export const FOLDER_LAB = 'lab-first';

/** A repository with two folders, and the ApplicationSet. */
export async function folders(lab: Lab): Promise<void> {
  const { context } = lab;
  const { check, apply, get, until, controlPlane } = context;
  await check('an ApplicationSet makes a lab of each folder', async () => {
    const repository = await folderRepository(lab);
    const first = await repository.commit('a class', await files(lab, ['first']));
    await apply([await published('labs-applicationset.yaml', repository.url)]);
    const made = (name: string): Promise<unknown> =>
      until(`the Application ${name}`, async () => {
        return (await controlPlane.api.request('GET', `${APPLICATIONS}/${name}`)).status === 200;
      });
    await made(FOLDER_LAB);
    await settled(context, FOLDER_LAB, first);
    const second = await repository.commit('another class', await files(lab, ['first', 'second']));
    await lookAgain(context);
    await made('lab-second');
    for (const name of ['first', 'second']) {
      await settled(context, `lab-${name}`, second);
      assert.equal((await get<SetObject>(setPath(name, 'capture'))).status?.readyReplicas, MACHINES);
    }
  });
}

/** Its end: a folder vanishes, a base is deleted alone, the ApplicationSet goes, the Applications go. */
export async function foldersGo(lab: Lab): Promise<void> {
  const { context, vcenter } = lab;
  const { check, kubectl, get, until, controlPlane } = context;
  const repository = await folderRepository(lab);
  await check(
    'a base that is deleted alone is Progressing, with the reason in its condition, until its set goes',
    async () => {
      const mark = await vcenter.mark();
      await kubectl(['delete', 'bsnap/capture-1.0', '-n', 'first', '--wait=false']);
      await until('Progressing', async () => {
        const { status } = await application(context, FOLDER_LAB);
        const health = status?.resources?.find(({ kind }) => kind === 'BaseSnapshot')?.health;
        return health?.status === 'Progressing' && status?.health?.status === 'Progressing';
      });
      const blocked = await until('the reason', async () => {
        const { status } = await get<{ status: { conditions: Condition[] } }>(basePath('first', 'capture-1.0'));
        return status.conditions.find(({ type, status: value }) => type === 'DeletionBlocked' && value === 'True');
      });
      assert.match(blocked.message, /capture/);
      assert.deepEqual(await vcenter.changesSince(mark), []);
      await kubectl(['delete', 'lcs/capture', '-n', 'first', '--timeout=55s']);
      // both are in Git, so both come back
      await until(
        'both again',
        async () => {
          const { metadata } = await get<{ metadata: { deletionTimestamp?: string } }>(
            basePath('first', 'capture-1.0'),
          );
          const { status } = await get<SetObject>(setPath('first', 'capture'));
          return metadata.deletionTimestamp === undefined && status?.readyReplicas === MACHINES;
        },
        { timeoutMs: 300_000 },
      );
    },
  );
  await check('neither a folder that vanishes nor the ApplicationSet takes a lab with it', async () => {
    const mark = await vcenter.mark();
    const commit = await repository.commit('the folder second is gone', await files(lab, ['first']));
    await settled(context, FOLDER_LAB, commit);
    await lookAgain(context);
    await kubectl(['delete', 'applicationset', 'labs', '-n', 'argocd', '--timeout=55s']);
    for (const name of ['first', 'second']) {
      const { metadata } = await application(context, `lab-${name}`);
      assert.equal(metadata.deletionTimestamp, undefined);
      assert.deepEqual(metadata.ownerReferences ?? [], []);
      assert.equal((await get<SetObject>(setPath(name, 'capture'))).status?.readyReplicas, MACHINES);
    }
    assert.deepEqual(await vcenter.changesSince(mark), []);
  });
  await check('deleting the Applications ends the classes', async () => {
    for (const name of ['first', 'second']) {
      await kubectl(['delete', 'application', `lab-${name}`, '-n', 'argocd', '--timeout=55s']);
      assert.equal((await controlPlane.api.request('GET', setPath(name, 'capture'))).status, 404);
    }
  });
}

const APPLICATION_SET = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applicationsets/labs';

/** What it would do of itself within three minutes. */
async function lookAgain({ kubectl, get, until }: Context): Promise<void> {
  const refresh = 'argocd.argoproj.io/application-set-refresh';
  await kubectl(['annotate', 'applicationset', 'labs', '-n', 'argocd', `${refresh}=true`]);
  await until('the ApplicationSet to have looked', async () => {
    const { metadata } = await get<{ metadata: { annotations?: Record<string, string> } }>(APPLICATION_SET);
    return metadata.annotations?.[refresh] === undefined;
  });
}

function folderRepository({ context }: Lab): Promise<GitRepository> {
  return createRepository(join(context.cluster.directory, 'folders'));
}

/** Labs without the confirmations, which lab-1 has. */
async function files({ vcenter }: Lab, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { base, set } = await labFiles(vcenter, MACHINES);
  const free = parse(base) as { metadata: { annotations: Record<string, string> } };
  delete free.metadata.annotations['argocd.argoproj.io/sync-options'];
  return Object.fromEntries(
    names.flatMap((name) => [
      [`labs/${name}/1-base.yaml`, stringify(free)],
      [`labs/${name}/2-set.yaml`, set],
    ]),
  );
}
