// An inventory file (YAML) → Seed. Fills in every default and checks that what is named exists, so that building the
// model can't fail halfway.
import { FAILURE_KINDS } from '../customization/pending-customization.ts';
import { parseSubnet } from './ipv4.ts';
import { parseAccess } from './parse-access.ts';
import { parseTiming } from './parse-timing.ts';
import { parseVm } from './parse-vm.ts';
import { Section } from './section.ts';
import type {
  Seed,
  SeedCluster,
  SeedCustomizationSpec,
  SeedDatastore,
  SeedHost,
  SeedHostName,
  SeedNetwork,
} from './seed.ts';
import { MOST_HOSTS, MOST_VMS } from './seed.ts';

/** vCenter's own default for refreshing storage figures. */
const DEFAULT_STORAGE_REFRESH_SECONDS = 1800;

/** Throws InventoryError, which names line and field. */
export function parseInventory(text: string): Seed {
  const root = Section.parse(text);
  const datacenter = root.string('datacenter', 'Datacenter');
  const access = parseAccess(root);
  const clusters = root.has('clusters') ? root.list('clusters', parseCluster) : [];
  const hosts = unique(
    root,
    'clusters',
    clusters.flatMap((cluster) => cluster.hosts.map((host) => host.name)),
  );
  const datastores = root.list('datastores', (item) => parseDatastore(item, hosts));
  unique(
    root,
    'datastores',
    datastores.map((datastore) => datastore.name),
  );
  const networks = root.list('networks', parseNetwork);
  unique(
    root,
    'networks',
    networks.map((network) => network.name),
  );
  const around = { clusters, datastores, networks };
  const vms = root.list('vms', (item) => parseVm(item, around));
  unique(
    root,
    'vms',
    vms.map((vm) => `${vm.folder}/${vm.name}`),
  );
  const specs = root.list('customizationSpecs', parseSpec);
  unique(
    root,
    'customizationSpecs',
    specs.map((spec) => spec.name),
  );
  const seed: Seed = {
    datacenter,
    ...access,
    clusters,
    datastores,
    networks,
    folders: root.strings('folders'),
    vms,
    customizationSpecs: specs,
    customFields: unique(root, 'customFields', root.strings('customFields')),
    timing: parseTiming(root),
    limits: parseLimits(root.section('limits')),
    storageRefreshMs: root.number('storageRefreshSeconds', DEFAULT_STORAGE_REFRESH_SECONDS, 1) * 1000,
    generate: root.has('generate') ? parseGenerate(root.section('generate')) : undefined,
  };
  root.done();
  return seed;
}

/** The names, which must differ whatever their case: two that don't couldn't be told apart in an inventory path. */
function unique(section: Section, field: string, names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name.toLowerCase())) throw section.error(field, `names "${name}" twice`);
    seen.add(name.toLowerCase());
  }
  return names;
}

function parseCluster(item: Section): SeedCluster {
  const hosts = item.mixed('hosts', (name) => ({ ...DEFAULT_HOST, name }), parseHost);
  if (hosts.length === 0) throw item.error('hosts', 'needs at least one host');
  const cluster = { name: item.string('name'), hosts, pools: unique(item, 'pools', item.strings('pools')) };
  item.done();
  return cluster;
}

const DEFAULT_HOST: Omit<SeedHost, 'name'> = { state: 'connected', memoryBytes: 256 * 1024 ** 3, cpuCores: 32 };

function parseHost(item: Section): SeedHost {
  const host = {
    name: item.string('name'),
    state: item.oneOf('state', ['connected', 'disconnected', 'maintenance'] as const, DEFAULT_HOST.state),
    memoryBytes: item.bytes('memory', DEFAULT_HOST.memoryBytes),
    cpuCores: item.integer('cpuCores', DEFAULT_HOST.cpuCores, 1),
  };
  item.done();
  return host;
}

function parseDatastore(item: Section, hosts: readonly string[]): SeedDatastore {
  const seenBy = item.strings('hosts', hosts);
  const stranger = seenBy.find((host) => !hosts.includes(host));
  if (stranger !== undefined)
    throw item.error('hosts', `names "${stranger}", which is no host of a cluster; there are: ${hosts.join(', ')}`);
  const datastore = { name: item.string('name'), capacityBytes: item.bytes('capacity'), hosts: seenBy };
  item.done();
  return datastore;
}

function parseNetwork(item: Section): SeedNetwork {
  const text = item.optionalString('dhcp');
  const dhcp = text === undefined ? undefined : parseSubnet(text);
  if (text !== undefined && dhcp === undefined)
    throw item.error('dhcp', `must be an IPv4 subnet such as 10.20.0.0/16, not "${text}"`);
  const network = { name: item.string('name'), dhcp };
  item.done();
  return network;
}

function parseSpec(item: Section): SeedCustomizationSpec {
  const fail = item.has('fail') ? item.string('fail') : 'false';
  const reason = fail === 'true' ? 'The customization script in the guest ended with an error' : fail;
  const spec = {
    name: item.string('name'),
    description: item.string('description', `Customization specification ${item.string('name')}`),
    os: item.oneOf('os', ['Windows', 'Linux'] as const, 'Linux'),
    hostName: parseHostName(item),
    nics: item.integer('nics', 1),
    failure: fail === 'false' ? undefined : { reason, kind: item.oneOf('failAs', FAILURE_KINDS, 'unknown') },
  };
  if (fail === 'false' && item.has('failAs')) throw item.error('failAs', 'needs a `fail`');
  item.done();
  return spec;
}

function parseHostName(item: Section): SeedHostName {
  const text = item.string('hostName', 'vmName');
  if (text === 'vmName') return { kind: 'vmName' };
  const match = /^(fixed|prefix):(.+)$/.exec(text);
  if (match === null)
    throw item.error('hostName', `must be vmName, fixed:<name> or prefix:<start of the name>, not "${text}"`);
  return { kind: match[1] as 'fixed' | 'prefix', text: match[2] as string };
}

function parseLimits(section: Section): Seed['limits'] {
  const limits = {
    unitsPerHost: section.integer('unitsPerHost', 16, 8),
    unitsPerDatastore: section.integer('unitsPerDatastore', 128, 16),
    tasks: section.integer('tasks', 640, 1),
    sessions: section.has('sessions') ? section.integer('sessions', 0, 1) : undefined,
  };
  section.done();
  return limits;
}

function parseGenerate(section: Section): NonNullable<Seed['generate']> {
  const generate = { vms: section.integer('vms', 0), hosts: section.integer('hosts', 1, 1) };
  if (generate.vms > MOST_VMS) throw section.error('vms', `must be ${MOST_VMS} at most`);
  if (generate.hosts > MOST_HOSTS) throw section.error('hosts', `must be ${MOST_HOSTS} at most`);
  section.done();
  return generate;
}
