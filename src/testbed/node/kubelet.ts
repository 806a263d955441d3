// The scheduler and the kubelet, which make a node of this machine. What a kubelet does to a machine by default it does below
// the run's folder: logs, plugins, certificates.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeKubeconfig } from '../control-plane/kubeconfig-file.ts';
import { CertificateAuthority } from '../control-plane/certificate-authority.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { findFreePorts } from '../control-plane/free-ports.ts';
import { CLUSTER_CA } from '../control-plane/pki.ts';
import { answersOk } from '../control-plane/probe.ts';
import type { ServerProcess } from '../control-plane/server-process.ts';
import { startServer } from '../control-plane/server-process.ts';
import type { KubeletTools } from '../tools/tool-paths.ts';
import type { ServerOptions } from './containerd.ts';
import { NODE_NAME } from './node-folder.ts';
import type { NodeFolder } from './node-folder.ts';

export interface KubeletOptions extends ServerOptions {
  controlPlane: ControlPlane;
  tools: KubeletTools;
  folder: NodeFolder;
  /** Where Pods ask for names. */
  dnsAddress: string;
}

/** Starts the scheduler; ready when it is healthy. */
export async function startScheduler(options: KubeletOptions): Promise<ServerProcess> {
  const { controlPlane, tools, folder, signal, onUnexpectedExit } = options;
  const [port = 0] = await findFreePorts(1);
  return startServer(
    {
      name: 'kube-scheduler',
      command: tools.kubeScheduler,
      args: [
        `--kubeconfig=${controlPlane.kubeconfig}`,
        '--leader-elect=false',
        '--bind-address=127.0.0.1',
        `--secure-port=${port}`,
      ],
      logFile: join(folder.directory, 'kube-scheduler.log'),
      isReady: (until) => answersOk(`https://127.0.0.1:${port}/healthz`, until),
      onUnexpectedExit,
    },
    signal,
  );
}

/** Starts the kubelet; ready when its node is. */
export async function startKubelet(options: KubeletOptions): Promise<ServerProcess> {
  const { controlPlane, tools, folder, signal, onUnexpectedExit } = options;
  const { directory } = folder;
  const [port = 0, healthPort = 0] = await findFreePorts(2);
  const authority = await CertificateAuthority.load(controlPlane.directory, CLUSTER_CA);
  const kubeconfig = join(directory, 'kubelet.kubeconfig');
  const user = `system:node:${NODE_NAME}`;
  const certificate = await authority.issueClient(user, ['system:nodes']);
  await writeKubeconfig(kubeconfig, controlPlane.server, authority.certificatePem, { name: user, certificate });
  await mkdir(join(directory, 'pod-logs'), { recursive: true });
  const config = join(directory, 'kubelet.yaml');
  await writeFile(config, stringify(configuration(options, { port, healthPort })));
  return startServer(
    {
      name: 'kubelet',
      command: tools.kubelet,
      args: [
        `--kubeconfig=${kubeconfig}`,
        `--config=${config}`,
        `--hostname-override=${NODE_NAME}`,
        `--root-dir=${join(directory, 'kubelet')}`,
        `--cert-dir=${join(directory, 'kubelet-pki')}`,
      ],
      logFile: join(directory, 'kubelet.log'),
      isReady: () => isNodeReady(controlPlane),
      onUnexpectedExit,
    },
    signal,
  );
}

interface Ports {
  port: number;
  healthPort: number;
}

function configuration(options: KubeletOptions, { port, healthPort }: Ports): Record<string, unknown> {
  const { controlPlane, folder, dnsAddress } = options;
  const { directory, socket } = folder;
  return {
    kind: 'KubeletConfiguration',
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    port,
    healthzPort: healthPort,
    containerRuntimeEndpoint: `unix://${socket}`,
    clusterDNS: [dnsAddress],
    clusterDomain: 'cluster.local',
    resolvConf: '/etc/resolv.conf',
    podLogsDir: join(directory, 'pod-logs'),
    volumePluginDir: join(directory, 'volume-plugins'),
    // a machine with cgroup v1, without systemd, with swap, with a full disk: all good enough for a test
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    oomScoreAdj: 0,
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'nodefs.available': '0%',
      'imagefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'memory.available': '100Mi',
    },
    // what a person would wait for in seconds
    nodeStatusUpdateFrequency: '2s',
    authentication: {
      x509: { clientCAFile: join(controlPlane.directory, `${CLUSTER_CA}.crt`) },
      webhook: { enabled: true },
      anonymous: { enabled: false },
    },
    authorization: { mode: 'Webhook' },
  };
}

interface NodeObject {
  status?: { conditions?: { type: string; status: string }[] };
  spec?: { taints?: unknown[] };
}

/** Ready, and no taint keeps Pods away. */
async function isNodeReady({ api }: ControlPlane): Promise<boolean> {
  const { status, text } = await api.request('GET', `/api/v1/nodes/${NODE_NAME}`);
  if (status !== 200) return false;
  const node = JSON.parse(text) as NodeObject;
  const ready = node.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  return ready && (node.spec?.taints ?? []).length === 0;
}
