// The operator's own identity: its ServiceAccount with exactly the rights of deploy/rbac.yaml, through a token from the
// TokenRequest API as a Pod would have it. Every test runs the operator under it, so a missing right fails a test.
import { existsSync } from 'node:fs';
import { writeKubeconfig } from './kubeconfig-file.ts';
import type { ControlPlaneClient } from './control-plane.ts';
import { repositoryPath } from '../repository.ts';

export const OPERATOR_NAMESPACE = 'linked-clone-system';
export const OPERATOR_SERVICE_ACCOUNT = 'linked-clone-operator';

const TOKEN_DURATION = '168h';

export interface OperatorUser {
  /** Path of the kubeconfig to write. */
  path: string;
  caPem: string;
  /** deploy/rbac.yaml by default. */
  rbacFile?: string;
}

/** Applies the rules and writes the kubeconfig; rejects when the rules aren't there or don't make the ServiceAccount. */
export async function writeOperatorKubeconfig(
  client: Pick<ControlPlaneClient, 'kubectl' | 'server'>,
  { path, caPem, rbacFile = repositoryPath('deploy/rbac.yaml') }: OperatorUser,
): Promise<void> {
  if (!existsSync(rbacFile)) throw new Error(`${rbacFile} is missing: the operator's rights come from it`);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR_NAMESPACE } };
  const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=testbed', '-f'];
  await client.kubectl([...apply, '-'], { input: JSON.stringify(namespace) });
  await client.kubectl([...apply, rbacFile]);
  const create = [
    'create',
    'token',
    OPERATOR_SERVICE_ACCOUNT,
    '-n',
    OPERATOR_NAMESPACE,
    `--duration=${TOKEN_DURATION}`,
  ];
  const token = (await client.kubectl(create)).trim();
  await writeKubeconfig(path, client.server, caPem, { name: OPERATOR_SERVICE_ACCOUNT, token });
}
