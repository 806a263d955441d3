// Datastores and networks, and which hosts see them.
import { belongTo } from '../core/belongs-to.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { Volume } from '../disks/volume.ts';
import { emptyEntity, linkToHost, newBrowser } from './build-compute.ts';
import type { DatacenterFolders } from './build-folders.ts';
import { link, refsAt } from './links.ts';
import type { Model } from './model-state.ts';
import type { SeedDatastore, SeedNetwork } from './seed.ts';

const MAX_FILE_BYTES = 70_368_744_177_664;

/** Makes a VMFS datastore that `hosts` see. */
export function buildDatastore(
  model: Model,
  folders: DatacenterFolders,
  seed: SeedDatastore,
  hosts: readonly SimObject[],
): Volume {
  const { registry } = model.world;
  const url = `ds:///vmfs/volumes/${model.identities.uuid()}/`;
  const space = { freeSpace: seed.capacityBytes, url, name: seed.name };
  const datastore = registry.create('Datastore', {
    name: seed.name,
    parent: folders.datastore.ref,
    info: {
      $type: 'VmfsDatastoreInfo',
      ...space,
      maxFileSize: MAX_FILE_BYTES,
      maxVirtualDiskCapacity: MAX_FILE_BYTES,
      maxMemoryFileSize: MAX_FILE_BYTES,
      maxPhysicalRDMFileSize: MAX_FILE_BYTES,
      maxVirtualRDMFileSize: MAX_FILE_BYTES,
    },
    summary: {
      ...space,
      capacity: seed.capacityBytes,
      accessible: true,
      multipleHostAccess: hosts.length > 1,
      type: 'VMFS',
      maintenanceMode: 'normal',
    },
    host: hosts.map((host) => ({
      key: host.ref,
      mountInfo: { path: url.slice('ds://'.length, -1), accessMode: 'readWrite', mounted: true, accessible: true },
    })),
    vm: [],
    capability: CAPABILITY,
    ...emptyEntity(model),
  });
  const browser = newBrowser(registry, [datastore]);
  belongTo(browser, datastore);
  datastore.setMany({ 'summary.datastore': datastore.ref, browser: browser.ref });
  model.names.claim(folders.datastore.ref, seed.name, datastore.ref);
  link(folders.datastore, 'childEntity', datastore.ref);
  link(folders.datacenter, 'datastore', datastore.ref);
  const volume = model.volumes.add(datastore, seed.name, seed.capacityBytes);
  for (const host of hosts) {
    model.volumes.mount(volume, host.ref);
    linkToHost(model, host, 'datastore', datastore);
  }
  return volume;
}

/** Makes a standard network that every host has. */
export function buildNetwork(
  model: Model,
  folders: DatacenterFolders,
  seed: SeedNetwork,
  hosts: readonly SimObject[],
): SimObject {
  const network = createNetwork(model, folders.datacenter, folders.network, seed.name);
  network.set(
    'host',
    hosts.map((host) => host.ref),
  );
  for (const host of hosts) linkToHost(model, host, 'network', network);
  if (seed.dhcp !== undefined) model.dhcp.serve(network.value, seed.dhcp);
  return network;
}

/** Makes a standard network that no host has yet, and where nobody hands out addresses. Throws DuplicateName. */
export function createNetwork(model: Model, datacenter: SimObject, folder: SimObject, name: string): SimObject {
  model.names.demandFree(folder.ref, name);
  const network = model.world.registry.create('Network', {
    name,
    parent: folder.ref,
    host: [],
    vm: [],
    summary: { $type: 'NetworkSummary', name, accessible: true, ipPoolName: '' },
    ...emptyEntity(model),
  });
  network.set('summary.network', network.ref);
  model.names.claim(folder.ref, name, network.ref);
  link(folder, 'childEntity', network.ref);
  link(datacenter, 'network', network.ref);
  return network;
}

/** Every network of the datacenter also reaches a host that was added later. */
export function connectNetworks(model: Model, folders: DatacenterFolders, host: SimObject): void {
  for (const ref of refsAt(folders.network, 'childEntity')) {
    const network = model.world.registry.must(ref);
    link(network, 'host', host.ref);
    linkToHost(model, host, 'network', network);
  }
}

const CAPABILITY = Object.freeze({
  directoryHierarchySupported: true,
  rawDiskMappingsSupported: true,
  perFileThinProvisioningSupported: true,
  storageIORMSupported: false,
  nativeSnapshotSupported: false,
  topLevelDirectoryCreateSupported: true,
  seSparseSupported: true,
  vmfsSparseSupported: true,
  vsanSparseSupported: false,
});
