// How vCenter names new objects: a prefix that depends on the type (for folders, on what they hold) and one counter.

const PREFIXES: Readonly<Record<string, string>> = {
  Datacenter: 'datacenter-',
  ClusterComputeResource: 'domain-c',
  ComputeResource: 'domain-s',
  ResourcePool: 'resgroup-',
  VirtualApp: 'resgroup-v',
  HostSystem: 'host-',
  Datastore: 'datastore-',
  Network: 'network-',
  DistributedVirtualPortgroup: 'dvportgroup-',
  DistributedVirtualSwitch: 'dvs-',
  VirtualMachine: 'vm-',
  VirtualMachineSnapshot: 'snapshot-',
  Task: 'task-',
  EnvironmentBrowser: 'envbrowser-',
  HostDatastoreBrowser: 'datastoreBrowser-',
};

const FOLDER_LETTERS: Readonly<Record<string, string>> = {
  Datacenter: 'd',
  VirtualMachine: 'v',
  ComputeResource: 'h',
  Datastore: 's',
  Network: 'n',
};

/** Everything of a new object's MoRef value before the number: `vm-`, `group-v`. */
export function moRefPrefix(type: string, properties: Readonly<Record<string, unknown>>): string {
  if (type === 'Folder') return `group-${folderLetter(properties['childType'])}`;
  return Object.hasOwn(PREFIXES, type)
    ? (PREFIXES[type] as string)
    : `${type.slice(0, 1).toLowerCase()}${type.slice(1)}-`;
}

function folderLetter(childType: unknown): string {
  const types: readonly unknown[] = Array.isArray(childType) ? childType : [];
  const known = types.find((type) => typeof type === 'string' && Object.hasOwn(FOLDER_LETTERS, type));
  return typeof known === 'string' ? (FOLDER_LETTERS[known] as string) : 'f';
}
