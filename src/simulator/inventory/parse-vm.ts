// The part of an inventory file that describes a virtual machine: a parent of clones, mostly.
import { ORDINARY_GUEST } from '../guest/guest-profile.ts';
import type { GuestBehaviour } from '../guest/guest-profile.ts';
import type { Section } from './section.ts';
import type { SeedCluster, SeedDatastore, SeedDisk, SeedNetwork, SeedSnapshot, SeedVm } from './seed.ts';

/** What was read before the VMs: what they name must be in here. */
export interface AroundVms {
  readonly clusters: readonly SeedCluster[];
  readonly datastores: readonly SeedDatastore[];
  readonly networks: readonly SeedNetwork[];
}

const DISK_MODES = [
  'persistent',
  'nonpersistent',
  'independent_persistent',
  'independent_nonpersistent',
  'append',
  'undoable',
] as const;
/** vSphere's limit on snapshots below each other. */
const MAX_SNAPSHOT_LEVELS = 31;

/** Throws InventoryError. */
export function parseVm(item: Section, around: AroundVms): SeedVm {
  const name = item.string('name');
  if (name.length > 80) throw item.error('name', 'must have at most 80 characters');
  const { cluster, host } = place(item, around);
  const pool = item.optionalString('pool');
  const template = item.boolean('template', false);
  const power = item.oneOf('power', ['on', 'off'] as const, 'off');
  if (template && power === 'on') throw item.error('power', 'must be off for a template');
  if (pool !== undefined && !cluster.pools.includes(pool)) throw unknown(item, 'pool', pool, cluster.pools);
  const guest = item.section('guest');
  const vm: SeedVm = {
    name,
    folder: item.string('folder', ''),
    cluster: cluster.name,
    host,
    pool,
    datastore: datastoreOf(item, host, around),
    networks: item.has('networks')
      ? networksOf(item, around)
      : around.networks.slice(0, 1).map((network) => network.name),
    template,
    power,
    guestId: guest.string('id', 'otherGuest'),
    guestFullName: guest.string('fullName', 'Other (32-bit)'),
    cpus: item.integer('cpus', 1, 1),
    memoryBytes: item.bytes('memory', 512 * 1024 ** 2),
    annotation: item.optionalString('annotation') ?? '',
    extraConfig: item.record('extraConfig'),
    disks: item.list('disks', parseDisk),
    snapshots: item.list('snapshots', (snapshot) => parseSnapshot(snapshot, 1)),
    firstBootBytes: item.bytes('firstBootBytes', 0),
    tools: guest.boolean('tools', true),
    behaviour: parseBehaviour(guest, item.section('writes')),
    busSharing: item.oneOf('busSharing', ['noSharing', 'virtualSharing', 'physicalSharing'] as const, 'noSharing'),
    vtpm: item.boolean('vtpm', false),
    encrypted: item.boolean('encrypted', false),
  };
  guest.done();
  item.done();
  return vm;
}

/** The guest's own habits; clones have the same. */
function parseBehaviour(guest: Section, writes: Section): GuestBehaviour {
  const behaviour = {
    writesPerHour: writes.bytes('perHour', 0),
    shutdown: guest.oneOf('shutdown', ['obeyed', 'ignored'] as const, ORDINARY_GUEST.shutdown),
    ip: guest.boolean('ip', ORDINARY_GUEST.ip),
  };
  writes.done();
  return behaviour;
}

function place(item: Section, around: AroundVms): { cluster: SeedCluster; host: string } {
  const wanted = item.optionalString('host');
  const hosts = around.clusters.flatMap((cluster) => cluster.hosts.map((host) => ({ cluster, host: host.name })));
  const found = wanted === undefined ? hosts[0] : hosts.find((candidate) => candidate.host === wanted);
  if (found !== undefined) return found;
  if (wanted === undefined) throw item.error('', 'needs a cluster with a host to be placed on');
  throw unknown(
    item,
    'host',
    wanted,
    hosts.map((candidate) => candidate.host),
  );
}

function datastoreOf(item: Section, host: string, around: AroundVms): string {
  const visible = around.datastores
    .filter((datastore) => datastore.hosts.includes(host))
    .map((datastore) => datastore.name);
  const [first] = visible;
  if (first === undefined) throw item.error('', `needs a datastore that host ${host} sees`);
  const wanted = item.string('datastore', first);
  if (!visible.includes(wanted)) throw unknown(item, 'datastore', wanted, visible);
  return wanted;
}

function networksOf(item: Section, around: AroundVms): readonly string[] {
  const known = around.networks.map((network) => network.name);
  const wanted = item.strings('networks');
  const stranger = wanted.find((network) => !known.includes(network));
  if (stranger !== undefined) throw unknown(item, 'networks', stranger, known);
  return wanted;
}

function parseDisk(item: Section): SeedDisk {
  const capacityBytes = item.bytes('capacity');
  const usedBytes = item.bytes('used', 0);
  if (capacityBytes < 1024) throw item.error('capacity', 'must be at least 1 KB');
  if (usedBytes > capacityBytes) throw item.error('used', 'must not be more than the capacity');
  const rdm = item.has('rdm') ? item.oneOf('rdm', ['physical', 'virtual'] as const, 'virtual') : undefined;
  const disk: SeedDisk = {
    capacityBytes,
    usedBytes,
    thin: item.boolean('thin', true),
    mode: item.oneOf('mode', DISK_MODES, 'persistent'),
    rdm: rdm === undefined ? undefined : `${rdm}Mode`,
  };
  item.done();
  return disk;
}

function parseSnapshot(item: Section, level: number): SeedSnapshot {
  if (level > MAX_SNAPSHOT_LEVELS)
    throw item.error('', `is more than ${MAX_SNAPSHOT_LEVELS} levels deep, which vSphere doesn't allow`);
  const snapshot: SeedSnapshot = {
    name: item.string('name'),
    description: item.optionalString('description') ?? '',
    writtenBytes: item.bytes('written', 0),
    children: item.list('children', (child) => parseSnapshot(child, level + 1)),
  };
  item.done();
  return snapshot;
}

function unknown(item: Section, field: string, wanted: string, known: readonly string[]): Error {
  return item.error(
    field,
    `names "${wanted}", which isn't there; there are: ${known.length === 0 ? 'none' : known.join(', ')}`,
  );
}
