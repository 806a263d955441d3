// What Argo CD says of mistakes in Git: those that the operator finds, and those that the API server refuses.
import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import { LAB, application, labFolder, refresh, settled } from '../applications.ts';
import { base, vCenter } from '../objects.ts';
import type { Lab } from './argocd.ts';

const MACHINES = 30;
/** After the lab. */
const LATER = { 'argocd.argoproj.io/sync-wave': '1' };
const SET = `${LAB}/3-set.yaml`;

/** What the operator finds; it is put right again. */
export async function foundLater(lab: Lab): Promise<void> {
  await lab.context.check(
    'a parent and a Secret that are not there are Degraded with the message of the condition, and heal',
    () => missing(lab),
  );
}

/** What the API server refuses; it is put right again. `short`: not what Argo CD tries again first, after some seconds. */
export async function refusedAtOnce(lab: Lab, short: boolean): Promise<void> {
  const { check } = lab.context;
  await check('a field that does not exist fails the sync, with its name, and changes nothing', () =>
    refused(lab, (set) => set.replace('spec:\n', 'spec:\n  replica: 7\n'), /\.?spec\.replica\b/),
  );
  if (short) return;
  await check('a wrong value fails the sync, with the field and what it may be, and changes nothing', () =>
    refused(
      lab,
      (set) => set.replace(`replicas: ${MACHINES}`, 'replicas: -1'),
      /spec\.replicas: Invalid value: -1: .*should be greater than or equal to 0/,
    ),
  );
}

async function missing({ context, repository, vcenter }: Lab): Promise<void> {
  const noParent = base({ name: 'no-parent', vCenter: vcenter.name, build: 'Captrue', annotations: LATER });
  const spec = { ...vcenter.spec, credentialsSecretRef: { name: 'nowhere' } };
  const right = await labFolder(vcenter, MACHINES);
  await repository.commit('mistakes', {
    ...right,
    [`${LAB}/4-no-parent.yaml`]: stringify(noParent),
    [`${LAB}/5-no-secret.yaml`]: stringify(vCenter('no-secret', spec, LATER)),
  });
  await refresh(context, LAB);
  // what isn't found counts as missing for good after 60 s
  const said = await context.until(
    'Degraded, both',
    async () => {
      const { status } = await application(context, LAB);
      const degraded = status?.resources?.filter(({ health }) => health?.status === 'Degraded') ?? [];
      if (status?.health?.status !== 'Degraded' || degraded.length < 2) return undefined;
      return Object.fromEntries(degraded.map(({ name, health }) => [name, health?.message ?? '']));
    },
    { timeoutMs: 300_000 },
  );
  assert.match(said['no-parent'] ?? '', /there is no VM at .*Tmpl Captrue 1\.0/);
  assert.match(said['no-secret'] ?? '', /Secret "nowhere" isn't in namespace "linked-clone-system"/);
  await settled(context, LAB, await repository.commit('no mistakes', right));
}

/** By the API server, so that nothing of the commit is stored. */
async function refused(
  { context, repository, vcenter }: Lab,
  mistake: (set: string) => string,
  answer: RegExp,
): Promise<void> {
  const mark = await vcenter.mark();
  const right = await labFolder(vcenter, MACHINES);
  await repository.commit('a mistake', { ...right, [SET]: mistake(right[SET] ?? '') });
  await refresh(context, LAB);
  await context.until('the mistake in what Argo CD says', async () => {
    const { status } = await application(context, LAB);
    const said = [status?.operationState?.message, ...(status?.conditions ?? []).map(({ message }) => message)];
    return said.some((message) => answer.test(message ?? ''));
  });
  await settled(context, LAB, await repository.commit('put right', right));
  assert.deepEqual(await vcenter.changesSince(mark), []);
}
