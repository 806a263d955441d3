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
import type { ApiProxy } from './api-proxy.ts';
import type { Cluster } from './cluster.ts';
import { SECOND_NAMESPACE } from './cluster.ts';
import { ClusterCopy } from './cluster-copy.ts';
import { isReady } from './conditions.ts';
import { describeDecoys, makeDecoysOf, makeForeignClone } from './decoys.ts';
import { History } from './history.ts';
import type { KnownObject } from './history.ts';
import { OPERATOR_ACCOUNTS, OTHER_ACCOUNT, PARENTS, labInventory } from './lab-inventory.ts';
import { OPERATOR_NAMESPACE } from '../../../src/testbed/control-plane/operator-user.ts';
import { prepareInstallation, prepareStandby } from './installation.ts';
import type { Installation, Standby } from './installation.ts';
import type { OperatorExit, OperatorProcess } from './operator-process.ts';
import type { PlannedFault } from './plan.ts';
import { CONVERGE_MS, DEFECT_PATIENCE_MS, SHORT_TIMERS, SPEED } from './timers.ts';
import type { Flags } from './timers.ts';
import type { VCenterProxy } from './vcenter-proxy.ts';
import { vCenterSpec } from '../../support/vcenter-spec.ts';
import { Witness } from './witness.ts';
import type { SeenWrite } from './write-tap.ts';

export interface StageOptions {
  readonly cluster: Cluster;
  /** For logs; made. */
  readonly directory: string;
  readonly duplicateName: 'start' | 'end';
  readonly seed: number;
  /** On writes. */
  readonly faults?: readonly PlannedFault[];
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
  /** Each with an operator that leads, and works on what is its own. */
  readonly installations: Installation[];
  /** Of the first installation. */
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
  readonly witness: Witness;
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
  #copy: ClusterCopy | undefined;
  readonly others: Standby[] = [];
  /** How long a step may take. */
  readonly patienceMs: number;
  readonly #checkout: string | undefined;
  readonly #faults: readonly PlannedFault[];
  #keeper: KnownObject | undefined;

  private constructor(parts: {
    options: StageOptions;
    simulator: RunningSimulator;
    first: Installation;
    history: History;
    other: SecondClient;
    namespace: string;
    canary: string;
    auditFrom: number;
  }) {
    const { options } = parts;
    this.cluster = options.cluster;
    this.#checkout = options.checkout;
    this.#faults = options.faults ?? [];
    this.patienceMs = options.checkout === undefined ? CONVERGE_MS : DEFECT_PATIENCE_MS;
    this.api = options.cluster.api;
    this.directory = options.directory;
    this.simulator = parts.simulator;
    this.vcenter = new SimulatorAdmin(() => parts.simulator.adminUrl);
    ({ namespace: this.namespace, history: this.history, other: this.other } = parts);
    this.keepNamespace = `${parts.namespace}-keep`;
    this.namespaces.push(this.namespace, this.keepNamespace);
    this.installations = [parts.first];
    ({ apiProxy: this.apiProxy, vcProxy: this.vcProxy, operator: this.operator } = parts.first);
    this.canary = parts.canary;
    this.auditFrom = parts.auditFrom;
    this.startedAt = Date.now();
    this.witness = new Witness(parts.simulator.world);
    this.vcProxy.onChange = this.witness.see;
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
    const [first, history, other] = await Promise.all([
      prepareInstallation({
        ...{ cluster, directory, name: 'operator', namespace: OPERATOR_NAMESPACE, number: 1 },
        ...{ vCenterUrl: simulator.url, faults: options.faults ?? [], flags: options.operatorFlags ?? {} },
        ...{ env: options.env, checkout: options.checkout },
      }),
      History.start(cluster.controlPlane.kubeconfig),
      SecondClient.connect({ url: simulator.url, thumbprint: simulator.thumbprint, ...OTHER_ACCOUNT }),
    ]);
    const parts = { options, simulator, first, history, other, namespace, canary, auditFrom };
    const stage = new Stage(parts);
    try {
      await stage.#furnish();
    } catch (error) {
      const tail = first.operator.logTail.slice(-1500);
      await stage.close();
      throw new Error(`${(error as Error).message}; the operator wrote: ${tail}`, { cause: error });
    }
    return stage;
  }

  async #furnish(): Promise<void> {
    await this.#applyVCenter();
    await Promise.all(this.namespaces.map((name) => this.api.ensureNamespace(name)));
    const inventory = await this.vcenter.inventory();
    await Promise.all([
      this.applyBase('gold', PARENTS[0]),
      this.applyBase('kept', PARENTS[0], {}, this.keepNamespace),
      this.apply('LinkedClone', 'keeper', { baseSnapshotRef: { name: 'kept' } }, this.keepNamespace),
      makeForeignClone(this.other, inventory),
      this.operator.start(),
    ]);
    this.#keeper = await this.whenReady('linkedclones', 'keeper', this.keepNamespace);
    await this.whenReady('basesnapshots', 'gold');
    const moRef = (this.#keeper.status?.['vm'] as { moRef?: string } | undefined)?.moRef ?? '';
    await makeDecoysOf(this.other, await this.vcenter.inventory(), moRef);
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

  vCenterSpec(proxy = this.vcProxy): Record<string, unknown> {
    return vCenterSpec(proxy);
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
      const isOfStory = marker?.namespace === this.namespace && marker.cluster === this.cluster.id;
      return isOfStory && !this.decoys.has(one.instanceUuid);
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

  /** A second installation: a namespace, a Lease and a ServiceAccount of its own. */
  async startSecondInstall(flags: Flags): Promise<Installation> {
    const { cluster, directory } = this;
    const second = await prepareInstallation({
      ...{ cluster, directory, name: 'second', namespace: SECOND_NAMESPACE, number: 2, faults: this.#faults },
      ...{ vCenterUrl: this.simulator.url, flags: { namespace: SECOND_NAMESPACE, ...flags }, checkout: this.#checkout },
      token: await cluster.secondInstall(),
    });
    this.installations.push(second);
    second.vcProxy.onChange = this.witness.see;
    await second.operator.start();
    return second;
  }

  /** Another operator, with a proxy of its own, that waits for the Lease. */
  async startStandby(flags: Flags): Promise<OperatorProcess> {
    const standby = await prepareStandby({
      ...{ cluster: this.cluster, directory: this.directory, checkout: this.#checkout, flags },
      name: `standby${this.others.length + 1}`,
    });
    this.others.push(standby);
    await standby.process.start();
    return standby.process;
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
    const waiting = this.others.map(({ process }) => process);
    return [...this.installations.map(({ operator }) => operator), ...waiting, ...copy];
  }

  /** When any operator wrote last to either side, epoch milliseconds. */
  get lastWriteAt(): number {
    const sides = this.installations.flatMap(({ apiProxy, vcProxy }) => [apiProxy, vcProxy]);
    const all = [...sides, ...this.others.map(({ proxy }) => proxy)];
    return Math.max(...all.map(({ writes }) => writes.lastAt));
  }

  /** Faults on writes that came. */
  get hits(): readonly SeenWrite[] {
    return this.installations.flatMap(({ taps }) => taps.hits);
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
    const proxies = this.installations.flatMap(({ apiProxy, vcProxy }) => [apiProxy, vcProxy]);
    await Promise.all([...proxies, ...this.others.map(({ proxy }) => proxy)].map((proxy) => proxy.stop()));
    await this.simulator.stop();
    await this.cluster.sweep(this.namespaces);
  }
}
