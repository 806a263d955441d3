// Datastores: refreshing their figures and looking at their files.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { fileNotFound } from '../disks/disk-store.ts';
import { searchFolder } from '../disks/search-folder.ts';
import type { SearchSpec } from '../disks/search-folder.ts';
import { originOf } from '../vm/vm-call.ts';
import { rename } from './rename.ts';
import { modelOf } from './model-state.ts';

export const datastoreMethods: MethodTable = {
  Datastore: {
    // The figures are always current here; clients that ask for a refresh expect it to work.
    RefreshDatastore: () => undefined,
    RefreshDatastoreStorageInfo: () => undefined,
    RenameDatastore(context, args) {
      rename(modelOf(context.world), context.self, String(args['newName']));
    },
  },
  HostDatastoreBrowser: {
    SearchDatastore_Task: (context, args) => searchTask(context, args, false),
    SearchDatastoreSubFolders_Task: (context, args) => searchTask(context, args, true),
  },
};

function searchTask(context: CallContext, args: Readonly<Record<string, unknown>>, subFolders: boolean): MoRef {
  const model = modelOf(context.world);
  const { volume, inner } = model.volumes.ofPath(String(args['datastorePath']));
  const spec = (args['searchSpec'] as SearchSpec | undefined) ?? {};
  return model.tasks.start(
    {
      kind: subFolders ? 'searchSubFolders' : 'search',
      entity: model.world.registry.must(volume.ref),
      finish() {
        if (!volume.hasFolder(inner)) throw fileNotFound(volume.pathOf(inner));
        const folders = subFolders
          ? [...volume.folders].filter((folder) => inner === '' || folder === inner || folder.startsWith(`${inner}/`))
          : [inner];
        const results = folders.map((folder) => searchFolder(model.disks, volume, folder, spec));
        return subFolders ? results : results[0];
      },
    },
    originOf(context),
  );
}
