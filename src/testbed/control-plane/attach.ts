// The client side of a running control plane, for the process that started it and for any other that knows its folder.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAdminApi } from './admin-api.ts';
import type { AdminApi } from './admin-api.ts';
import { CertificateAuthority } from './certificate-authority.ts';
import type { ControlPlaneClient, ControlPlaneDescriptor } from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { runKubectl } from './kubectl.ts';
import { writeOperatorKubeconfig } from './operator-user.ts';
import { CLUSTER_CA } from './pki.ts';

export const DESCRIPTOR_FILE = 'control-plane.json';

/** A client of the control plane whose folder is `directory`. */
export async function attachControlPlane(directory: string): Promise<ControlPlaneClient> {
  const text = await readFile(join(directory, DESCRIPTOR_FILE), 'utf8');
  const descriptor = JSON.parse(text) as ControlPlaneDescriptor;
  return createControlPlaneClient(descriptor, await createAdminApi(descriptor.kubeconfig));
}

/** A client from its parts. */
export async function createControlPlaneClient(
  descriptor: ControlPlaneDescriptor,
  api: AdminApi,
): Promise<ControlPlaneClient> {
  const { directory, server, kubeconfig, tools } = descriptor;
  const authority = await CertificateAuthority.load(directory, CLUSTER_CA);
  const cacheDirectory = join(directory, 'kubectl-cache');
  const client: ControlPlaneClient = {
    ...descriptor,
    api,
    kubectl: (args, options = {}) =>
      runKubectl(args, { kubeconfig, cacheDirectory, ...options, kubectl: tools.kubectl }),
    async addUser({ name, groups = [] }) {
      const path = join(directory, `user-${randomUUID()}.kubeconfig`);
      const certificate = await authority.issueClient(name, groups);
      await writeKubeconfig(path, server, authority.certificatePem, { name, certificate });
      return path;
    },
    async operatorKubeconfig() {
      const path = join(directory, `operator-${randomUUID()}.kubeconfig`);
      await writeOperatorKubeconfig(client, { path, caPem: authority.certificatePem });
      return path;
    },
  };
  return client;
}
