// VirtualDiskManager: virtual disks as files, without a machine. What a machine in the inventory needs is locked for all that
// changes it. A copy is one file with all the blocks of the chain, as on ESXi.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import type { TaskKindName } from '../tasks/task-kinds.ts';
import { invalidArgument, notSupported, originOf } from '../vm/vm-call.ts';
import { copyFlat } from './copy.ts';
import { allocatedBytes, missingLink } from './disk-file.ts';
import type { DiskFile } from './disk-file.ts';
import { fileNotFound } from './disk-store.ts';
import { copyEntry, deleteEntry, demandTarget, demandUnused } from './file-tree.ts';
import type { Entry } from './file-tree.ts';
import { folderOf } from './stored-file.ts';

type Args = Readonly<Record<string, unknown>>;

export const virtualDiskMethods: MethodTable = {
  VirtualDiskManager: {
    CreateVirtualDisk_Task: createTask,
    CopyVirtualDisk_Task: copyTask,
    MoveVirtualDisk_Task: moveTask,
    DeleteVirtualDisk_Task: (context, args) =>
      diskTask(context, args, 'deleteDisk', (model, disk, entry) => {
        demandUnused(model, [disk.file], 'registered');
        deleteEntry(model, entry, [disk.file]);
      }),
    ExtendVirtualDisk_Task: (context, args) =>
      diskTask(context, args, 'extendDisk', (model, disk) => {
        demandUnused(model, [disk.file], 'registered');
        const capacityBytes = Number(args['newCapacityKb']) * 1024;
        if (capacityBytes < disk.capacityBytes) throw invalidArgument('newCapacityKb');
        model.disks.expand(disk, capacityBytes, 0);
        if (args['eagerZero'] === true) model.disks.fill(disk);
      }),
    InflateVirtualDisk_Task: (context, args) => fillTask(context, args, 'inflateDisk'),
    EagerZeroVirtualDisk_Task: (context, args) => fillTask(context, args, 'eagerZeroDisk'),
    ZeroFillVirtualDisk_Task: (context, args) => fillTask(context, args, 'zeroFillDisk'),
    // Blocks that a guest freed aren't modelled: there is nothing to give back and nothing to put in order.
    ShrinkVirtualDisk_Task: (context, args) => diskTask(context, args, 'shrinkDisk', () => undefined),
    DefragmentVirtualDisk_Task: (context, args) => diskTask(context, args, 'defragmentDisk', () => undefined),
    QueryVirtualDiskUuid: (context, args) => spelled(diskAt(modelOf(context.world), args['name']).disk.uuid),
    SetVirtualDiskUuid(context, args) {
      const model = modelOf(context.world);
      const { disk } = diskAt(model, args['name']);
      const digits = String(args['uuid']).replaceAll(/[^0-9a-f]/gi, '');
      if (digits.length !== 32) throw invalidArgument('uuid');
      demandUnused(model, [disk.file], 'registered');
      model.disks.identify(disk, dashed(digits));
    },
  },
};

/** Throws FileNotFound for what is no virtual disk, InvalidDatastore or InvalidDatastorePath. */
function diskAt(model: Model, name: unknown): { readonly disk: DiskFile; readonly entry: Entry } {
  const entry = model.volumes.ofPath(String(name));
  const path = entry.volume.pathOf(entry.inner);
  const file = entry.volume.get(path);
  const disk = file === undefined ? undefined : model.disks.of(file);
  if (disk === undefined) throw fileNotFound(path);
  return { disk, entry };
}

function diskTask(
  context: CallContext,
  args: Args,
  kind: TaskKindName,
  change: (model: Model, disk: DiskFile, entry: Entry) => void,
): MoRef {
  const model = modelOf(context.world);
  const { volume } = model.volumes.ofPath(String(args['name']));
  return model.tasks.start(
    {
      kind,
      entity: model.world.registry.must(volume.ref),
      finish() {
        const { disk, entry } = diskAt(model, args['name']);
        change(model, disk, entry);
      },
    },
    originOf(context),
  );
}

/** Every block of the disk is allocated from then on. */
function fillTask(context: CallContext, args: Args, kind: TaskKindName): MoRef {
  return diskTask(context, args, kind, (model, disk) => {
    demandUnused(model, [disk.file], 'registered');
    if (disk.parent !== undefined) throw notSupported('a disk with a parent stays thin');
    model.disks.fill(disk);
  });
}

interface DiskSpec {
  readonly $type?: string;
  readonly diskType: string;
  readonly capacityKb?: number;
}

/** The result is the path. */
function createTask(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const spec = args['spec'] as DiskSpec;
  const { volume, inner } = model.volumes.ofPath(String(args['name']));
  const path = volume.pathOf(inner);
  demandDiskName(path, 'name');
  if (spec.capacityKb === undefined) throw notSupported('only disks in files are made');
  if (spec.capacityKb <= 0) throw invalidArgument('spec.capacityKb');
  const capacityBytes = spec.capacityKb * 1024;
  return model.tasks.start(
    {
      kind: 'createDisk',
      entity: model.world.registry.must(volume.ref),
      finish() {
        if (!volume.hasFolder(folderOf(path))) throw fileNotFound(volume.pathOf(folderOf(path)));
        model.disks.createBase({ volume, path, capacityBytes, dataBytes: 0, thin: spec.diskType === 'thin' });
        return path;
      },
    },
    originOf(context),
  );
}

function copyTask(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const { disk, entry } = diskAt(model, args['sourceName']);
  const target = model.volumes.ofPath(String(args['destName']));
  const path = target.volume.pathOf(target.inner);
  demandDiskName(path, 'destName');
  const wanted = (args['destSpec'] as DiskSpec | undefined)?.diskType;
  return model.tasks.start(
    {
      kind: 'copyDisk',
      entity: model.world.registry.must(entry.volume.ref),
      copiedBytes: () => allocatedBytes(disk),
      finish() {
        const hole = missingLink(disk);
        if (hole !== undefined) throw fileNotFound(hole.file.path);
        demandTarget(model, entry, target, args['force'] === true);
        const copy = copyFlat(model.disks, disk, { volume: target.volume, nextPath: () => path });
        if (wanted !== undefined && wanted !== 'thin') model.disks.fill(copy);
      },
    },
    originOf(context),
  );
}

function moveTask(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const { disk, entry } = diskAt(model, args['sourceName']);
  const target = model.volumes.ofPath(String(args['destName']));
  demandDiskName(target.volume.pathOf(target.inner), 'destName');
  return model.tasks.start(
    {
      kind: 'moveDisk',
      entity: model.world.registry.must(entry.volume.ref),
      begin: () => demandUnused(model, [disk.file], 'any'),
      copiedBytes: () => (entry.volume === target.volume ? 0 : disk.file.bytes),
      finish() {
        demandUnused(model, [disk.file], 'any');
        demandTarget(model, entry, target, args['force'] === true);
        copyEntry(model, entry, target, [disk.file]);
        deleteEntry(model, entry, [disk.file]);
      },
    },
    originOf(context),
  );
}

function demandDiskName(path: string, property: string): void {
  if (!path.endsWith('.vmdk')) throw invalidArgument(property);
}

/** `60 00 C2 9f 4b a1 … 0c-5e …`, as a descriptor has it. */
function spelled(uuid: string): string {
  const pairs = uuid.replaceAll('-', '').match(/../g) ?? [];
  return `${pairs.slice(0, 8).join(' ')}-${pairs.slice(8).join(' ')}`;
}

function dashed(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
