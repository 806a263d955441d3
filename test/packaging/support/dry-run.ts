// What the API server says of manifests without storing them: strictly (no field that it doesn't know), and of the Pods that
// Deployments would make.
import { stringify } from 'yaml';
import type { ControlPlaneClient } from '../../../src/testbed/control-plane/control-plane.ts';
import type { Said } from './cluster.ts';
import { kubectl } from './cluster.ts';
import type { Manifest } from './render.ts';
import { all } from './render.ts';

type Cluster = Pick<ControlPlaneClient, 'api' | 'kubectl' | 'kubeconfig' | 'tools' | 'directory'>;

/** Accounts that the value sets' Pods run as. */
const ACCOUNTS = ['linked-clone-operator', 'lco', 'given'];

/** Namespaces under the restricted Pod Security Standard, with accounts: a dry run makes none, and no Pod is taken without. */
export async function prepareForDryRuns({ api, kubectl: run }: Cluster): Promise<void> {
  const levels = ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']);
  for (const name of ['linked-clone-system', 'lab', 'qa']) {
    const metadata = { name, labels: Object.fromEntries(levels) as Record<string, string> };
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata };
    const path = `/api/v1/namespaces/${name}?fieldManager=dry-runs&force=true`;
    await api.call('PATCH', path, { body, contentType: 'application/apply-patch+yaml' });
  }
  const accounts = ACCOUNTS.map((name) =>
    stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'linked-clone-system' } }),
  );
  await run(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: accounts.join('---\n') });
}

export function dryRun(cluster: Cluster, manifests: readonly Manifest[]): Promise<Said> {
  const text = manifests.map((manifest) => stringify(manifest)).join('---\n');
  const args = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict', '-f', '-'];
  return kubectl(cluster, args, text);
}

/** The Pods of the Deployments; of the simulator as an account that is there. */
export function podsOf(manifests: readonly Manifest[]): Manifest[] {
  return all(manifests, 'Deployment').map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: metadata.name, namespace: metadata.namespace ?? '', labels: spec.template.metadata.labels },
    spec: { serviceAccountName: 'given', ...spec.template.spec },
  }));
}
