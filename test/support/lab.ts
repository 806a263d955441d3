// A whole installation for one test file: a control plane of its own, the simulated vCenter and the operator as processes,
// under exactly the rights of deploy/rbac.yaml. VCenters are cluster-scoped and the operator leads by a Lease, so two
// test files can't share a cluster. Timers are short; simulated durations are those of the inventory, divided by `speed`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ControlPlane } from '../../src/testbed/control-plane/control-plane.ts';
import { startControlPlane } from '../../src/testbed/control-plane/start-control-plane.ts';
import type { RunningOperator } from '../../src/testbed/operator.ts';
import { startOperator } from '../../src/testbed/operator.ts';
import type { RunningSimulator } from '../../src/testbed/simulator.ts';
import { startSimulator } from '../../src/testbed/simulator.ts';
import { waitUntil } from '../../src/testbed/wait-until.ts';
import type { BaseSnapshot, Condition, LinkedClone, LinkedCloneSet, VCenter } from '../../src/api/types.generated.ts';
import { LabApi } from './lab-api.ts';
import { SimulatorAdmin } from './simulator-admin.ts';
import { vCenterSpec } from './vcenter-spec.ts';

/** Flags that make the operator's waiting short enough for tests. */
export const FAST_FLAGS = {
  // outlives the pauses of a loaded machine; files about a lost leader set their own
  'lease-duration': 8,
  'lease-renew-deadline': 6,
  'lease-retry': 0.5,
  'status-interval': 0.1,
  'reference-grace': 2,
  'credentials-interval': 0.5,
  'connect-retry': 0.5,
  'capacity-retry': 0.5,
  'conflict-retry': 0.5,
  'retry-max': 1,
  'lost-after': 1,
  'storage-interval': 5,
  'poll-coalesce': 0.05,
  'poll-rest': 0.05,
  'task-watch-delay': 0.1,
  'login-retry': 2,
  // so that the ledger is that of the story alone; files about the claim set their own
  'claim-renew': 0,
} as const;

/** Longer than --shutdown-timeout allows, for the end of the process itself on a busy machine; how long it took is for the tests of the stop. */
const STOP_MS = 120_000;

export interface LabOptions {
  /** The simulator's inventory as a value; default: three hosts, one parent on each with a snapshot. */
  inventory?: unknown;
  speed?: number;
  simulatorFlags?: Readonly<Record<string, string | number | boolean>>;
  operatorFlags?: Readonly<Record<string, string | number | boolean>>;
  /** Folder for logs and the inventory file. */
  directory: string;
  /** Default true: Secret, VCenter "vc" and namespace "lab" are applied. */
  applyVCenter?: boolean;
  /** More flags for kube-apiserver. */
  apiserverArgs?: readonly string[];
  /** Folder of another checkout whose operator it is to be. */
  checkout?: string | undefined;
  /** Gives the kubeconfig that the operator uses instead of its own: one that leads through a proxy. */
  proxied?: (kubeconfig: string) => Promise<string>;
}

export type AnyObject = VCenter | BaseSnapshot | LinkedClone | LinkedCloneSet;

/** Ready's reason of an object; '' before there is one. */
export function reasonOf(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } } | undefined,
  type = 'Ready',
): string {
  return object?.status?.conditions?.find((condition) => condition.type === type)?.reason ?? '';
}

export function conditionOf(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } } | undefined,
  type: string,
): Condition | undefined {
  return object?.status?.conditions?.find((condition) => condition.type === type);
}

export class Lab {
  readonly controlPlane: ControlPlane;
  readonly api: LabApi;
  readonly vcenter: SimulatorAdmin;
  readonly #options: LabOptions;
  readonly #operatorKubeconfig: string;
  simulator: RunningSimulator;
  operator: RunningOperator | undefined;
  #operatorStarts = 0;

  private constructor(
    options: LabOptions,
    controlPlane: ControlPlane,
    simulator: RunningSimulator,
    operatorKubeconfig: string,
  ) {
    this.#options = options;
    this.controlPlane = controlPlane;
    this.simulator = simulator;
    this.#operatorKubeconfig = operatorKubeconfig;
    this.api = new LabApi(controlPlane.api);
    this.vcenter = new SimulatorAdmin(() => this.simulator.adminUrl);
  }

  static async start(options: LabOptions): Promise<Lab> {
    const inventoryFile = join(options.directory, 'inventory.yaml');
    if (options.inventory !== undefined) writeFileSync(inventoryFile, stringify(options.inventory));
    const [controlPlane, simulator] = await Promise.all([
      startControlPlane(options.apiserverArgs === undefined ? {} : { apiserverArgs: options.apiserverArgs }),
      startSimulator({
        flags: {
          ...(options.inventory === undefined ? {} : { inventory: inventoryFile }),
          speed: options.speed ?? 20,
          ...options.simulatorFlags,
        },
        logFile: join(options.directory, 'simulator.log'),
      }),
    ]);
    const own = await controlPlane.operatorKubeconfig();
    const lab = new Lab(options, controlPlane, simulator, (await options.proxied?.(own)) ?? own);
    try {
      if (options.applyVCenter !== false) await lab.applyVCenter();
      await lab.startOperator();
    } catch (error) {
      await lab.stop(); // nobody else would: whoever called has no lab to stop, and jest would wait for these processes
      throw error;
    }
    return lab;
  }

  get #logFile(): string {
    return join(this.#options.directory, `operator-${this.#operatorStarts}.log`);
  }

  /** All that the operator has written since it was last started; its process keeps the last lines only. */
  operatorLog(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** Starts the operator (again); flags on top of the lab's own. */
  async startOperator(flags: Readonly<Record<string, string | number | boolean>> = {}): Promise<void> {
    this.#operatorStarts += 1;
    this.operator = await startOperator({
      kubeconfig: this.#operatorKubeconfig,
      flags: {
        'allow-loopback-vcenter': true,
        'log-level': 'debug',
        ...FAST_FLAGS,
        ...this.#options.operatorFlags,
        ...flags,
      },
      logFile: this.#logFile,
      checkout: this.#options.checkout,
    });
  }

  /** SIGTERM. Fails when the operator doesn't end by itself, and well, within its time. */
  async stopOperator(): Promise<void> {
    const { operator } = this;
    this.operator = undefined;
    if (operator === undefined) return;
    const { code, signal } = await operator.process.stop(STOP_MS);
    if (code !== 0)
      throw new Error(
        `the operator ended with ${signal ?? code} instead of 0; it wrote: ${operator.process.logTail().slice(-3000)}`,
      );
  }

  async killOperator(): Promise<void> {
    await this.operator?.process.kill();
    this.operator = undefined;
  }

  /** The Secret, the VCenter "vc" and the namespace "lab", with an access rule that allows all of it. */
  async applyVCenter(spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { simulator } = this;
    await this.api.ensureNamespace('lab');
    await this.api.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'vc-credentials', namespace: 'linked-clone-system' },
      stringData: { username: simulator.username, password: simulator.password },
    });
    await this.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'VCenter',
      metadata: { name: 'vc' },
      spec: { ...this.vCenterSpec(), ...spec },
    });
  }

  vCenterSpec(): Record<string, unknown> {
    return vCenterSpec({ server: new URL(this.simulator.url).host, thumbprint: this.simulator.thumbprint });
  }

  async applyBase(
    name: string,
    inventoryPath: string,
    spec: Readonly<Record<string, unknown>> = {},
    namespace = 'lab',
  ): Promise<void> {
    await this.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'BaseSnapshot',
      metadata: { name, namespace },
      spec: { vCenterRef: { name: 'vc' }, source: { vm: { inventoryPath } }, ...spec },
    });
  }

  async applySet(
    name: string,
    base: string,
    replicas: number,
    spec: Readonly<Record<string, unknown>> = {},
    template: Readonly<Record<string, unknown>> = {},
    namespace = 'lab',
  ): Promise<void> {
    await this.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'LinkedCloneSet',
      metadata: { name, namespace },
      spec: { replicas, template: { spec: { baseSnapshotRef: { name: base }, ...template } }, ...spec },
    });
  }

  /** Waits until the set says Ready for `replicas`. */
  async setReady(name: string, replicas: number, timeoutMs = 60_000, namespace = 'lab'): Promise<LinkedCloneSet> {
    let last: LinkedCloneSet | undefined;
    try {
      return await waitUntil(
        `set ${name} with ${replicas} ready`,
        async () => {
          last = await this.api.get<LinkedCloneSet>('linkedclonesets', name, namespace);
          const ready = conditionOf(last, 'Ready');
          return last !== undefined &&
            ready?.status === 'True' &&
            last.status?.readyReplicas === replicas &&
            last.status.observedGeneration === last.metadata.generation
            ? last
            : undefined;
        },
        { timeoutMs },
      );
    } catch (error) {
      throw new Error(
        `${(error as Error).message}; it says: ${JSON.stringify(last?.status)}; the operator: ${this.operator?.process.logTail().slice(-3000) ?? 'not running'}`,
        { cause: error },
      );
    }
  }

  /** Waits until an object's condition has this reason; the object. */
  async waitReason<T extends AnyObject>(
    plural: string,
    name: string,
    reason: string,
    options: { type?: string; namespace?: string; timeoutMs?: number } = {},
  ): Promise<T> {
    const { type = 'Ready', namespace = plural === 'vcenters' ? '' : 'lab', timeoutMs = 60_000 } = options;
    let last: T | undefined;
    try {
      return await waitUntil(
        `${plural}/${name} ${type}=${reason}`,
        async () => {
          last = await this.api.get<T>(plural, name, namespace);
          return last !== undefined && reasonOf(last, type) === reason ? last : undefined;
        },
        { timeoutMs },
      );
    } catch (error) {
      throw new Error(
        `${(error as Error).message}; it says: ${JSON.stringify(last?.status)}; the operator: ${this.operator?.process.logTail().slice(-3000) ?? 'not running'}`,
        { cause: error },
      );
    }
  }

  /** Waits until the object is gone. */
  async gone(plural: string, name: string, namespace = 'lab', timeoutMs = 60_000): Promise<void> {
    await waitUntil(`${plural}/${name} gone`, async () => (await this.api.get(plural, name, namespace)) === undefined, {
      timeoutMs,
    });
  }

  async clonesOf(set: string, namespace = 'lab'): Promise<LinkedClone[]> {
    return (await this.api.list<LinkedClone>('linkedclones', namespace)).filter(
      (clone) => clone.metadata.ownerReferences?.some((owner) => owner.name === set) === true,
    );
  }

  async stop(): Promise<void> {
    await this.operator?.process.stop(STOP_MS);
    await this.simulator.process.stop();
    await this.controlPlane.stop();
  }
}
