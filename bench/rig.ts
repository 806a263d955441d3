// The benchmark's rig: control plane, simulated vCenter and operator on one machine, the lab of the demo in any size, and
// figures taken from outside: the simulator's counters, the API server's audit log, the kernel's view of the process.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { LinkedCloneSet } from '../src/api/types.generated.ts';
import type { ControlPlane } from '../src/testbed/control-plane/control-plane.ts';
import { startControlPlane } from '../src/testbed/control-plane/start-control-plane.ts';
import type { OperatorOptions, RunningOperator } from '../src/testbed/operator.ts';
import { startOperator } from '../src/testbed/operator.ts';
import type { RunningSimulator } from '../src/testbed/simulator.ts';
import { startSimulator } from '../src/testbed/simulator.ts';

export const OPERATOR_USER = 'system:serviceaccount:linked-clone-system:linked-clone-operator';
export const INVENTORY = 'deploy/simulator/inventory.yaml';
export const LABS = ['capture', 'packaging', 'verification'] as const;

export interface Rig {
  readonly directory: string;
  readonly controlPlane: ControlPlane;
  readonly simulator: RunningSimulator;
  readonly operator: RunningOperator;
  readonly operatorOptions: OperatorOptions;
  stop(): Promise<void>;
}

const CLUSTER = '/apis/linkedclone.dev/v1alpha1';

export async function startRig(
  speed: number,
  operatorFlags: Readonly<Record<string, string | number | boolean>>,
  signal: AbortSignal,
): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'linked-clone-bench-'));
  const [controlPlane, simulator] = await Promise.all([
    startControlPlane({ signal }),
    startSimulator({ flags: { inventory: INVENTORY, speed }, logFile: join(directory, 'simulator.log'), signal }),
  ]);
  const operatorOptions = {
    kubeconfig: await controlPlane.operatorKubeconfig(),
    flags: { 'allow-loopback-vcenter': true, ...operatorFlags },
    logFile: join(directory, 'operator.log'),
  };
  const operator = await startOperator({ ...operatorOptions, signal });
  return {
    directory,
    controlPlane,
    simulator,
    operator,
    operatorOptions,
    async stop() {
      await operator.process.stop(9000);
      await simulator.process.stop();
      await controlPlane.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function apply(rig: Rig, path: string, body: unknown): Promise<void> {
  await rig.controlPlane.api.call('PATCH', `${path}?fieldManager=bench&force=true`, {
    body,
    contentType: 'application/apply-patch+yaml',
  });
}

/** Where the vCenter is reached. */
export interface Endpoint {
  /** host:port */
  readonly server: string;
  readonly thumbprint: string;
}

/** Applies the lab with `counts` clones in its three sets; the time of the first apply, epoch milliseconds. */
export async function applyLab(
  rig: Rig,
  counts: readonly number[],
  endpoint: Endpoint = { server: new URL(rig.simulator.url).host, thumbprint: rig.simulator.thumbprint },
): Promise<number> {
  const { simulator } = rig;
  const firstApply = Date.now();
  await apply(rig, '/api/v1/namespaces/lab', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab' } });
  await apply(rig, '/api/v1/namespaces/linked-clone-system/secrets/vc-credentials', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'vc-credentials' },
    stringData: { username: simulator.username, password: simulator.password },
  });
  const vCenter = parse(readFileSync('deploy/samples/3-vcenter.yaml', 'utf8')) as {
    spec: Record<string, unknown> & { access: Record<string, unknown>[] };
  };
  vCenter.spec['server'] = endpoint.server;
  vCenter.spec['tls'] = { thumbprint: endpoint.thumbprint };
  for (const rule of vCenter.spec.access) delete rule['maxClones'];
  await apply(rig, `${CLUSTER}/vcenters/vc`, vCenter);
  for (const [i, lab] of LABS.entries()) {
    const title = `${lab.charAt(0).toUpperCase()}${lab.slice(1)}`;
    await apply(rig, `${CLUSTER}/namespaces/lab/basesnapshots/${lab}`, {
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'BaseSnapshot',
      metadata: { name: lab },
      spec: { vCenterRef: { name: 'vc' }, source: { vm: { inventoryPath: `Templates/Tmpl ${title} 1.0` } } },
    });
    await apply(rig, `${CLUSTER}/namespaces/lab/linkedclonesets/${lab}`, {
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'LinkedCloneSet',
      metadata: { name: lab },
      spec: {
        replicas: counts[i] ?? 0,
        naming: { pattern: `${title}###` },
        template: { spec: { baseSnapshotRef: { name: lab }, customization: { specName: 'xp-class' } } },
      },
    });
  }
  return firstApply;
}

export async function scaleAll(rig: Rig, replicas: number): Promise<void> {
  for (const lab of LABS)
    await rig.controlPlane.api.call('PATCH', `${CLUSTER}/namespaces/lab/linkedclonesets/${lab}`, {
      body: { spec: { replicas } },
      contentType: 'application/merge-patch+json',
    });
}

export async function readSets(rig: Rig): Promise<LinkedCloneSet[]> {
  return (
    await rig.controlPlane.api.call<{ items: LinkedCloneSet[] }>('GET', `${CLUSTER}/namespaces/lab/linkedclonesets`)
  ).items;
}

export interface VCenterStats {
  readonly calls: Readonly<Record<string, number>>;
  readonly sessions: number;
  readonly maxInFlight: Readonly<Record<string, number>>;
  readonly queued: number;
}

export async function readStats(rig: Rig): Promise<VCenterStats> {
  return (await (await fetch(`${rig.simulator.adminUrl}/v1/stats`)).json()) as VCenterStats;
}

export function totalCalls(stats: VCenterStats): number {
  return Object.values(stats.calls).reduce((sum, count) => sum + count, 0);
}

/** Peak and present resident memory in bytes (/proc/PID/status). */
export function memoryOf(pid: number): { peak: number; now: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { peak: kib('VmHWM') * 1024, now: kib('VmRSS') * 1024 };
}

/** The event loop's delay in milliseconds by quantile, from the operator's metrics. */
export async function eventLoopOf(rig: Rig): Promise<Record<string, number>> {
  const text = await (await fetch(`${rig.operator.metricsUrl}/metrics`)).text();
  const delays: Record<string, number> = {};
  for (const match of text.matchAll(/^linkedclone_event_loop_delay_seconds\{quantile="([^"]+)"\} (\S+)$/gm))
    delays[match[1] ?? ''] = Number(match[2]) * 1000;
  return delays;
}
