// Big inventories for benchmarks: `generate: { vms, hosts }` makes a cluster of its own with linked clones of one parent,
// all running.
import type { SimObject } from '../core/sim-object.ts';
import type { Volume } from '../disks/volume.ts';
import { talkingGuest } from '../guest/guest-info.ts';
import { ORDINARY_GUEST, newGuest } from '../guest/guest-profile.ts';
import { SnapshotTree } from '../snapshots/snapshot-tree.ts';
import { filesInfo } from '../vm/config-info.ts';
import { FIRST_NIC_KEY, PLUGGED_IN, deviceList, networkCard } from '../vm/devices.ts';
import { enroll } from '../vm/enroll.ts';
import { runtimeInfo } from '../vm/runtime-info.ts';
import { refreshStorage } from '../vm/storage-info.ts';
import { newChangeVersion } from '../vm/touch-config.ts';
import { VmHome } from '../vm/vm-home.ts';
import type { Vm } from '../vm/vm.ts';
import { buildCluster } from './build-compute.ts';
import { folderAt } from './build-folders.ts';
import type { DatacenterFolders } from './build-folders.ts';
import { buildDatastore, buildNetwork } from './build-storage.ts';
import { buildVm } from './build-vms.ts';
import type { Model } from './model-state.ts';
import type { SeedGenerate, SeedVm } from './seed.ts';

const GB = 1024 ** 3;
const CLONE_BYTES = Math.ceil(0.13 * GB);
const GUEST = { guestId: 'ubuntu64Guest', guestFullName: 'Ubuntu Linux (64-bit)' };
const MEMORY_BYTES = 256 * 1024 ** 2;

/** Adds the generated cluster, its parent "Generated Base" and the VMs "vm-00001" … to a datacenter. */
export function generateVms(model: Model, folders: DatacenterFolders, seed: SeedGenerate): void {
  const names = Array.from(
    { length: seed.hosts },
    (_unused, index) => `generated-host-${String(index + 1).padStart(3, '0')}`,
  );
  const built = buildCluster(model, folders.host, {
    name: 'Generated',
    hosts: names.map((name) => ({ name, state: 'connected', memoryBytes: 4096 * GB, cpuCores: 128 })),
    pools: [],
  });
  const hosts = [...built.hosts.values()];
  // twice what they take: there's room for as many clones again
  const capacityBytes = 2 * (20 * GB + seed.vms * (CLONE_BYTES + MEMORY_BYTES + 1024 ** 2));
  const volume = buildDatastore(model, folders, { name: 'generated', capacityBytes, hosts: names }, hosts);
  const network = buildNetwork(
    model,
    folders,
    { name: 'Generated Network', dhcp: { base: 10 * 2 ** 24, prefixLength: 8 } },
    hosts,
  );
  const folder = folderAt(model, folders.vm, 'Generated');
  const [firstHost] = hosts;
  if (firstHost === undefined) return;
  const base = buildVm(model, baseSeed(names[0] ?? ''), {
    folder,
    host: firstHost,
    pool: built.rootPool,
    volume,
    networks: [network],
  });
  model.volumes.batch(() => {
    for (let index = 0; index < seed.vms; index++) {
      const host = hosts[index % hosts.length] ?? firstHost;
      const name = `vm-${String(index + 1).padStart(5, '0')}`;
      addClone(model, base, name, { folder, host, pool: built.rootPool, volume, network });
    }
  });
}

interface Around {
  readonly folder: SimObject;
  readonly host: SimObject;
  readonly pool: SimObject;
  readonly volume: Volume;
  readonly network: SimObject;
}

function addClone(model: Model, base: Vm, name: string, around: Around): void {
  const home = VmHome.create(around.volume, name);
  const [source] = base.snapshots.current?.disks ?? [];
  if (source === undefined) throw new Error('the generated base has no disk');
  const path = home.freeDiskPath();
  const file = model.disks.createChild({ volume: around.volume, path, parent: source.file, dataBytes: CLONE_BYTES });
  model.disks.hold(file);
  home.addSwap(MEMORY_BYTES);
  const disks = [{ ...source, file }];
  const mac = model.identities.mac();
  const network = String(around.network.get('name'));
  const others = [networkCard(0, mac, { ref: around.network.ref, name: network }, PLUGGED_IN)];
  const inherited = base.object.get('config') as Readonly<Record<string, unknown>>;
  const config = {
    ...inherited,
    name,
    uuid: model.identities.uuid(),
    instanceUuid: model.identities.uuid(),
    changeVersion: newChangeVersion(model),
    files: filesInfo({ vmxPath: home.vmxPath, folderPath: home.folderPath }),
    hardware: { ...(inherited['hardware'] as object), device: deviceList({ disks, others, busSharing: 'noSharing' }) },
  };
  const properties = {
    name,
    config,
    runtime: {
      ...runtimeInfo(around.host.ref, 'connected'),
      powerState: 'poweredOn',
      bootTime: inherited['createDate'],
    },
    guest: runningGuest(model, around.network, name, mac),
    datastore: [around.volume.ref],
    network: [around.network.ref],
  };
  const object = enroll(model, around, properties);
  const vm: Vm = {
    object,
    registered: true,
    home,
    disks,
    snapshots: new SnapshotTree(),
    customization: undefined,
    firstBoot: { bytes: CLONE_BYTES, done: true },
    guest: newGuest(name),
    rollback: undefined,
  };
  model.vms.add(vm);
  refreshStorage(model, vm);
}

/** As if it had been up for long. */
function runningGuest(model: Model, network: SimObject, hostName: string, mac: string): Record<string, unknown> {
  const lease = model.dhcp.lease(network.value, mac);
  const nic = {
    key: FIRST_NIC_KEY,
    mac,
    network: String(network.get('name')),
    connected: true,
    address: lease?.address,
    prefixLength: 8,
  };
  return talkingGuest({ ...GUEST, hostName, customizationInfo: undefined }, [nic]);
}

function baseSeed(host: string): SeedVm {
  return {
    name: 'Generated Base',
    folder: 'Generated',
    cluster: 'Generated',
    host,
    pool: undefined,
    datastore: 'generated',
    networks: ['Generated Network'],
    template: false,
    behaviour: ORDINARY_GUEST,
    power: 'off',
    ...GUEST,
    cpus: 1,
    memoryBytes: MEMORY_BYTES,
    annotation: '',
    extraConfig: {},
    disks: [{ capacityBytes: 8 * GB, usedBytes: 2 * GB, thin: true, mode: 'persistent', rdm: undefined }],
    snapshots: [{ name: 'base', description: '', writtenBytes: 0, children: [] }],
    firstBootBytes: CLONE_BYTES,
    tools: true,
    busSharing: 'noSharing',
    vtpm: false,
    encrypted: false,
  };
}
