// What users of a control plane get: a client side, which any process can rebuild from the descriptor in the run's
// folder, and for whoever started it the power over its servers.
import type { K8sTools } from '../tools/tool-paths.ts';
import type { AdminApi } from './admin-api.ts';
import type { ServerProcess } from './server-process.ts';

export const SERVER_NAMES = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** Written as control-plane.json into the run's folder. */
export interface ControlPlaneDescriptor {
  /** Temporary folder of the run: data, keys, logs, kubeconfigs. Removed by stop. */
  directory: string;
  /** https://127.0.0.1:port */
  server: string;
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** One JSON object a line, level Metadata, without the stage RequestReceived; empty without auditing. */
  auditLogPath: string;
  tools: K8sTools;
}

export interface KubectlOptions {
  /** Standard input. */
  input?: string;
  /** Of another user than the administrator. */
  kubeconfig?: string;
  signal?: AbortSignal;
}

export interface UserOptions {
  name: string;
  groups?: readonly string[];
}

export interface ControlPlaneClient extends ControlPlaneDescriptor {
  /** The API server, as its administrator. */
  api: AdminApi;
  /** Standard output of kubectl; rejects with what it wrote to standard error. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** Path of a kubeconfig for a user with a client certificate. Rights come from RBAC objects, which this doesn't make. */
  addUser(user: UserOptions): Promise<string>;
  /** Applies deploy/rbac.yaml; path of a kubeconfig with a token of the operator's own ServiceAccount, valid for a week. */
  operatorKubeconfig(): Promise<string>;
}

export interface ControlPlane extends ControlPlaneClient {
  process(name: ServerName): ServerProcess;
  /** Ends the servers and removes the folder; at most five seconds. Idempotent. */
  stop(): Promise<void>;
}
