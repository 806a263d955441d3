// A small inventory as readTree answers it: one datacenter with a cluster of three hosts, pools, folders and datastores.
import { InventoryTree } from '../../../../src/controllers/vcenter/inventory-tree.ts';
import type { ObjectState } from '../../../../src/vsphere/client.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { ref } from './vm.ts';

export const ROOT = ref('group-d1', 'Folder');
export const REFS = {
  datacenter: ref('datacenter-1', 'Datacenter'),
  vmFolder: ref('group-v1', 'Folder'),
  labs: ref('group-v2', 'Folder'),
  hostFolder: ref('group-h1', 'Folder'),
  datastoreFolder: ref('group-s1', 'Folder'),
  cluster: ref('domain-c1', 'ClusterComputeResource'),
  rootPool: ref('resgroup-1', 'ResourcePool'),
  labPool: ref('resgroup-2', 'ResourcePool'),
  loosePool: ref('resgroup-9', 'ResourcePool'),
  host1: ref('host-1', 'HostSystem'),
  host2: ref('host-2', 'HostSystem'),
  host3: ref('host-3', 'HostSystem'),
  ds1: ref('datastore-1', 'Datastore'),
  ds2: ref('datastore-2', 'Datastore'),
} as const;

export function state(objectRef: MoRef, name: string, parent: MoRef | undefined): ObjectState {
  return { ref: objectRef, properties: { name, ...(parent !== undefined && { parent }) }, missing: {} };
}

export const OBJECTS: readonly ObjectState[] = [
  state(REFS.labPool, 'Labs', REFS.rootPool), // a child before its parents: the order of an answer means nothing
  state(REFS.datacenter, 'DC0', ROOT),
  state(REFS.vmFolder, 'vm', REFS.datacenter),
  state(REFS.labs, 'Labs%2fEast', REFS.vmFolder),
  state(REFS.hostFolder, 'host', REFS.datacenter),
  state(REFS.datastoreFolder, 'datastore', REFS.datacenter),
  state(REFS.cluster, 'C0', REFS.hostFolder),
  state(REFS.rootPool, 'Resources', REFS.cluster),
  state(REFS.loosePool, 'Lost', undefined),
  state(REFS.host1, 'esx-1', REFS.cluster),
  state(REFS.host2, 'esx-2', REFS.cluster),
  state(REFS.host3, 'esx-3', REFS.cluster),
  state(REFS.ds1, 'ds-1', REFS.datastoreFolder),
  state(REFS.ds2, 'ds-2', REFS.datastoreFolder),
];

export function tree(more: readonly ObjectState[] = []): InventoryTree {
  return new InventoryTree(ROOT, [...OBJECTS, ...more]);
}
