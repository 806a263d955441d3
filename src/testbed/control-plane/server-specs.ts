// The command lines of the three servers and how each says that it is ready. The flags are those of a small production
// cluster where behaviour matters to a controller (admission, aggregation, audit, garbage collection) and of a test where
// only speed does (no fsync, high request rates of the controller manager, no HPA stabilization).
import { join } from 'node:path';
import type { K8sTools } from '../tools/tool-paths.ts';
import type { ServerName } from './control-plane.ts';
import { FRONT_PROXY_NAME, SERVICE_RANGE } from './pki.ts';
import { answersOk } from './probe.ts';
import type { RunFolder } from './run-folder.ts';
import type { ServerSpec } from './server-process.ts';

export interface ServerSpecInput extends RunFolder {
  tools: K8sTools;
  ports: { etcd: number; apiserver: number; controllerManager: number };
  /** More flags for kube-apiserver. */
  apiserverArgs: readonly string[];
  /** Controllers of the controller manager beside those that every run has. */
  moreControllers: readonly string[];
  onUnexpectedExit: (error: Error) => void;
}

type NamedSpec<Name extends ServerName> = ServerSpec & { name: Name };

/** Garbage collection, namespaces, service accounts and what a Deployment of the operator needs; no nodes, no volumes. */
const CONTROLLERS = [
  'clusterrole-aggregation-controller',
  'deployment-controller',
  'disruption-controller',
  'garbage-collector-controller',
  'horizontal-pod-autoscaler-controller',
  'job-controller',
  'namespace-controller',
  'replicaset-controller',
  'resourcequota-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'validatingadmissionpolicy-status-controller',
];

/** Where etcd keeps the data of the run in that folder. */
export function etcdData(directory: string): string {
  return join(directory, 'etcd');
}

/** The store. */
export function etcdSpec({ directory, tools, ports, onUnexpectedExit }: ServerSpecInput): NamedSpec<'etcd'> {
  const url = `http://127.0.0.1:${ports.etcd}`;
  return {
    name: 'etcd',
    command: tools.etcd,
    args: [
      `--data-dir=${etcdData(directory)}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      // No peer ever connects, so any port will do.
      '--listen-peer-urls=http://127.0.0.1:0',
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    logFile: join(directory, 'etcd.log'),
    isReady: (signal) => answersOk(`${url}/readyz`, signal),
    onUnexpectedExit,
  };
}

/** The API server; ready when its post-start hooks, the built-in roles among them, are done. */
export function apiserverSpec(input: ServerSpecInput): NamedSpec<'kube-apiserver'> {
  const { directory, descriptor, tools, ports, pki, api, apiserverArgs, auditPolicyPath, onUnexpectedExit } = input;
  const { files } = pki;
  return {
    name: 'kube-apiserver',
    command: tools.kubeApiserver,
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${ports.apiserver}`,
      `--tls-cert-file=${files.serverCertificate}`,
      `--tls-private-key-file=${files.serverKey}`,
      `--client-ca-file=${files.clientCa}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.serviceAccountPublicKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      '--authorization-mode=Node,RBAC',
      '--allow-privileged=true',
      `--requestheader-client-ca-file=${files.requestHeaderCa}`,
      `--requestheader-allowed-names=${FRONT_PROXY_NAME}`,
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${files.proxyCertificate}`,
      `--proxy-client-key-file=${files.proxyKey}`,
      `--kubelet-client-certificate=${files.kubeletClientCertificate}`,
      `--kubelet-client-key=${files.kubeletClientKey}`,
      '--kubelet-preferred-address-types=InternalIP',
      // On in OpenShift: whoever sets blockOwnerDeletion needs a right on the owner's finalizers.
      '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
      '--endpoint-reconciler-type=none',
      '--enable-priority-and-fairness=false',
      '--event-ttl=10m',
      '--profiling=false',
      `--audit-policy-file=${auditPolicyPath}`,
      `--audit-log-path=${descriptor.auditLogPath}`,
      '--audit-log-maxsize=0', // never rotated: who reads it remembers how far
      ...apiserverArgs,
    ],
    logFile: join(directory, 'kube-apiserver.log'),
    isReady: async (signal) => (await api.request('GET', '/readyz', { signal })).status === 200,
    onUnexpectedExit,
  };
}

/** The controller manager, alone and therefore without a leader election. */
export function controllerManagerSpec(input: ServerSpecInput): NamedSpec<'kube-controller-manager'> {
  const { directory, descriptor, tools, ports, pki, moreControllers, onUnexpectedExit } = input;
  return {
    name: 'kube-controller-manager',
    command: tools.kubeControllerManager,
    args: [
      `--kubeconfig=${descriptor.kubeconfig}`,
      `--root-ca-file=${pki.files.clientCa}`,
      `--service-account-private-key-file=${pki.files.serviceAccountKey}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.controllerManager}`,
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      '--horizontal-pod-autoscaler-sync-period=1s',
      '--horizontal-pod-autoscaler-downscale-stabilization=0s',
      `--controllers=${[...CONTROLLERS, ...moreControllers].join(',')}`,
    ],
    logFile: join(directory, 'kube-controller-manager.log'),
    isReady: (signal) => answersOk(`https://127.0.0.1:${ports.controllerManager}/healthz`, signal),
    onUnexpectedExit,
  };
}
