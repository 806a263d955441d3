// Writes kubeconfig files with everything embedded, so that a file can be copied and works from any folder.
import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { KeyAndCertificate } from './certificate-authority.ts';

export type KubeconfigUser = { name: string } & ({ certificate: KeyAndCertificate } | { token: string });

/** Writes a kubeconfig for one user of the API server at `server`; readable by its owner only. */
export async function writeKubeconfig(
  path: string,
  server: string,
  caPem: string,
  user: KubeconfigUser,
): Promise<void> {
  const credentials =
    'token' in user
      ? { token: user.token }
      : {
          'client-certificate-data': base64(user.certificate.certificatePem),
          'client-key-data': base64(user.certificate.keyPem),
        };
  const name = 'linked-clone-testbed';
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: user.name, user: credentials }],
    contexts: [{ name, context: { cluster: name, user: user.name } }],
    'current-context': name,
  };
  await writeFile(path, stringify(kubeconfig), { mode: 0o600 });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
