// Installs the operator as its users do, with the image that was built here.
import { repositoryPath } from '../../src/testbed/repository.ts';
import type { Context } from './context.ts';
import { OPERATOR_NAMESPACE, RELEASE } from './context.ts';

export const CHART = repositoryPath('deploy/chart');
/** As the chart names it. */
export const DEPLOYMENT = `${RELEASE}-linked-clone-operator`;
/** The operator's user. */
export const ACCOUNT = `system:serviceaccount:${OPERATOR_NAMESPACE}:${DEPLOYMENT}`;

/** Values as `--set-json` takes them, by path. */
export type Values = Readonly<Record<string, unknown>>;

export interface InstallOptions {
  values?: Values;
  /** Folder or archive; deploy/chart by default. */
  chart?: string;
  version?: 3 | 4;
}

/** The image that was built here, as the chart's value `image`. */
export function imageValue({ cluster }: Context): Readonly<Record<string, string>> {
  const [repository = '', tag = ''] = cluster.images.operator.replace(/^localhost\//, '').split(':');
  return { registry: 'localhost', repository, tag, pullPolicy: 'Never' };
}

/** Flags that name the image, and the values. */
export function valueFlags(context: Context, values: Values = {}): readonly string[] {
  return Object.entries({ image: imageValue(context), ...values }).map(
    ([path, value]) => `--set-json=${path}=${JSON.stringify(value)}`,
  );
}

/** `helm upgrade --install --wait`: the Pods are Ready when it resolves. */
export async function installOperator(
  context: Context,
  { values, chart = CHART, version = 4 }: InstallOptions = {},
): Promise<void> {
  const args = ['upgrade', RELEASE, chart, '--install', '--create-namespace', '--namespace', OPERATOR_NAMESPACE];
  await context.helm([...args, '--wait', '--timeout=120s', ...valueFlags(context, values)], { version });
}

interface Pod {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  status: {
    podIP?: string;
    conditions?: { type: string; status: string; lastTransitionTime: string }[];
    containerStatuses?: {
      restartCount: number;
      state: { running?: { startedAt: string }; terminated?: { exitCode: number } };
    }[];
  };
}

/** The operator's Pods that aren't being deleted. */
export async function operatorPods({ get }: Context): Promise<readonly Pod[]> {
  const selector = encodeURIComponent('app.kubernetes.io/component=operator');
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods?labelSelector=${selector}`;
  const { items } = await get<{ items: Pod[] }>(path);
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

export function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

/** Name of the Pod that leads; undefined while nobody does. */
export async function leader({ controlPlane }: Context): Promise<string | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/linked-clone-operator`;
  const { status, text } = await controlPlane.api.request('GET', path);
  if (status !== 200) return undefined;
  const { spec } = JSON.parse(text) as { spec: { holderIdentity?: string } };
  const [pod = ''] = (spec.holderIdentity ?? '').split('_');
  return pod === '' ? undefined : pod;
}
