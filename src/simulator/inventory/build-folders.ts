// A datacenter with its four folders, and folders of virtual machines by path.
import type { SimObject } from '../core/sim-object.ts';
import { link } from './links.ts';
import type { Model } from './model-state.ts';

export interface DatacenterFolders {
  readonly datacenter: SimObject;
  readonly vm: SimObject;
  readonly host: SimObject;
  readonly datastore: SimObject;
  readonly network: SimObject;
}

/** Makes the datacenter in a folder of datacenters. Throws DuplicateName. */
export function buildDatacenter(
  model: Model,
  name: string,
  parent: SimObject = model.world.rootFolder,
): DatacenterFolders {
  const { registry } = model.world;
  model.names.demandFree(parent.ref, name);
  const datacenter = registry.create('Datacenter', {
    name,
    parent: parent.ref,
    datastore: [],
    network: [],
    configuration: {},
    recentTask: [],
    customValue: [],
    value: [],
    availableField: model.fields.definitions,
  });
  model.names.claim(parent.ref, name, datacenter.ref);
  link(parent, 'childEntity', datacenter.ref);
  const inner = (child: string, types: readonly string[]): SimObject => newFolder(model, datacenter, child, types);
  const folders = {
    datacenter,
    vm: inner('vm', ['Folder', 'VirtualMachine', 'VirtualApp']),
    host: inner('host', ['Folder', 'ComputeResource', 'ClusterComputeResource']),
    datastore: inner('datastore', ['Folder', 'Datastore', 'StoragePod']),
    network: inner('network', ['Folder', 'Network', 'DistributedVirtualSwitch', 'DistributedVirtualPortgroup']),
  };
  datacenter.setMany({
    vmFolder: folders.vm.ref,
    hostFolder: folders.host.ref,
    datastoreFolder: folders.datastore.ref,
    networkFolder: folders.network.ref,
  });
  return folders;
}

/** A folder of the same kind in `parent`. Throws DuplicateName. */
export function createFolder(model: Model, parent: SimObject, name: string): SimObject {
  model.names.demandFree(parent.ref, name);
  const folder = newFolder(model, parent, name, parent.get('childType') as readonly string[]);
  model.names.claim(parent.ref, name, folder.ref);
  link(parent, 'childEntity', folder.ref);
  return folder;
}

/** The folder at a path such as `Labs/Capture`, made where it is missing. '' is `root` itself. */
export function folderAt(model: Model, root: SimObject, path: string): SimObject {
  let at = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    const known = model.names.find(at.ref, name);
    at = known === undefined ? createFolder(model, at, name) : model.world.registry.must(known);
  }
  return at;
}

function newFolder(model: Model, parent: SimObject, name: string, childType: readonly string[]): SimObject {
  return model.world.registry.create('Folder', {
    name,
    parent: parent.ref,
    childType,
    childEntity: [],
    recentTask: [],
    customValue: [],
    value: [],
    availableField: model.fields.definitions,
  });
}
