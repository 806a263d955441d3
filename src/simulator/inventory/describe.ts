// GET /v1/inventory: what the model knows to be true, for tests that compare it with what clients believe.
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';
import { chainOf } from '../disks/disk-file.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import type { StoredFile } from '../disks/stored-file.ts';
import { usageOf } from '../disks/usage.ts';
import { cardsOf } from '../guest/guest-network.ts';
import { extraConfigValue } from '../vm/config-info.ts';
import type { OptionValue } from '../vm/config-info.ts';
import { isTemplate, nameOf, powerStateOf } from '../vm/vm.ts';
import type { Vm, VmDisk } from '../vm/vm.ts';
import { refAt } from './links.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';

const OWNER_KEY = 'linkedclone.dev/owner';

export interface InventoryDescription {
  readonly vms: readonly VmDescription[];
  readonly datastores: readonly DatastoreDescription[];
  readonly snapshots: readonly SnapshotDescription[];
}

export interface VmDescription {
  readonly moRef: string;
  readonly name: string;
  readonly instanceUuid: string;
  readonly biosUuid: string;
  /** Inventory path, such as `/Lab/vm/Labs`. */
  readonly folder: string;
  readonly host: string;
  readonly resourcePool: string | null;
  readonly power: string;
  readonly template: boolean;
  /** Value of extraConfig `linkedclone.dev/owner`: parsed when it is JSON, else as it is; null without one. */
  readonly marker: unknown;
  readonly macAddresses: readonly string[];
  readonly ipAddress: string | null;
  readonly hostName: string | null;
  readonly customization: string | null;
  readonly disks: readonly DiskDescription[];
  readonly committedBytes: number;
  readonly unsharedBytes: number;
}

export interface DiskDescription {
  readonly key: number;
  readonly label: string;
  readonly mode: string;
  readonly capacityBytes: number;
  /** The file that the guest writes to first, the base last. */
  readonly chain: readonly FileDescription[];
}

export interface FileDescription {
  readonly file: string;
  readonly ownBytes: number;
  /** What it may grow to: the size that the guest sees. */
  readonly provisionedBytes: number;
  readonly capacityBytes: number;
  /** Changes whenever the contents do. */
  readonly contentId: string;
  /** The file that this one is built on; null for a base. */
  readonly parent: string | null;
  /** Current disks and snapshots of registered VMs that need the file. */
  readonly uses: number;
  /** True for a file that is gone: such a disk can't be opened. */
  readonly missing: boolean;
}

export interface DatastoreDescription {
  readonly moRef: string;
  readonly name: string;
  readonly capacityBytes: number;
  readonly freeBytes: number;
  readonly files: readonly StoredFileDescription[];
}

/** Any file of a datastore; what is only known of disks is left out for the others. */
export interface StoredFileDescription {
  readonly file: string;
  readonly bytes: number;
  readonly provisionedBytes?: number;
  readonly contentId?: string;
  readonly parent?: string | null;
}

export interface SnapshotDescription {
  readonly moRef: string;
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly createTime: string;
  /** MoRef value of its VM. */
  readonly vm: string;
  readonly parent: string | null;
  readonly current: boolean;
}

/** Everything registered, and every file on every datastore. */
export function describeInventory(world: World): InventoryDescription {
  const model = modelOf(world);
  const vms = [...model.vms.all];
  return {
    vms: vms.map((vm) => describeVm(model, vm)),
    datastores: [...model.volumes.all].map((volume) => ({
      moRef: volume.ref.value,
      name: volume.name,
      capacityBytes: volume.capacityBytes,
      freeBytes: volume.freeBytes,
      files: [...volume.files].map((file) => describeStored(model, file)),
    })),
    snapshots: vms.flatMap(describeSnapshots),
  };
}

function describeVm(model: Model, vm: Vm): VmDescription {
  const { object } = vm;
  const { registry } = model.world;
  const snapshots = vm.snapshots.all().flatMap((snapshot) => snapshot.disks.map((disk) => disk.file));
  const usage = [...usageOf({ plain: vm.home.files, current: vm.disks.map((disk) => disk.file), snapshots }).values()];
  return {
    moRef: object.value,
    name: nameOf(vm),
    instanceUuid: String(object.get('config.instanceUuid')),
    biosUuid: String(object.get('config.uuid')),
    folder: pathOf(model, registry.must(refAt(object, 'parent'))),
    host: String(registry.must(refAt(object, 'runtime.host')).get('name')),
    resourcePool: textAt(object, 'resourcePool.value'),
    power: powerStateOf(vm),
    template: isTemplate(vm),
    marker: markerOf(object.get('config.extraConfig') as readonly OptionValue[]),
    macAddresses: cardsOf(vm).map((card) => String(card['macAddress'])),
    ipAddress: textAt(object, 'guest.ipAddress'),
    hostName: textAt(object, 'guest.hostName'),
    customization: textAt(object, 'guest.customizationInfo.customizationStatus'),
    disks: vm.disks.map(describeDisk),
    committedBytes: usage.reduce((bytes, { committed }) => bytes + committed, 0),
    unsharedBytes: usage.reduce((bytes, { unshared }) => bytes + unshared, 0),
  };
}

function describeDisk(disk: VmDisk): DiskDescription {
  return {
    key: disk.key,
    label: disk.label,
    mode: disk.mode,
    capacityBytes: disk.file.capacityBytes,
    chain: [...chainOf(disk.file)].map(describeFile),
  };
}

function describeFile(file: DiskFile): FileDescription {
  return {
    file: file.file.path,
    ownBytes: file.file.bytes,
    provisionedBytes: file.capacityBytes,
    capacityBytes: file.capacityBytes,
    contentId: file.contentId,
    parent: file.parent?.file.path ?? null,
    uses: file.uses,
    missing: file.deleted,
  };
}

function describeStored(model: Model, file: StoredFile): StoredFileDescription {
  const disk = model.disks.of(file);
  if (disk === undefined) return { file: file.path, bytes: file.bytes };
  return {
    file: file.path,
    bytes: file.bytes,
    provisionedBytes: disk.capacityBytes,
    contentId: disk.contentId,
    parent: disk.parent?.file.path ?? null,
  };
}

function describeSnapshots(vm: Vm): readonly SnapshotDescription[] {
  return vm.snapshots.all().map((snapshot) => ({
    moRef: snapshot.object.value,
    id: snapshot.id,
    name: snapshot.name,
    description: snapshot.description,
    createTime: snapshot.createTime,
    vm: vm.object.value,
    parent: snapshot.parent?.object.value ?? null,
    current: vm.snapshots.current === snapshot,
  }));
}

function markerOf(options: readonly OptionValue[]): unknown {
  const raw = extraConfigValue(options, OWNER_KEY);
  if (raw === undefined) return null;
  try {
    return JSON.parse(raw);
  } catch (error) {
    if (error instanceof SyntaxError) return raw;
    throw error;
  }
}

function textAt(object: SimObject, path: string): string | null {
  const value = object.get(path);
  return typeof value === 'string' ? value : null;
}

/** `/datacenter/vm/folder`; the root folder isn't named. */
function pathOf(model: Model, object: SimObject): string {
  const parent = object.get('parent') as SimObject['ref'] | undefined;
  if (parent === undefined) return '';
  return `${pathOf(model, model.world.registry.must(parent))}/${String(object.get('name'))}`;
}
