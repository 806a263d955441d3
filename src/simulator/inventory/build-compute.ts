// Clusters with their hosts and resource pools.
import { fieldsOf } from '../schema/schema.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { belongTo } from '../core/belongs-to.ts';
import {
  configManagerOf,
  CPU_MHZ,
  CPU_MODEL,
  CPU_PACKAGES,
  ESXI,
  hardwareInfo,
  HOST_MODEL,
  VENDOR,
} from './host-hardware.ts';
import type { HostParts } from './host-hardware.ts';
import { showSettings } from './host-settings.ts';
import { refsAt, link } from './links.ts';
import type { Model } from './model-state.ts';
import type { SeedCluster, SeedHost } from './seed.ts';

export interface BuiltCluster {
  readonly cluster: SimObject;
  readonly rootPool: SimObject;
  readonly hosts: ReadonlyMap<string, SimObject>;
  readonly pools: ReadonlyMap<string, SimObject>;
}

/** Makes the cluster in a host folder, with its hosts and pools. */
export function buildCluster(model: Model, hostFolder: SimObject, seed: SeedCluster): BuiltCluster {
  const { cluster, rootPool } = buildEmptyCluster(model, hostFolder, seed.name, { dasConfig: DAS, drsConfig: DRS });
  const hosts = new Map(seed.hosts.map((host) => [host.name, buildHost(model, cluster, host)]));
  for (const [name, host] of hosts) model.names.claim(cluster.ref, name, host.ref);
  cluster.set(
    'host',
    [...hosts.values()].map((host) => host.ref),
  );
  recountHosts(model, cluster);
  const pools = new Map(seed.pools.map((name) => [name, newPool(model, rootPool, cluster, name)]));
  for (const [name, pool] of pools) model.names.claim(rootPool.ref, name, pool.ref);
  rootPool.set(
    'resourcePool',
    [...pools.values()].map((pool) => pool.ref),
  );
  return { cluster, rootPool, hosts, pools };
}

/** What a cluster does by itself: ClusterDasConfigInfo, ClusterDrsConfigInfo. */
export interface ClusterSettings {
  readonly dasConfig: Readonly<Record<string, unknown>>;
  readonly drsConfig: Readonly<Record<string, unknown>>;
}

/** A cluster without hosts. Throws DuplicateName. */
export function buildEmptyCluster(
  model: Model,
  hostFolder: SimObject,
  name: string,
  settings: ClusterSettings,
): { readonly cluster: SimObject; readonly rootPool: SimObject } {
  const [compute, rootPool] = buildCompute(model, hostFolder, name, 'ClusterComputeResource', {
    summary: { $type: 'ClusterComputeResourceSummary', ...NO_HOSTS, currentFailoverLevel: 0, numVmotions: 0 },
    configuration: settings,
    configurationEx: { $type: 'ClusterConfigInfoEx', ...COMPUTE_CONFIG, ...settings },
  });
  return { cluster: compute, rootPool };
}

/** The compute resource of a host that is in no cluster, yet without it. Throws DuplicateName. */
export function buildStandalone(model: Model, hostFolder: SimObject, name: string): SimObject {
  const [compute] = buildCompute(model, hostFolder, name, 'ComputeResource', {
    summary: { $type: 'ComputeResourceSummary', ...NO_HOSTS },
    configurationEx: { $type: 'ComputeResourceConfigInfo', ...COMPUTE_CONFIG },
  });
  return compute;
}

function buildCompute(
  model: Model,
  hostFolder: SimObject,
  name: string,
  type: 'ClusterComputeResource' | 'ComputeResource',
  properties: Readonly<Record<string, unknown>>,
): readonly [compute: SimObject, rootPool: SimObject] {
  const { registry } = model.world;
  model.names.demandFree(hostFolder.ref, name);
  const compute = registry.create(type, {
    name,
    parent: hostFolder.ref,
    host: [],
    datastore: [],
    network: [],
    ...properties,
    ...emptyEntity(model),
  });
  model.names.claim(hostFolder.ref, name, compute.ref);
  link(hostFolder, 'childEntity', compute.ref);
  const browser = newBrowser(registry);
  const environment = registry.create('EnvironmentBrowser', { datastoreBrowser: browser.ref });
  for (const part of [browser, environment]) belongTo(part, compute);
  compute.set('environmentBrowser', environment.ref);
  const rootPool = newPool(model, compute, compute, 'Resources');
  compute.set('resourcePool', rootPool.ref);
  return [compute, rootPool];
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
  showSettings(registry, host);
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

/** A host, not yet in the list of its compute resource. */
export function buildHost(model: Model, cluster: SimObject, seed: SeedHost): SimObject {
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
    datastoreBrowser: browser.ref,
    ...emptyEntity(model),
  });
  belongTo(browser, host);
  host.set('configManager', configManagerOf(registry, host));
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
  registry.derive('HostSystem', 'hardware', [], (host) => hardwareInfo(hardwareOf(host)));
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

/** What a host is made of; it keeps that when it leaves the inventory. */
export type Hardware = HostParts;

export function hardwareOf(host: SimObject): Hardware {
  return host.extra.get('hardware') as Hardware;
}

function hostSummary(host: SimObject): Record<string, unknown> {
  return {
    ...hostListSummary(String(host.get('name')), hardwareOf(host)),
    host: host.ref,
    runtime: host.get('runtime'),
    customValue: host.get('customValue'),
  };
}

/** HostListSummary without what only a host in the inventory has. */
export function hostListSummary(name: string, hardware: Hardware): Record<string, unknown> {
  return {
    hardware: {
      vendor: VENDOR,
      model: HOST_MODEL,
      uuid: hardware.uuid,
      memorySize: hardware.memorySize,
      cpuModel: CPU_MODEL,
      cpuMhz: CPU_MHZ,
      numCpuPkgs: CPU_PACKAGES,
      numCpuCores: hardware.cores,
      numCpuThreads: hardware.cores * 2,
      numNics: 2,
      numHBAs: 1,
    },
    config: { name, port: 443, product: ESXI, vmotionEnabled: true, faultToleranceEnabled: false },
    quickStats: { overallCpuUsage: 0, overallMemoryUsage: 0, uptime: 0 },
    overallStatus: 'green',
    rebootRequired: false,
    managementServerIp: '127.0.0.1',
  };
}

/** What hosts add up to, after one of them came, went or changed. */
export function recountHosts(model: Model, compute: SimObject): void {
  const hosts = refsAt(compute, 'host').map((ref) => model.world.registry.must(ref));
  const usable = hosts.filter(
    (host) => host.get('runtime.connectionState') === 'connected' && host.get('runtime.inMaintenanceMode') !== true,
  );
  const sum = (of: readonly SimObject[], field: 'cores' | 'memorySize'): number =>
    of.reduce((total, host) => total + hardwareOf(host)[field], 0);
  compute.setMany({
    'summary.totalCpu': sum(hosts, 'cores') * CPU_MHZ,
    'summary.totalMemory': sum(hosts, 'memorySize'),
    'summary.numCpuCores': sum(hosts, 'cores'),
    'summary.numCpuThreads': sum(hosts, 'cores') * 2,
    'summary.effectiveCpu': sum(usable, 'cores') * CPU_MHZ,
    'summary.effectiveMemory': Math.floor(sum(usable, 'memorySize') / 1024 ** 2),
    'summary.numHosts': hosts.length,
    'summary.numEffectiveHosts': usable.length,
  });
}

const NO_HOSTS = Object.freeze({
  totalCpu: 0,
  totalMemory: 0,
  numCpuCores: 0,
  numCpuThreads: 0,
  effectiveCpu: 0,
  effectiveMemory: 0,
  numHosts: 0,
  numEffectiveHosts: 0,
  overallStatus: 'green',
});
const COMPUTE_CONFIG = Object.freeze({ vmSwapPlacement: 'vmDirectory', spbmEnabled: false });
const UNLIMITED = Object.freeze({
  reservation: 0,
  expandableReservation: true,
  limit: -1,
  shares: Object.freeze({ shares: 4000, level: 'normal' }),
});
export const DAS = Object.freeze({
  enabled: false,
  hostMonitoring: 'enabled',
  vmMonitoring: 'vmMonitoringDisabled',
  failoverLevel: 1,
  admissionControlEnabled: false,
});
export const DRS = Object.freeze({
  enabled: true,
  enableVmBehaviorOverrides: true,
  defaultVmBehavior: 'fullyAutomated',
  vmotionRate: 3,
});
