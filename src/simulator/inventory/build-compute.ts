// Clusters with their hosts and resource pools.
import { fieldsOf } from '../schema/schema.ts';
import { aboutInfo } from '../core/service-content.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { belongTo } from '../core/belongs-to.ts';
import { refsAt, link } from './links.ts';
import type { Model } from './model-state.ts';
import type { SeedCluster, SeedHost } from './seed.ts';

export interface BuiltCluster {
  readonly cluster: SimObject;
  readonly rootPool: SimObject;
  readonly hosts: ReadonlyMap<string, SimObject>;
  readonly pools: ReadonlyMap<string, SimObject>;
}

const MHZ = 2600;

/** Makes the cluster in a host folder. */
export function buildCluster(model: Model, hostFolder: SimObject, seed: SeedCluster): BuiltCluster {
  const { registry } = model.world;
  const cluster = registry.create('ClusterComputeResource', {
    name: seed.name,
    parent: hostFolder.ref,
    host: [],
    datastore: [],
    network: [],
    summary: clusterSummary(seed.hosts),
    configuration: { dasConfig: DAS, drsConfig: DRS },
    configurationEx: {
      $type: 'ClusterConfigInfoEx',
      vmSwapPlacement: 'vmDirectory',
      spbmEnabled: false,
      dasConfig: DAS,
      drsConfig: DRS,
    },
    ...emptyEntity(model),
  });
  model.names.claim(hostFolder.ref, seed.name, cluster.ref);
  link(hostFolder, 'childEntity', cluster.ref);
  const browser = newBrowser(registry);
  const environment = registry.create('EnvironmentBrowser', { datastoreBrowser: browser.ref });
  for (const part of [browser, environment]) belongTo(part, cluster);
  cluster.set('environmentBrowser', environment.ref);
  const rootPool = newPool(model, cluster, cluster, 'Resources');
  cluster.set('resourcePool', rootPool.ref);
  const hosts = new Map(seed.hosts.map((host) => [host.name, newHost(model, cluster, host)]));
  cluster.set(
    'host',
    [...hosts.values()].map((host) => host.ref),
  );
  const pools = new Map(seed.pools.map((name) => [name, newPool(model, rootPool, cluster, name)]));
  for (const [name, pool] of pools) model.names.claim(rootPool.ref, name, pool.ref);
  rootPool.set(
    'resourcePool',
    [...pools.values()].map((pool) => pool.ref),
  );
  return { cluster, rootPool, hosts, pools };
}

/** A browser that shows the datastores that are added to it. */
export function newBrowser(registry: Registry, datastores: readonly SimObject[] = []): SimObject {
  return registry.create('HostDatastoreBrowser', {
    datastore: datastores.map((datastore) => datastore.ref),
    supportedType: [],
  });
}

/** The host sees the datastore from now on, and so does its cluster. */
export function linkToHost(model: Model, host: SimObject, property: 'datastore' | 'network', object: SimObject): void {
  const { registry } = model.world;
  link(host, property, object.ref);
  const cluster = registry.must(host.get('parent') as SimObject['ref']);
  link(cluster, property, object.ref);
  if (property === 'network') return;
  link(registry.must(host.get('datastoreBrowser') as SimObject['ref']), 'datastore', object.ref);
  const environment = registry.must(cluster.get('environmentBrowser') as SimObject['ref']);
  link(registry.must(environment.get('datastoreBrowser') as SimObject['ref']), 'datastore', object.ref);
}

/** Fields that every new entity starts with. */
export function emptyEntity(model: Model): Record<string, unknown> {
  return { recentTask: [], customValue: [], value: [], availableField: model.fields.definitions };
}

/** A resource pool below `parent`, not yet in its list. */
export function newPool(model: Model, parent: SimObject, owner: SimObject, name: string): SimObject {
  const usage = {
    reservationUsed: 0,
    reservationUsedForVm: 0,
    unreservedForPool: 100_000,
    unreservedForVm: 100_000,
    overallUsage: 0,
    maxUsage: 100_000,
  };
  const runtime = { memory: usage, cpu: usage, overallStatus: 'green' };
  const config = { changeVersion: '1', cpuAllocation: UNLIMITED, memoryAllocation: UNLIMITED };
  return model.world.registry.create('ResourcePool', {
    name,
    parent: parent.ref,
    owner: owner.ref,
    resourcePool: [],
    vm: [],
    runtime,
    config,
    summary: { $type: 'ResourcePoolSummary', name, config, runtime, configuredMemoryMB: 0 },
    ...emptyEntity(model),
  });
}

function newHost(model: Model, cluster: SimObject, seed: SeedHost): SimObject {
  const { registry, clock } = model.world;
  const browser = newBrowser(registry);
  const host = registry.create('HostSystem', {
    name: seed.name,
    parent: cluster.ref,
    runtime: {
      connectionState: seed.state === 'disconnected' ? 'disconnected' : 'connected',
      powerState: 'poweredOn',
      standbyMode: 'none',
      inMaintenanceMode: seed.state === 'maintenance',
      inQuarantineMode: false,
      bootTime: new Date(clock.now()).toISOString(),
    },
    vm: [],
    datastore: [],
    network: [],
    configManager: {},
    datastoreBrowser: browser.ref,
    ...emptyEntity(model),
  });
  belongTo(browser, host);
  host.extra.set('hardware', { uuid: model.identities.uuid(), memorySize: seed.memoryBytes, cores: seed.cpuCores });
  return host;
}

/** `summary` and `capability` of every host, `summaryEx` of every cluster. Once for a registry. */
export function deriveComputeProperties(registry: Registry): void {
  registry.derive('ClusterComputeResource', 'summaryEx', ['summary'], (cluster) => cluster.get('summary'));
  const booleans = (fieldsOf('HostCapability') ?? []).filter((field) => field.type === 'boolean' && !field.optional);
  const capability = Object.freeze(
    Object.fromEntries(booleans.map((field) => [field.name, !HOST_CANNOT.has(field.name)])),
  );
  registry.derive('HostSystem', 'capability', [], () => capability);
  registry.derive('HostSystem', 'summary', ['runtime', 'name', 'customValue'], hostSummary);
}

const HOST_CANNOT = new Set([
  'ftSupported',
  'smpFtSupported',
  'tpmSupported',
  'ipmiSupported',
  'standbySupported',
  'recordReplaySupported',
  'storageIORMSupported',
]);

function hostSummary(host: SimObject): Record<string, unknown> {
  const hardware = host.extra.get('hardware') as {
    readonly uuid: string;
    readonly memorySize: number;
    readonly cores: number;
  };
  return {
    host: host.ref,
    hardware: {
      vendor: 'Simulated',
      model: 'Simulated Host',
      uuid: hardware.uuid,
      memorySize: hardware.memorySize,
      cpuModel: 'Simulated CPU @ 2.60GHz',
      cpuMhz: MHZ,
      numCpuPkgs: 2,
      numCpuCores: hardware.cores,
      numCpuThreads: hardware.cores * 2,
      numNics: 2,
      numHBAs: 1,
    },
    runtime: host.get('runtime'),
    config: { name: host.get('name'), port: 443, product: ESXI, vmotionEnabled: true, faultToleranceEnabled: false },
    quickStats: { overallCpuUsage: 0, overallMemoryUsage: 0, uptime: 0 },
    overallStatus: 'green',
    rebootRequired: false,
    customValue: host.get('customValue'),
    managementServerIp: '127.0.0.1',
  };
}

function clusterSummary(hosts: readonly SeedHost[]): Record<string, unknown> {
  const cores = hosts.reduce((sum, host) => sum + host.cpuCores, 0);
  const memory = hosts.reduce((sum, host) => sum + host.memoryBytes, 0);
  const usable = hosts.filter((host) => host.state === 'connected').length;
  return {
    $type: 'ClusterComputeResourceSummary',
    totalCpu: cores * MHZ,
    totalMemory: memory,
    numCpuCores: cores,
    numCpuThreads: cores * 2,
    effectiveCpu: cores * MHZ,
    effectiveMemory: Math.floor(memory / 1024 ** 2),
    numHosts: hosts.length,
    numEffectiveHosts: usable,
    overallStatus: 'green',
    currentFailoverLevel: 0,
    numVmotions: 0,
  };
}

/** Hosts that can take VMs, after one of them changed. */
export function recountHosts(model: Model, cluster: SimObject): void {
  const hosts = refsAt(cluster, 'host').map((ref) => model.world.registry.must(ref));
  const usable = hosts.filter(
    (host) => host.get('runtime.connectionState') === 'connected' && host.get('runtime.inMaintenanceMode') !== true,
  );
  cluster.set('summary.numEffectiveHosts', usable.length);
}

const UNLIMITED = Object.freeze({
  reservation: 0,
  expandableReservation: true,
  limit: -1,
  shares: Object.freeze({ shares: 4000, level: 'normal' }),
});
const DAS = Object.freeze({
  enabled: false,
  hostMonitoring: 'enabled',
  vmMonitoring: 'vmMonitoringDisabled',
  failoverLevel: 1,
  admissionControlEnabled: false,
});
const DRS = Object.freeze({
  enabled: true,
  enableVmBehaviorOverrides: true,
  defaultVmBehavior: 'fullyAutomated',
  vmotionRate: 3,
});
const ESXI = Object.freeze({
  ...aboutInfo(''),
  name: 'VMware ESXi',
  fullName: 'VMware ESXi 8.0.3 build-24022510',
  osType: 'vmnix-x86',
  productLineId: 'embeddedEsx',
  apiType: 'HostAgent',
  instanceUuid: undefined,
});
