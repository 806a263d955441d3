// The objects of an inventory file, in the order in which they depend on each other.
import type { SimObject } from '../core/sim-object.ts';
import { buildCluster } from './build-compute.ts';
import type { BuiltCluster } from './build-compute.ts';
import { buildDatacenter, folderAt } from './build-folders.ts';
import type { DatacenterFolders } from './build-folders.ts';
import { buildDatastore, buildNetwork } from './build-storage.ts';
import { buildVm } from './build-vms.ts';
import { generateVms } from './generate.ts';
import type { Model } from './model-state.ts';
import type { Seed, SeedVm } from './seed.ts';
import type { Volume } from '../disks/volume.ts';

interface Built {
  readonly folders: DatacenterFolders;
  readonly clusters: ReadonlyMap<string, BuiltCluster>;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly networks: ReadonlyMap<string, SimObject>;
}

/** Throws the fault NoDiskSpace when a datastore is too small. */
export function buildInventory(model: Model, seed: Seed): void {
  const folders = buildDatacenter(model, seed.datacenter);
  const clusters = new Map(seed.clusters.map((cluster) => [cluster.name, buildCluster(model, folders.host, cluster)]));
  const hosts = new Map([...clusters.values()].flatMap((cluster) => [...cluster.hosts]));
  const volumes = new Map(
    seed.datastores.map((datastore) => [
      datastore.name,
      buildDatastore(model, folders, datastore, pick(hosts, datastore.hosts)),
    ]),
  );
  const networks = new Map(
    seed.networks.map((network) => [network.name, buildNetwork(model, folders, network, [...hosts.values()])]),
  );
  for (const path of seed.folders) folderAt(model, folders.vm, path);
  for (const vm of seed.vms) place(model, { folders, clusters, volumes, networks }, vm);
  if (seed.generate !== undefined) generateVms(model, folders, seed.generate);
}

function place(model: Model, built: Built, vm: SeedVm): void {
  const cluster = must(built.clusters, vm.cluster);
  buildVm(model, vm, {
    folder: folderAt(model, built.folders.vm, vm.folder),
    host: must(cluster.hosts, vm.host),
    pool: vm.pool === undefined ? cluster.rootPool : must(cluster.pools, vm.pool),
    volume: must(built.volumes, vm.datastore),
    networks: pick(built.networks, vm.networks),
  });
}

function pick<T>(known: ReadonlyMap<string, T>, names: readonly string[]): readonly T[] {
  return names.map((name) => must(known, name));
}

/** Parsing has checked that every name leads somewhere. */
function must<T>(known: ReadonlyMap<string, T>, name: string): T {
  const found = known.get(name);
  if (found === undefined) throw new Error(`the inventory names "${name}", which isn't there`);
  return found;
}
