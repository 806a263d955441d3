// The files of a VM that moves to another datastore: planned, copied, swapped. Space is taken before anything changes hands.
import { copyChildMost, copyTree } from '../disks/copy.ts';
import { allocatedBytes, dataBytes } from '../disks/disk-file.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import type { StoredFile } from '../disks/stored-file.ts';
import type { Volume } from '../disks/volume.ts';
import type { Model } from '../inventory/model-state.ts';
import { publishSnapshots } from '../snapshots/publish-snapshots.ts';
import type { Snapshot } from '../snapshots/snapshot-tree.ts';
import type { RelocateSpec } from './clone/clone-arguments.ts';
import { MOVE_TYPES } from './clone/disk-plan.ts';
import { filesInfo } from './config-info.ts';
import { replaceFiles } from './refresh-devices.ts';
import { invalidArgument } from './vm-call.ts';
import { VmHome } from './vm-home.ts';
import { holdsOf, memoryBytesOf, nameOf, powerStateOf } from './vm.ts';
import type { Vm, VmDisk } from './vm.ts';

export interface DiskMove {
  readonly disk: VmDisk;
  readonly volume: Volume;
  readonly method: 'tree' | 'childMost' | 'child';
}

export interface MovePlan {
  /** Where the configuration goes; undefined: it stays. */
  readonly home: Volume | undefined;
  readonly copies: readonly DiskMove[];
  /** What the host has to see. Empty when nothing moves. */
  readonly volumes: ReadonlySet<Volume>;
  readonly copiedBytes: number;
}

interface SnapshotFiles {
  readonly data: StoredFile;
  readonly memory: StoredFile | undefined;
}

/** A new home with everything that will be in it besides the disks. */
interface PreparedHome {
  readonly home: VmHome;
  readonly snapshots: ReadonlyMap<Snapshot, SnapshotFiles>;
}

export interface PreparedMove {
  /** Undefined: the configuration stays where it is. */
  readonly home: PreparedHome | undefined;
  /** Old file → its copy. */
  readonly copies: ReadonlyMap<DiskFile, DiskFile>;
}

/** Throws InvalidArgument or ManagedObjectNotFound. */
export function planMove(model: Model, vm: Vm, spec: RelocateSpec): MovePlan {
  const target = spec.datastore === undefined ? vm.home.volume : model.volumes.of(spec.datastore);
  const copies: DiskMove[] = [];
  for (const disk of vm.disks) {
    const locator = spec.disk?.find((candidate) => candidate.diskId === disk.key);
    const moveType = locator === undefined ? spec.diskMoveType : locator.diskMoveType;
    if (moveType !== undefined && !(MOVE_TYPES as readonly string[]).includes(moveType))
      throw invalidArgument('spec.diskMoveType');
    const wanted = spec.datastore === undefined ? disk.file.file.volume : target;
    const volume = locator === undefined ? wanted : model.volumes.of(locator.datastore);
    if (volume === disk.file.file.volume && !flattens(moveType)) continue;
    copies.push({ disk, volume, method: methodOf(vm, disk, moveType) });
  }
  const stranger = spec.disk?.find((locator) => !vm.disks.some((disk) => disk.key === locator.diskId));
  if (stranger !== undefined) throw invalidArgument('spec.disk.diskId');
  const home = target === vm.home.volume ? undefined : target;
  const volumes = new Set([...(home === undefined ? [] : [home]), ...copies.map((copy) => copy.volume)]);
  return { home, copies, volumes, copiedBytes: copies.reduce((bytes, copy) => bytes + bytesOf(copy), 0) };
}

function flattens(moveType: string | undefined): boolean {
  return moveType === 'moveAllDiskBackingsAndDisallowSharing' || moveType === 'moveAllDiskBackingsAndConsolidate';
}

function methodOf(vm: Vm, disk: VmDisk, moveType: string | undefined): DiskMove['method'] {
  // With snapshots the whole tree has to come along.
  if (disk.file.parent === undefined || !vm.snapshots.isEmpty) return 'tree';
  if (moveType === 'createNewChildDiskBacking') return 'child';
  return moveType === 'moveChildMostDiskBacking' ? 'childMost' : 'tree';
}

function bytesOf({ disk, method }: DiskMove): number {
  if (method === 'tree') return allocatedBytes(disk.file);
  return method === 'child' ? 0 : dataBytes(disk.file);
}

/** Makes the copies. Throws NoDiskSpace, leaving nothing behind. */
export function prepareMove(model: Model, vm: Vm, plan: MovePlan): PreparedMove {
  const home = plan.home === undefined ? undefined : prepareHome(vm, plan.home);
  const copies = new Map<DiskFile, DiskFile>();
  try {
    for (const move of plan.copies) {
      for (const [from, to] of copyDisk(model, vm, move, home?.home ?? vm.home)) copies.set(from, to);
    }
    return { home, copies };
  } catch (error) {
    discardMove(model, { home, copies });
    throw error;
  }
}

export function discardMove(model: Model, move: PreparedMove): void {
  for (const copy of move.copies.values()) model.disks.deleteUnused(copy);
  move.home?.home.remove();
}

function copyDisk(
  model: Model,
  vm: Vm,
  { disk, volume, method }: DiskMove,
  home: VmHome,
): ReadonlyMap<DiskFile, DiskFile> {
  const target = { volume, nextPath: () => home.freeDiskPath(volume) };
  if (method === 'childMost') return new Map([[disk.file, copyChildMost(model.disks, disk.file, target)]]);
  if (method === 'child')
    return new Map([[disk.file, model.disks.createChild({ volume, path: target.nextPath(), parent: disk.file })]]);
  const points = vm.snapshots
    .all()
    .flatMap((snapshot) => snapshot.disks.filter((other) => other.key === disk.key).map((other) => other.file));
  return copyTree(model.disks, [...points, disk.file], target);
}

/** The VM uses the copies from now on; what nobody needs any more is deleted. Throws NoDiskSpace, changing nothing. */
export function applyMove(model: Model, vm: Vm, move: PreparedMove): void {
  // The guest may have suspended itself meanwhile.
  if (vm.home.isSuspended) move.home?.home.addSuspended(memoryBytesOf(vm));
  const before = holdsOf(vm).filter((file) => move.copies.has(file));
  for (const file of before) model.disks.hold(move.copies.get(file) as DiskFile);
  for (const file of before) model.disks.release(file);
  replaceFiles(vm, move.copies);
  for (const file of before) model.disks.deleteUnused(file);
  if (move.home !== undefined) changeHome(model, vm, move.home);
  publishSnapshots(model, vm);
}

/** Throws NoDiskSpace, leaving nothing behind. */
function prepareHome(vm: Vm, volume: Volume): PreparedHome {
  const home = VmHome.create(volume, nameOf(vm));
  try {
    if (powerStateOf(vm) === 'poweredOn') home.addSwap(memoryBytesOf(vm));
    if (vm.home.isSuspended) home.addSuspended(memoryBytesOf(vm));
    const snapshots = vm.snapshots.all();
    const files = snapshots.map((snapshot) => home.addSnapshotFiles(snapshot.id, snapshot.memory?.bytes ?? 0));
    return { home, snapshots: new Map(snapshots.map((snapshot, index) => [snapshot, files[index] as SnapshotFiles])) };
  } catch (error) {
    home.remove();
    throw error;
  }
}

function changeHome(model: Model, vm: Vm, { home, snapshots }: PreparedHome): void {
  for (const [snapshot, files] of snapshots) Object.assign(snapshot, files);
  // The guest may have shut itself down meanwhile.
  if (powerStateOf(vm) !== 'poweredOn') home.removeSwap();
  if (!vm.home.isSuspended) home.removeSuspended();
  vm.home.remove();
  vm.home = home;
  vm.object.setMany({
    'config.files': filesInfo({ vmxPath: home.vmxPath, folderPath: home.folderPath }),
    'config.datastoreUrl': [model.volumes.urlOf(home.volume)],
  });
}
