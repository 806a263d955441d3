// The VMs of an inventory file: disks, snapshots, and running guests where it says so.
import type { SimObject } from '../core/sim-object.ts';
import { powerOnNow, reserveForPowerOn } from '../guest/power-state.ts';
import { silentGuest } from '../guest/guest-info.ts';
import { newGuest } from '../guest/guest-profile.ts';
import { createSnapshot } from '../snapshots/create-snapshot.ts';
import { SnapshotTree } from '../snapshots/snapshot-tree.ts';
import type { Snapshot } from '../snapshots/snapshot-tree.ts';
import { configInfo } from '../vm/config-info.ts';
import { FIRST_DISK_KEY, RESERVED_UNIT, SCSI_KEY, VIRTUAL_TPM, deviceList, networkCard } from '../vm/devices.ts';
import type { Device } from '../vm/devices.ts';
import { enroll } from '../vm/enroll.ts';
import { connectionStateOn } from '../vm/host-placement.ts';
import { networkRefs } from '../vm/network-refs.ts';
import { runtimeInfo } from '../vm/runtime-info.ts';
import { refreshStorage } from '../vm/storage-info.ts';
import { newChangeVersion } from '../vm/touch-config.ts';
import { VmHome } from '../vm/vm-home.ts';
import type { Vm, VmDisk } from '../vm/vm.ts';
import type { Volume } from '../disks/volume.ts';
import type { Model } from './model-state.ts';
import type { SeedDisk, SeedSnapshot, SeedVm } from './seed.ts';

/** What the names in a SeedVm stand for. */
export interface VmSurroundings {
  readonly folder: SimObject;
  readonly host: SimObject;
  readonly pool: SimObject;
  readonly volume: Volume;
  readonly networks: readonly SimObject[];
}

const SYSTEM = { user: 'System' };
/** Snapshots of an inventory file were taken before the vCenter started, a minute after each other. */
const SNAPSHOT_AGE_MS = 24 * 3_600_000;
const BETWEEN_SNAPSHOTS_MS = 60_000;

/** Throws NoDiskSpace when the datastore is too small. */
export function buildVm(model: Model, seed: SeedVm, around: VmSurroundings): Vm {
  const home = VmHome.create(around.volume, seed.name);
  const disks = seed.disks.map((disk, index) => buildDisk(model, home, disk, index));
  const others: readonly Device[] = [
    ...around.networks.map((network, index) =>
      networkCard(index, model.identities.mac(), { ref: network.ref, name: String(network.get('name')) }),
    ),
    ...(seed.vtpm ? [VIRTUAL_TPM] : []),
  ];
  const now = new Date(model.world.clock.now()).toISOString();
  const config = configInfo({
    name: seed.name,
    uuid: model.identities.uuid(),
    instanceUuid: model.identities.uuid(),
    template: seed.template,
    guestId: seed.guestId,
    guestFullName: seed.guestFullName,
    annotation: seed.annotation,
    vmxPath: home.vmxPath,
    folderPath: home.folderPath,
    datastore: model.volumes.urlOf(around.volume),
    cpus: seed.cpus,
    memoryMb: Math.ceil(seed.memoryBytes / 1024 ** 2),
    devices: deviceList({ disks, others, busSharing: seed.busSharing }),
    extraConfig: Object.entries({ nvram: `${home.stem}.nvram`, ...seed.extraConfig }).map(([key, value]) => ({
      key,
      value,
    })),
    encrypted: seed.encrypted,
    createDate: now,
    changeVersion: newChangeVersion(model),
  });
  const object = enroll(
    model,
    { folder: around.folder, host: around.host, pool: seed.template ? undefined : around.pool },
    {
      name: seed.name,
      config,
      runtime: runtimeInfo(around.host.ref, connectionStateOn(around.host)),
      guest: silentGuest(seed.tools, false, undefined),
      datastore: [around.volume.ref],
      network: networkRefs(others),
    },
  );
  const vm: Vm = {
    object,
    registered: true,
    home,
    disks,
    snapshots: new SnapshotTree(),
    customization: undefined,
    // The parent's own first boot is over: what it wrote is in its used bytes.
    firstBoot: { bytes: seed.firstBootBytes, done: true },
    guest: newGuest(hostNameOf(seed.name), seed.tools, seed.behaviour),
    rollback: undefined,
  };
  model.vms.add(vm);
  const snapshots = countSnapshots(seed.snapshots);
  buildSnapshots(model, vm, seed.snapshots, undefined, { left: snapshots });
  if (seed.power === 'on') {
    reserveForPowerOn(vm);
    powerOnNow(model, vm, SYSTEM);
  }
  refreshStorage(model, vm);
  return vm;
}

function buildDisk(model: Model, home: VmHome, seed: SeedDisk, index: number): VmDisk {
  const unitNumber = index < RESERVED_UNIT ? index : index + 1;
  const file = model.disks.createBase({
    volume: home.volume,
    path: home.freeDiskPath(),
    capacityBytes: seed.capacityBytes,
    // A LUN's contents aren't on the datastore.
    dataBytes: seed.rdm === undefined ? seed.usedBytes : 0,
    thin: seed.thin || seed.rdm !== undefined,
  });
  model.disks.hold(file);
  return {
    key: FIRST_DISK_KEY + unitNumber,
    controllerKey: SCSI_KEY,
    unitNumber,
    label: `Hard disk ${index + 1}`,
    mode: seed.mode,
    rdm: seed.rdm,
    file,
  };
}

/** Depth first; each branch starts from its parent's state. The last one taken is the current one. */
function buildSnapshots(
  model: Model,
  vm: Vm,
  seeds: readonly SeedSnapshot[],
  parent: Snapshot | undefined,
  count: { left: number },
): void {
  for (const [index, seed] of seeds.entries()) {
    if (index > 0) branchOff(model, vm, parent);
    for (const disk of vm.disks)
      if (seed.writtenBytes > 0 && disk.rdm === undefined) model.disks.write(disk.file, seed.writtenBytes);
    const at = model.world.clock.now() - SNAPSHOT_AGE_MS - count.left * BETWEEN_SNAPSHOTS_MS;
    count.left -= 1;
    const snapshot = createSnapshot(
      model,
      vm,
      { name: seed.name, description: seed.description, memory: false, quiesced: false },
      at,
    );
    buildSnapshots(model, vm, seed.children, snapshot, count);
  }
}

/** The VM's state goes back to `parent`, as a revert does; siblings of a root start from the first root's own base. */
function branchOff(model: Model, vm: Vm, parent: Snapshot | undefined): void {
  const from = parent?.disks ?? vm.snapshots.roots[0]?.disks ?? [];
  vm.disks = vm.disks.map((disk) => {
    const source = from.find((candidate) => candidate.key === disk.key);
    if (source === undefined) return disk;
    const file = model.disks.createChild({
      volume: vm.home.volume,
      path: vm.home.freeDeltaPath(source.file),
      parent: source.file,
      uuid: source.file.uuid,
    });
    model.disks.hold(file);
    model.disks.release(disk.file);
    model.disks.deleteUnused(disk.file);
    return { ...disk, file };
  });
  vm.snapshots.moveTo(parent);
}

function countSnapshots(seeds: readonly SeedSnapshot[]): number {
  return seeds.reduce((count, seed) => count + 1 + countSnapshots(seed.children), 0);
}

/** A VM's name as a host name. */
function hostNameOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 63);
}
