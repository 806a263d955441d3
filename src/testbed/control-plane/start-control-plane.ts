// Starts a real Kubernetes control plane from plain binaries: etcd, kube-apiserver, kube-controller-manager, with the
// project's CRDs installed. Everything of a run is in one temporary folder and ends with `stop`, with the signal during
// the start, or, if this process is killed, through its guard.
import { cp } from 'node:fs/promises';
import { repositoryPath } from '../repository.ts';
import type { Progress } from '../progress/progress.ts';
import { createProgress } from '../progress/progress.ts';
import { ensureTools } from '../tools/ensure-tools.ts';
import type { K8sTools } from '../tools/tool-paths.ts';
import { waitUntil } from '../wait-until.ts';
import { applyCrds } from './apply-crds.ts';
import { createControlPlaneClient } from './attach.ts';
import type { ControlPlane, ServerName } from './control-plane.ts';
import { areFree, findFreePorts } from './free-ports.ts';
import { prepareRun } from './run-folder.ts';
import type { RunFolder } from './run-folder.ts';
import type { ServerProcess, ServerSpec } from './server-process.ts';
import { startServer } from './server-process.ts';
import { apiserverSpec, controllerManagerSpec, etcdData, etcdSpec } from './server-specs.ts';

export interface ControlPlaneOptions {
  /** Ends the start, with nothing left of it; has no say afterwards. */
  signal?: AbortSignal | undefined;
  /** Found or built by default. */
  tools?: K8sTools;
  /** Folder of CRDs to install; crds/ by default. `none`: none, whoever uses the cluster brings them. */
  crdDirectory?: string;
  /** Folder with the data of another etcd, of which this one starts with a copy: a backup that is restored. */
  data?: string;
  /** Whether requests are recorded; true by default. */
  auditLog?: boolean;
  /** More flags for kube-apiserver. */
  apiserverArgs?: readonly string[];
  /** Controllers beside those that a cluster without nodes needs. */
  moreControllers?: readonly string[];
  /** Called when a server ends that nobody stopped; writes to standard error by default. */
  onUnexpectedExit?: (error: Error) => void;
  progress?: Progress;
}

interface Ports {
  etcd: number;
  apiserver: number;
  controllerManager: number;
}

/** Tries with new ports, should another program take one between the search and the start. */
const ATTEMPTS = 3;

/** A running control plane, ready for use. On failure and on the signal nothing of it is left. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { signal, progress = createProgress() } = options;
  const tools = options.tools ?? (await ensureTools(['k8s'], { signal, progress }));
  const step = progress.step('starting the control plane');
  try {
    for (let attempt = 1; ; attempt += 1) {
      const [etcd = 0, apiserver = 0, controllerManager = 0] = await findFreePorts(3);
      try {
        const started = await startOnce(options, tools, { etcd, apiserver, controllerManager }, (text) =>
          step.detail(text),
        );
        step.end(`control plane ready at ${started.server}`);
        return started;
      } catch (error) {
        // Nothing of ours runs any more, so a port that is taken is somebody else's.
        const collided = !(await areFree([etcd, apiserver, controllerManager]));
        if (signal?.aborted === true || !collided || attempt >= ATTEMPTS) throw error;
      }
    }
  } finally {
    step.end();
  }
}

async function startOnce(
  options: ControlPlaneOptions,
  tools: K8sTools,
  ports: Ports,
  say: (text: string) => void,
): Promise<ControlPlane> {
  const { signal, crdDirectory = repositoryPath('crds'), auditLog = true } = options;
  const run = await prepareRun({ tools, apiserverPort: ports.apiserver, auditLog });
  if (options.data !== undefined) await cp(options.data, etcdData(run.directory), { recursive: true });
  const servers = new Map<ServerName, ServerProcess>();
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopAll(servers, run));
  try {
    const onUnexpectedExit = options.onUnexpectedExit ?? ((error) => void process.stderr.write(`${error.message}\n`));
    const { apiserverArgs = [], moreControllers = [] } = options;
    const input = { ...run, tools, ports, apiserverArgs, moreControllers, onUnexpectedExit };
    const start = async (spec: ServerSpec & { name: ServerName }, until?: AbortSignal): Promise<void> => {
      servers.set(spec.name, await startServer(spec, until));
    };
    say('etcd, kube-apiserver');
    await together((until) => [start(etcdSpec(input), until), start(apiserverSpec(input), until)], signal);
    if (crdDirectory !== 'none') {
      say('custom resource definitions');
      await applyCrds(run.api, crdDirectory, signal);
    }
    say('kube-controller-manager');
    await start(controllerManagerSpec(input), signal);
    await waitUntil('the controller manager to work', () => hasDefaultServiceAccount(run), { signal });
    const client = await createControlPlaneClient(run.descriptor, run.api);
    signal?.throwIfAborted();
    return { ...client, stop, process: (name) => serverOf(servers, name) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for all; when one fails the others' signal fires, and they have ended before this rejects. */
async function together(
  start: (signal: AbortSignal) => readonly Promise<void>[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const failed = new AbortController();
  const until = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const all = start(until).map((one) =>
    one.catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(all);
  failed.signal.throwIfAborted();
}

async function stopAll(servers: ReadonlyMap<ServerName, ServerProcess>, run: RunFolder): Promise<void> {
  // Killed, not asked: the API server would wait for its watches, and nobody wants the data any more.
  await Promise.all([...servers.values()].map((server) => server.kill()));
  await run.remove();
}

async function hasDefaultServiceAccount({ api }: RunFolder): Promise<boolean> {
  return (await api.request('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200;
}

function serverOf(servers: ReadonlyMap<ServerName, ServerProcess>, name: ServerName): ServerProcess {
  const server = servers.get(name);
  if (server === undefined) throw new Error(`there is no server ${name}`);
  return server;
}
