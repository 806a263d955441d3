// What test files take from the shared control plane: a client of it, a namespace of their own, the tools' paths.
// A test that stops or freezes a server starts a control plane for itself with startControlPlane.
import { randomBytes } from 'node:crypto';
import { attachControlPlane } from '../../src/testbed/control-plane/attach.ts';
import type { ControlPlaneClient } from '../../src/testbed/control-plane/control-plane.ts';
import { waitUntil } from '../../src/testbed/wait-until.ts';
import { testRun } from './test-run.ts';
import type { TestRun } from './test-run.ts';

let attached: Promise<ControlPlaneClient> | undefined;

/** The shared control plane; `operatorKubeconfig` gives the same file every time. */
export function controlPlane(): Promise<ControlPlaneClient> {
  attached ??= attach();
  return attached;
}

/** Paths of etcd, kubectl, vcsim, govc and the others. */
export function toolPaths(): TestRun['tools'] {
  return testRun().tools;
}

/** A new namespace, ready for use: its default ServiceAccount is there. Gives its name. */
export async function makeNamespace(prefix: string, client?: ControlPlaneClient): Promise<string> {
  const { api } = client ?? (await controlPlane());
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  await api.call('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  await waitUntil(`the default ServiceAccount of ${name}`, async () => {
    return (await api.request('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)).status === 200;
  });
  return name;
}

/** Deletes a namespace and waits until it and all in it are gone: finalizers in it hold it. */
export async function deleteNamespace(name: string, timeoutMs = 60_000, client?: ControlPlaneClient): Promise<void> {
  const { api } = client ?? (await controlPlane());
  const path = `/api/v1/namespaces/${name}`;
  await api.call('DELETE', path);
  await waitUntil(`namespace ${name} to be gone`, async () => (await api.request('GET', path)).status === 404, {
    timeoutMs,
  });
}

async function attach(): Promise<ControlPlaneClient> {
  const { directory, operatorKubeconfig } = testRun();
  const client = await attachControlPlane(directory);
  if (operatorKubeconfig === undefined) return client;
  return { ...client, operatorKubeconfig: () => Promise.resolve(operatorKubeconfig) };
}
