// Everything of one run: a simulated vCenter of its own with decoys, namespaces of its own on the job's control plane, the
// operator as a process between its two proxies, and the watches that keep the truth. What stories and campaigns work on.
import { mkdirSync } from 'node:fs';
import { modelOf } from '../../../src/simulator/inventory/model-state.ts';
import { startSimulator } from '../../../src/simulator/start-simulator.ts';
import type { RunningSimulator } from '../../../src/simulator/start-vcenter.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { LabApi } from '../../support/lab-api.ts';
import { SimulatorAdmin } from '../../support/simulator-admin.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import { SecondClient } from '../../support/second-client.ts';
import { ApiProxy } from './api-proxy.ts';
import type { Cluster } from './cluster.ts';
import { SECOND_NAMESPACE } from './cluster.ts';
import { ClusterCopy } from './cluster-copy.ts';
import { isReady } from './conditions.ts';
import { describeDecoys, makeDecoys } from './decoys.ts';
import { History } from './history.ts';
import type { KnownObject } from './history.ts';
import { OPERATOR_ACCOUNTS, OTHER_ACCOUNT, PARENTS, labInventory } from './lab-inventory.ts';
import { OperatorProcess } from './operator-process.ts';
import type { OperatorExit } from './operator-process.ts';
import { CONVERGE_MS, DEFECT_PATIENCE_MS, SHORT_TIMERS, SPEED } from './timers.ts';
import type { Flags } from './timers.ts';
import { VCenterProxy } from './vcenter-proxy.ts';
import { vCenterSpec } from '../../support/vcenter-spec.ts';
import { witness } from './witness.ts';
import type { Witnessed } from './witness.ts';

export interface StageOptions {
  readonly cluster: Cluster;
  /** For logs; made. */
  readonly directory: string;
  readonly duplicateName: 'start' | 'end';
  readonly seed: number;
  readonly folderExists?: boolean;
  readonly operatorFlags?: Flags;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of another checkout, whose operator is to be judged. */
  readonly checkout?: string | undefined;
}

export const SYSTEM_NAMESPACE = 'linked-clone-system';
/** Only what hangs, or a defect that keeps it from being set up. */
const SETUP_MS = 120_000;

export class Stage {
  readonly cluster: Cluster;
  readonly api: LabApi;
  readonly vcenter: SimulatorAdmin;
  readonly simulator: RunningSimulator;
  readonly namespace: string;
  /** Of the clone that no story touches. */
  readonly keepNamespace: string;
  readonly directory: string;
  readonly apiProxy: ApiProxy;
  readonly vcProxy: VCenterProxy;
  readonly operator: OperatorProcess;
  readonly history: History;
  other: SecondClient;
  /** Planted as the vCenter's password: it may appear nowhere. */
  readonly canary: string;
  readonly startedAt: number;
  readonly auditFrom: number;
  /** Namespaces that stories made. */
  readonly namespaces: string[] = [];
  readonly witnessed: Witnessed[] = [];
  /** Last entries of the ledger before the vCenter was restored from a backup, each time. */
  readonly restoredAt: number[] = [];
  /** Passwords that were put into Secrets. */
  readonly secrets = new Set<string>();
  decoys: Map<string, string> = new Map();
  /** The story moves machines about in ways that decoys follow. */
  decoysMove = false;
  /** Last entry of the ledger before the story began. */
  storyFrom = 0;
  storyStartedAt = 0;
  /** The API server's version when the story began. */
  storyVersion = '';
  /** Operators that work at the same time, each on what is its own. */
  installs = 1;
  #copy: ClusterCopy | undefined;
  readonly others: { readonly process: OperatorProcess; readonly proxy: ApiProxy }[] = [];
  /** How long a step may take. */
  readonly patienceMs: number;
  readonly #checkout: string | undefined;
  #keeper: KnownObject | undefined;

  private constructor(parts: {
    options: StageOptions;
    simulator: RunningSimulator;
    apiProxy: ApiProxy;
    vcProxy: VCenterProxy;
    operator: OperatorProcess;
    history: History;
    other: SecondClient;
    namespace: string;
    canary: string;
    auditFrom: number;
  }) {
    const { options } = parts;
    this.cluster = options.cluster;
    this.#checkout = options.checkout;
    this.patienceMs = options.checkout === undefined ? CONVERGE_MS : DEFECT_PATIENCE_MS;
    this.api = options.cluster.api;
    this.directory = options.directory;
    this.simulator = parts.simulator;
    this.vcenter = new SimulatorAdmin(() => parts.simulator.adminUrl);
    this.namespace = parts.namespace;
    this.keepNamespace = `${parts.namespace}-keep`;
    this.namespaces.push(this.namespace, this.keepNamespace);
    this.apiProxy = parts.apiProxy;
    this.vcProxy = parts.vcProxy;
    this.operator = parts.operator;
    this.history = parts.history;
    this.other = parts.other;
    this.canary = parts.canary;
    this.auditFrom = parts.auditFrom;
    this.startedAt = Date.now();
    this.vcProxy.onChange = (call, body, cameAt) =>
      this.witnessed.push({ ...witness(this.simulator.world, call, body), cameAt });
  }

  /** Ready for a story: vCenter known, base "gold" Ready, decoys in their places, nothing armed. */
  static async open(options: StageOptions): Promise<Stage> {
    const { cluster, directory, seed, duplicateName, folderExists = false } = options;
    mkdirSync(directory, { recursive: true });
    const run = cluster.nextRun();
    const namespace = `lab-${run}`;
    const canary = `canary-${seed}-${run}-s3cret`;
    const auditFrom = await cluster.auditSize();
    const simulator = await startSimulator({
      inventory: labInventory({ namespace, password: canary, folderExists }),
      speed: SPEED,
      seed,
      duplicateName,
      logger: createLogger('silent'),
    });
    // the operator's process is there only once its proxies are
    const late: { operator?: OperatorProcess } = {};
    const hooks = {
      kill: async (): Promise<void> => late.operator?.kill(),
      stun: async (): Promise<void> => late.operator?.stun(),
    };
    const [apiProxy, vcProxy, history, other] = await Promise.all([
      ApiProxy.start(cluster.controlPlane.server, hooks),
      VCenterProxy.start(simulator.url, hooks),
      History.start(cluster.controlPlane.kubeconfig),
      SecondClient.connect({ url: simulator.url, thumbprint: simulator.thumbprint, ...OTHER_ACCOUNT }),
    ]);
    const operator = new OperatorProcess({
      name: 'operator',
      kubeconfig: await cluster.operatorKubeconfig(apiProxy.url, directory, 'operator'),
      flags: { ...SHORT_TIMERS, ...options.operatorFlags },
      directory,
      checkout: options.checkout,
      ...(options.env === undefined ? {} : { env: options.env }),
      leases: apiProxy.leases,
      beforeRestart: () => cluster.shortenLease(),
    });
    late.operator = operator;
    const parts = { options, simulator, apiProxy, vcProxy, operator, history, other, namespace, canary, auditFrom };
    const stage = new Stage(parts);
    try {
      await stage.#furnish();
    } catch (error) {
      const tail = operator.logTail.slice(-1500);
      await stage.close();
      throw new Error(`${(error as Error).message}; the operator wrote: ${tail}`, { cause: error });
    }
    return stage;
  }

  async #furnish(): Promise<void> {
    await this.#applyVCenter();
    await Promise.all(this.namespaces.map((name) => this.api.ensureNamespace(name)));
    await Promise.all([
      this.applyBase('gold', PARENTS[0]),
      this.applyBase('kept', PARENTS[0], {}, this.keepNamespace),
      this.apply('LinkedClone', 'keeper', { baseSnapshotRef: { name: 'kept' } }, this.keepNamespace),
      this.operator.start(),
    ]);
    this.#keeper = await this.whenReady('linkedclones', 'keeper', this.keepNamespace);
    await this.whenReady('basesnapshots', 'gold');
    const moRef = (this.#keeper.status?.['vm'] as { moRef?: string } | undefined)?.moRef ?? '';
    await makeDecoys(this.other, await this.vcenter.inventory(), moRef);
    this.decoys = describeDecoys(await this.vcenter.inventory(), this.decoysMove);
  }

  async beginStory(): Promise<void> {
    this.storyFrom = (await this.vcenter.ledger()).at(-1)?.seq ?? 0;
    this.storyVersion = await this.cluster.version();
    this.storyStartedAt = Date.now();
  }

  /** Decoys are compared by less from here on. */
  async letDecoysMove(): Promise<void> {
    this.decoysMove = true;
    this.decoys = describeDecoys(await this.vcenter.inventory(), true);
  }

  async #applyVCenter(): Promise<void> {
    await this.applySecret(this.canary);
    await this.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'VCenter',
      metadata: { name: 'vc' },
      spec: this.vCenterSpec(),
    });
  }

  /** The credentials: the password, and the first or the second account. */
  async applySecret(password: string, account = 0, namespace = SYSTEM_NAMESPACE): Promise<void> {
    this.secrets.add(password);
    await this.api.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'vc-credentials', namespace },
      stringData: { username: OPERATOR_ACCOUNTS[account] ?? '', password },
    });
  }

  vCenterSpec(): Record<string, unknown> {
    return vCenterSpec(this.vcProxy);
  }

  async apply(kind: string, name: string, spec: unknown, namespace = this.namespace): Promise<void> {
    await this.api.apply({ apiVersion: 'linkedclone.dev/v1alpha1', kind, metadata: { name, namespace }, spec });
  }

  async applyBase(
    name: string,
    parent: string,
    spec: Readonly<Record<string, unknown>> = {},
    namespace = this.namespace,
  ): Promise<void> {
    await this.apply(
      'BaseSnapshot',
      name,
      {
        vCenterRef: { name: 'vc' },
        source: { vm: { inventoryPath: `Templates/${parent}` } },
        snapshot: { existing: { name: 'release' } },
        ...spec,
      },
      namespace,
    );
  }

  get(plural: string, name: string, namespace = this.namespace): Promise<KnownObject | undefined> {
    return this.api.get<KnownObject>(plural, name, namespace);
  }

  async whenReady(plural: string, name: string, namespace = this.namespace): Promise<KnownObject> {
    return waitUntil(
      `${plural}/${name} to be Ready`,
      async () => {
        const object = await this.api.get<KnownObject>(plural, name, namespace);
        return isReady(object) ? object : undefined;
      },
      { timeoutMs: SETUP_MS },
    );
  }

  /** The clone that no story touches. */
  get keeper(): KnownObject | undefined {
    return this.#keeper;
  }

  /** VMs of the story's namespace. */
  async vmsOfStory(): Promise<SimulatedVm[]> {
    const { vms } = await this.vcenter.inventory();
    return vms.filter((one) => {
      const marker = one.marker as { readonly namespace?: string; readonly cluster?: string } | null;
      return marker?.namespace === this.namespace && marker.cluster === this.cluster.id;
    });
  }

  /** Sessions of one of the operator's accounts, or of all. */
  async sessionsOf(account?: number): Promise<number> {
    const { users } = (await this.vcenter.stats()) as unknown as { readonly users: readonly string[] };
    return users.filter((user) =>
      account === undefined ? OPERATOR_ACCOUNTS.includes(user) : user === OPERATOR_ACCOUNTS[account],
    ).length;
  }

  async restartVCenter(downSeconds: number): Promise<void> {
    await this.vcenter.post('/v1/restart', { downSeconds });
    await this.#reconnect(downSeconds);
  }

  async restoreVCenter(checkpoint: string, downSeconds: number): Promise<void> {
    this.restoredAt.push((await this.vcenter.ledger()).at(-1)?.seq ?? 0);
    await this.vcenter.post('/v1/restore', { checkpoint, downSeconds });
    await this.#reconnect(downSeconds);
  }

  /** The other client's session ended with the vCenter. */
  async #reconnect(downSeconds: number): Promise<void> {
    const { url, thumbprint } = this.simulator;
    this.other = await waitUntil(
      'the vCenter to be back',
      () => SecondClient.connect({ url, thumbprint, ...OTHER_ACCOUNT }),
      { timeoutMs: (downSeconds / SPEED) * 1000 + 10_000, intervalMs: 100 },
    );
  }

  async holds(): Promise<readonly { readonly type: string; readonly id: string }[]> {
    const vCenter = await this.get('vcenters', 'vc');
    return (vCenter?.status?.['holds'] as readonly { type: string; id: string }[] | undefined) ?? [];
  }

  /** The operator knows the last event of what it did; by its key, because an event may be of the second before its task's end. */
  async lastEventNoted(): Promise<boolean> {
    const { events } = modelOf(this.simulator.world).events;
    const last = events.findLast(({ data }) => OPERATOR_ACCOUNTS.includes(String(data['userName'])));
    const mark = (await this.get('vcenters', 'vc'))?.status?.['eventHighWaterMark'] as
      { readonly key?: number } | undefined;
    return (mark?.key ?? 0) >= (last?.key ?? 0);
  }

  /** The cluster as of now, restored elsewhere; its operator is yet to be started. */
  async copyCluster(flags: Flags): Promise<ClusterCopy> {
    this.#copy = await ClusterCopy.of(this.cluster.controlPlane, {
      flags: { ...SHORT_TIMERS, ...flags },
      directory: this.directory,
      checkout: this.#checkout,
    });
    return this.#copy;
  }

  /** Another operator, with a proxy of its own, that waits for the Lease. */
  startStandby(flags: Flags): Promise<OperatorProcess> {
    return this.#startAnother(`standby${this.others.length + 1}`, flags);
  }

  /** A second installation: a namespace, a Lease and a ServiceAccount of its own. */
  async startSecondInstall(flags: Flags): Promise<OperatorProcess> {
    const token = await this.cluster.secondInstall();
    this.installs += 1;
    return this.#startAnother('second', { namespace: SECOND_NAMESPACE, ...flags }, token);
  }

  async #startAnother(name: string, flags: Flags, token?: string): Promise<OperatorProcess> {
    const nothing = (): Promise<void> => Promise.resolve();
    const proxy = await ApiProxy.start(this.cluster.controlPlane.server, { kill: nothing, stun: nothing });
    const another = new OperatorProcess({
      name,
      kubeconfig: await this.cluster.operatorKubeconfig(proxy.url, this.directory, name, token),
      flags: { ...SHORT_TIMERS, ...flags },
      directory: this.directory,
      checkout: this.#checkout,
      leases: proxy.leases,
    });
    this.others.push({ process: another, proxy });
    await another.start();
    return another;
  }

  /** Of all operators, in the order of their ends. */
  get exits(): readonly OperatorExit[] {
    return this.operators.flatMap(({ exits }) => exits).toSorted((a, b) => a.at - b.at);
  }

  get logFiles(): readonly string[] {
    return this.operators.flatMap(({ logFiles }) => logFiles);
  }

  get operators(): readonly OperatorProcess[] {
    const copy = this.#copy === undefined ? [] : [this.#copy.operator];
    return [this.operator, ...this.others.map(({ process }) => process), ...copy];
  }

  /** When any operator wrote last to either side, epoch milliseconds. */
  get lastWriteAt(): number {
    const taps = [this.apiProxy, this.vcProxy, ...this.others.map(({ proxy }) => proxy)];
    return Math.max(...taps.map(({ writes }) => writes.lastAt));
  }

  /** Of the run's control plane, and of its copy where there is one. */
  get apis(): readonly LabApi[] {
    return this.#copy === undefined ? [this.api] : [this.api, this.#copy.api];
  }

  async stopOperators(): Promise<void> {
    await Promise.all(this.operators.map((one) => one.stop()));
  }

  async close(): Promise<void> {
    await this.stopOperators();
    await this.#copy?.stop();
    this.history.stop();
    await this.other.close().catch(() => undefined); // its session may be gone
    await Promise.all([this.apiProxy.stop(), this.vcProxy.stop(), ...this.others.map(({ proxy }) => proxy.stop())]);
    await this.simulator.stop();
    await this.cluster.sweep(this.namespaces);
  }
}
