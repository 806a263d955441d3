// FileManager: making folders, and moving, copying and deleting what is on a datastore. Files of a VM in the inventory are
// locked, whether it runs or not; those of an unregistered VM can be deleted, and the VM with them.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import { originOf } from '../vm/vm-call.ts';
import { copyEntry, deleteEntry, demandTarget, demandUnused, filesOf } from './file-tree.ts';
import type { Entry } from './file-tree.ts';
import { fileNotFound } from './disk-store.ts';
import { folderOf } from './stored-file.ts';

type Args = Readonly<Record<string, unknown>>;

export const fileMethods: MethodTable = {
  FileManager: {
    MakeDirectory: makeDirectory,
    DeleteDatastoreFile_Task: deleteTask,
    CopyDatastoreFile_Task: (context, args) => transferTask(context, args, 'copyFile'),
    MoveDatastoreFile_Task: (context, args) => transferTask(context, args, 'moveFile'),
  },
};

/** The place that a path names. Throws InvalidDatastore or InvalidDatastorePath. */
function entryAt(model: Model, path: unknown): Entry {
  return model.volumes.ofPath(String(path));
}

function makeDirectory(context: CallContext, args: Args): void {
  const model = modelOf(context.world);
  const { volume, inner } = entryAt(model, args['name']);
  const path = volume.pathOf(inner);
  if (volume.hasFolder(inner) || volume.get(path) !== undefined)
    throw new VimFault('FileAlreadyExists', { file: path }, `Cannot complete the operation: ${path} already exists.`);
  const above = folderOf(path);
  if (args['createParentDirectories'] !== true && !volume.hasFolder(above)) throw fileNotFound(volume.pathOf(above));
  for (let folder = inner; folder !== ''; folder = folderOf(volume.pathOf(folder)))
    if (!volume.hasFolder(folder) || folder === inner) volume.makeFolder(folder);
}

function deleteTask(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const entry = entryAt(model, args['name']);
  return model.tasks.start(
    {
      kind: 'deleteFile',
      entity: model.world.registry.must(entry.volume.ref),
      finish() {
        const files = filesOf(entry);
        demandUnused(model, files, 'registered');
        deleteEntry(model, entry, files);
      },
    },
    originOf(context),
  );
}

function transferTask(context: CallContext, args: Args, kind: 'copyFile' | 'moveFile'): MoRef {
  const model = modelOf(context.world);
  const source = entryAt(model, args['sourceName']);
  const target = entryAt(model, args['destinationName']);
  return model.tasks.start(
    {
      kind,
      entity: model.world.registry.must(source.volume.ref),
      begin() {
        demandUnused(model, filesOf(source), kind === 'moveFile' ? 'any' : 'none');
      },
      copiedBytes: () =>
        kind === 'moveFile' && source.volume === target.volume
          ? 0
          : filesOf(source).reduce((bytes, file) => bytes + file.bytes, 0),
      finish() {
        const files = filesOf(source);
        demandUnused(model, files, kind === 'moveFile' ? 'any' : 'none');
        demandTarget(model, source, target, args['force'] === true);
        copyEntry(model, source, target, files);
        if (kind === 'moveFile') deleteEntry(model, source, files);
      },
    },
    originOf(context),
  );
}
