// Applications of Argo CD in the end-to-end run: the published examples with this run's addresses, what they say, and waits.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { repositoryPath } from '../../src/testbed/repository.ts';
import type { Application } from './argocd.ts';
import { APPLICATIONS } from './argocd.ts';
import type { Context } from './context.ts';
import type { OutsideVcenter } from './vcenter.ts';

/** The Application of lab-application.yaml, its folder and its namespace. */
export const LAB = 'lab-1';
const APPROVED = 'argocd.argoproj.io/deletion-approved';

/** A published example, with another repository in it. */
export async function published(file: string, repositoryUrl: string): Promise<object> {
  const text = await readFile(repositoryPath(`deploy/argocd/${file}`), 'utf8');
  return parse(text.replaceAll(/https:\/\/git\.example\.org\/\S+/g, repositoryUrl)) as object;
}

export function application({ get }: Context, name: string): Promise<Application> {
  return get<Application>(`${APPLICATIONS}/${name}`);
}

export function refresh({ kubectl }: Context, name: string): Promise<unknown> {
  return kubectl(['annotate', 'application', name, '-n', 'argocd', 'argocd.argoproj.io/refresh=hard', '--overwrite']);
}

/** Confirms what waits for it, as docs/argocd.md says. */
export function approve({ kubectl }: Context, name: string): Promise<unknown> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return kubectl(['annotate', 'application', name, '-n', 'argocd', `${APPROVED}=${now}`, '--overwrite']);
}

export function disapprove({ kubectl }: Context, name: string): Promise<unknown> {
  return kubectl(['annotate', 'application', name, '-n', 'argocd', `${APPROVED}-`]);
}

/** Synced, by a sync that succeeded, and Healthy, at the commit. */
export async function settled(context: Context, name: string, commit: string): Promise<void> {
  await refresh(context, name);
  await context.until(
    `${name} to be Synced and Healthy at ${commit.slice(0, 7)}`,
    async () => {
      const { status } = await application(context, name);
      const synced = status?.sync?.status === 'Synced' && status.sync.revision === commit;
      return synced && status.operationState?.phase === 'Succeeded' && status.health?.status === 'Healthy';
    },
    { timeoutMs: 300_000 },
  );
}

/** What was to be seen of the applications while `during` ran, as `Synced Healthy`. */
export async function seenDuring(
  context: Context,
  names: readonly string[],
  during: () => Promise<unknown>,
): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  let over = false;
  const watching = context.until(
    'the end of the watch',
    async () => {
      for (const name of names) {
        const { status } = await application(context, name);
        seen.add(`${status?.sync?.status} ${status?.health?.status}`);
      }
      return over;
    },
    { timeoutMs: 600_000, retryErrors: false },
  );
  try {
    await Promise.race([during(), watching]);
  } finally {
    over = true;
  }
  await watching;
  assert.ok(seen.size > 0);
  return seen;
}

/** The three files of deploy/argocd/lab, with the vCenter of this run in them. */
export async function labFiles(
  vcenter: OutsideVcenter,
  replicas: number,
): Promise<{ vCenter: string; base: string; set: string }> {
  const read = async (name: string): Promise<string> => readFile(repositoryPath(`deploy/argocd/lab/${name}`), 'utf8');
  const vCenter = parse(await read('1-vcenter.yaml')) as { metadata: { name: string }; spec: Record<string, unknown> };
  vCenter.metadata.name = vcenter.name;
  Object.assign(vCenter.spec, { server: vcenter.spec['server'], tls: vcenter.spec['tls'] });
  vCenter.spec['credentialsSecretRef'] = vcenter.spec['credentialsSecretRef'];
  vCenter.spec['access'] = vcenter.spec['access'];
  return {
    vCenter: stringify(vCenter),
    base: (await read('2-base.yaml')).replace('name: vc1', `name: ${vcenter.name}`),
    set: (await read('3-set.yaml')).replace('replicas: 25', `replicas: ${replicas}`),
  };
}

/** The folder of the lab as a commit has it. */
export async function labFolder(vcenter: OutsideVcenter, replicas: number): Promise<Readonly<Record<string, string>>> {
  const { vCenter, base, set } = await labFiles(vcenter, replicas);
  return { [`${LAB}/1-vcenter.yaml`]: vCenter, [`${LAB}/2-base.yaml`]: base, [`${LAB}/3-set.yaml`]: set };
}
