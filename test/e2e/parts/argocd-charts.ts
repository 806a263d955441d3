// Argo CD renders the charts: the operator as an Application instead of a release of Helm's, and a class by the lab chart.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { application, approve, published, settled } from '../applications.ts';
import type { Application } from '../argocd.ts';
import { APPLICATIONS } from '../argocd.ts';
import type { Context } from '../context.ts';
import { OPERATOR_NAMESPACE, RELEASE } from '../context.ts';
import { createRepository, projectFiles } from '../git-repository.ts';
import type { SetObject } from '../objects.ts';
import { DEPLOYMENT, imageValue, installOperator, isReady, operatorPods } from '../operator.ts';
import type { Lab } from './argocd.ts';

/** The Applications. */
export const OPERATOR = 'linked-clone-operator';
export const CLASS = 'class';
/** In the published examples. */
const VERSION = 'v0.1.0';
const BUILDS = ['capture', 'packaging', 'verification'];
const MACHINES = 2;
const SETS = `/apis/linkedclone.dev/v1alpha1/namespaces/${CLASS}/linkedclonesets`;

interface ChartApplication {
  spec: { source: { helm: { valuesObject: Record<string, unknown> } } };
}

export interface Charts {
  url: string;
  commit: string;
}

/** A repository with the charts as a release has them. */
export async function chartRepository({ cluster }: Context): Promise<Charts> {
  const repository = await createRepository(join(cluster.directory, 'charts'));
  const files = { ...(await projectFiles('deploy/chart')), ...(await projectFiles('deploy/lab-chart')) };
  const commit = await repository.commit('the charts', files);
  await repository.tag(VERSION);
  return { url: repository.url, commit };
}

/** In place of the operator that Helm has installed. */
export async function operatorComes(context: Context, { url, commit }: Charts): Promise<void> {
  const { check, helm, apply, until } = context;
  await check('the operator as an Application is Synced and Healthy, where Helm had it before', async () => {
    await installOperator(context);
    await helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait']);
    const example = (await published('operator-application.yaml', url)) as ChartApplication;
    example.spec.source.helm.valuesObject = { image: imageValue(context) };
    await apply([example]);
    await settled(context, OPERATOR, commit);
    await until('its Pod', async () => (await operatorPods(context)).some(isReady));
  });
}

/** By the way that docs/argocd.md names; later parts install it by Helm again. */
export async function operatorGoes({ check, kubectl, get, controlPlane }: Context): Promise<void> {
  await check('deleted with the finalizer, the Application takes the operator along and leaves the CRDs', async () => {
    // Argo CD's own: by them it runs what the chart asks before an uninstall
    const own = (await get<Application>(`${APPLICATIONS}/${OPERATOR}`)).metadata.finalizers ?? [];
    assert.ok(own.includes('pre-delete-finalizer.argocd.argoproj.io'), own.join(', '));
    const patch = { metadata: { finalizers: [...own, 'resources-finalizer.argocd.argoproj.io'] } };
    await kubectl(['patch', 'application', OPERATOR, '-n', 'argocd', '--type=merge', '-p', JSON.stringify(patch)]);
    await kubectl(['delete', 'application', OPERATOR, '-n', 'argocd', '--timeout=55s']);
    const deployment = `/apis/apps/v1/namespaces/${OPERATOR_NAMESPACE}/deployments/${DEPLOYMENT}`;
    assert.equal((await controlPlane.api.request('GET', deployment)).status, 404);
    await get('/apis/linkedclone.dev/v1alpha1/linkedclonesets');
  });
}

/** Makes its Application; the machines come while others are looked at. */
export async function classBegins({ context, vcenter }: Lab, { url }: Charts): Promise<void> {
  const example = (await published('class-application.yaml', url)) as ChartApplication;
  const { valuesObject } = example.spec.source.helm;
  valuesObject['vCenter'] = vcenter.name;
  Object.assign(valuesObject['defaults'] as object, { count: MACHINES });
  await context.apply([example]);
}

export async function classComes({ context }: Lab, { commit }: Charts): Promise<void> {
  const { check, get } = context;
  await check('a class by the lab chart is Synced and Healthy', async () => {
    await settled(context, CLASS, commit);
    const { items } = await get<{ items: SetObject[] }>(SETS);
    assert.deepEqual(
      items.map(({ metadata, status }) => [metadata.name, status?.readyReplicas]),
      BUILDS.map((name) => [name, MACHINES]),
    );
  });
}

export async function classGoes({ context }: Lab): Promise<void> {
  const { check, kubectl, until, controlPlane } = context;
  await check('deleting its Application waits for a person before the bases, then the class is gone', async () => {
    await kubectl(['delete', 'application', CLASS, '-n', 'argocd', '--wait=false']);
    await until('Argo CD to hold the deletion', async () => {
      const { status } = await application(context, CLASS);
      return status?.resources?.some((one) => one.requiresDeletionConfirmation);
    });
    await approve(context, CLASS);
    await until(
      'the Application to go',
      async () => (await controlPlane.api.request('GET', `${APPLICATIONS}/${CLASS}`)).status === 404,
    );
    const { text } = await controlPlane.api.request('GET', SETS);
    assert.deepEqual((JSON.parse(text) as { items: unknown[] }).items, []);
  });
}
