// The temporary folder of one control plane and what is in it before a server runs: keys, the administrator's kubeconfig,
// the audit policy, the descriptor. Guarded, so it goes even when this process is killed.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard } from '../process/guard.ts';
import type { K8sTools } from '../tools/tool-paths.ts';
import { createAdminApi } from './admin-api.ts';
import type { AdminApi } from './admin-api.ts';
import { DESCRIPTOR_FILE } from './attach.ts';
import type { ControlPlaneDescriptor } from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { createPki } from './pki.ts';
import type { Pki } from './pki.ts';

export interface RunFolder {
  directory: string;
  descriptor: ControlPlaneDescriptor;
  pki: Pki;
  api: AdminApi;
  auditPolicyPath: string;
  /** Removes the folder; the servers must have ended. */
  remove(): Promise<void>;
}

export interface RunFolderOptions {
  tools: K8sTools;
  apiserverPort: number;
  auditLog: boolean;
}

/** Makes the folder. */
export async function prepareRun({ tools, apiserverPort, auditLog }: RunFolderOptions): Promise<RunFolder> {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'linked-clone-operator-'));
  const guarded = guard({ kind: 'path', path: directory });
  const removeFolder = async (): Promise<void> => {
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    await guarded.release();
  };
  try {
    const at = (name: string): string => join(directory, name);
    const server = `https://127.0.0.1:${apiserverPort}`;
    const descriptor = { directory, server, kubeconfig: at('admin.kubeconfig'), auditLogPath: at('audit.log'), tools };
    const auditPolicyPath = at('audit-policy.yaml');
    await writeFile(at(DESCRIPTOR_FILE), JSON.stringify(descriptor));
    await writeFile(auditPolicyPath, auditPolicy(auditLog ? 'Metadata' : 'None'));
    await writeFile(descriptor.auditLogPath, '', { mode: 0o600 });
    const pki = await createPki(directory);
    const caPem = pki.authority.certificatePem;
    await writeKubeconfig(descriptor.kubeconfig, server, caPem, { name: 'admin', certificate: pki.admin });
    const api = await createAdminApi(descriptor.kubeconfig);
    const remove = async (): Promise<void> => {
      api.close();
      await removeFolder();
    };
    return { directory, descriptor, pki, api, auditPolicyPath, remove };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

function auditPolicy(level: 'Metadata' | 'None'): string {
  // Without RequestReceived each request is one line, written when its outcome is known.
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level }],
  });
}
