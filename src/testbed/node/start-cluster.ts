// A real cluster on this machine: control plane, scheduler, one node with a kubelet and containerd, Services and their names,
// the operator's image. Nothing of it is left when `stop` resolves: no process, mount, bridge, address or folder. What an
// earlier run that was killed has left is taken away first. One at a time on a machine.
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { startControlPlane } from '../control-plane/start-control-plane.ts';
import type { ServerProcess } from '../control-plane/server-process.ts';
import type { Progress } from '../progress/progress.ts';
import { acquireBuildLock } from '../tools/build-lock.ts';
import { toolsCacheDirectory } from '../tools/cache-directory.ts';
import type { K8sTools, KubeletTools } from '../tools/tool-paths.ts';
import { cleanUpNode } from './clean-up.ts';
import { startContainerd } from './containerd.ts';
import { buildImages } from './images.ts';
import type { BuiltImages } from './images.ts';
import { startKubelet, startScheduler } from './kubelet.ts';
import { HOST_ADDRESS, nodeFolder } from './node-folder.ts';
import { runCommandLine } from './run-command.ts';
import { DNS_ADDRESS, startServiceProxy } from './service-proxy.ts';

export interface ClusterOptions {
  tools: K8sTools & KubeletTools;
  progress: Progress;
  signal: AbortSignal;
  onUnexpectedExit: (error: Error) => void;
}

export interface Cluster {
  controlPlane: ControlPlane;
  images: BuiltImages;
  /** For what a run keeps; goes with it. */
  directory: string;
  stop(): Promise<void>;
}

/** Controllers that a cluster with a node needs more. */
const MORE_CONTROLLERS = ['node-lifecycle-controller', 'endpointslice-controller', 'pod-garbage-collector-controller'];
/** Of the folders of all runs: see run-folder.ts. */
const FOLDER_PREFIX = 'linked-clone-operator-';
const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

/** Starts everything; on failure and on the signal nothing of it is left. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { tools, progress, signal, onUnexpectedExit } = options;
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    const step = progress.step('stopping the cluster');
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
    step.end('cluster stopped: nothing of it is left');
  };
  try {
    const cache = toolsCacheDirectory(process.env);
    await mkdir(dirname(cache), { recursive: true });
    const lock = await acquireBuildLock(join(dirname(cache), 'node.lock'), {
      signal,
      onWait: ({ pid }) => progress.note(`waiting for process ${pid}, which runs the one node of this machine`),
    });
    undo.push(() => lock.release());
    const prefix = join(await realpath(tmpdir()), FOLDER_PREFIX);
    await cleanUpNode(prefix);
    const forwarding = await readFile(FORWARDING, 'utf8');
    undo.push(() => writeFile(FORWARDING, forwarding));

    const directory = await mkdtemp(`${prefix}cluster-`);
    undo.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    const images = await buildImages(directory, { pause: tools.pause, progress, signal });
    const controlPlane = await startControlPlane({
      signal,
      tools,
      progress,
      onUnexpectedExit,
      moreControllers: MORE_CONTROLLERS,
      crdDirectory: 'none',
    });
    undo.push(() => controlPlane.stop());
    const folder = nodeFolder(controlPlane.directory);
    await mkdir(folder.directory, { recursive: true });
    undo.push(() => cleanUpNode(controlPlane.directory));
    await runCommandLine('ip', ['address', 'replace', `${HOST_ADDRESS}/32`, 'dev', 'lo']);
    const { port } = new URL(controlPlane.server);
    const proxy = await startServiceProxy(controlPlane.api, { host: '127.0.0.1', port: Number(port) });
    undo.push(() => proxy.stop());

    const step = progress.step('starting the node');
    try {
      const server = async (starting: Promise<ServerProcess>): Promise<void> => {
        const started = await starting;
        undo.push(() => started.kill());
      };
      step.detail('containerd');
      await server(startContainerd(folder, { signal, onUnexpectedExit }));
      for (const archive of images.archives) {
        await runCommandLine(
          'ctr',
          ['--address', folder.socket, '--namespace', 'k8s.io', 'images', 'import', archive],
          { signal },
        );
        await rm(archive);
      }
      const kubelet = { controlPlane, tools, folder, dnsAddress: DNS_ADDRESS, signal, onUnexpectedExit };
      step.detail('kube-scheduler');
      await server(startScheduler(kubelet));
      step.detail('kubelet');
      await server(startKubelet(kubelet));
      step.end('node ready');
    } finally {
      step.end();
    }
    return { controlPlane, images, directory, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
