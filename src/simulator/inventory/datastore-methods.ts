// Datastores: refreshing their figures and looking at their files.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { DiskStore } from '../disks/disk-store.ts';
import { fileNotFound } from '../disks/disk-store.ts';
import { baseNameOf } from '../disks/stored-file.ts';
import type { StoredFile } from '../disks/stored-file.ts';
import type { Volume } from '../disks/volume.ts';
import { originOf } from '../vm/vm-call.ts';
import { rename } from './rename.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';

interface SearchSpec {
  readonly query?: readonly { readonly $type?: string }[];
  readonly matchPattern?: readonly string[];
  readonly searchCaseInsensitive?: boolean;
}

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
        const results = folders.map((folder) => searchFolder(model, volume, folder, spec));
        return subFolders ? results : results[0];
      },
    },
    originOf(context),
  );
}

function searchFolder(model: Model, volume: Volume, folder: string, spec: SearchSpec): Record<string, unknown> {
  const patterns = (spec.matchPattern ?? ['*']).map((pattern) => glob(pattern, spec.searchCaseInsensitive !== false));
  const wanted = (spec.query ?? []).map((query) => String(query.$type).replace(/Query$/, 'Info'));
  const files = [...volume.filesIn(folder)].map((file) => fileInfo(model.disks, file));
  const folders = folder === '' ? rootFolders(volume) : [];
  const file = [...folders, ...files].filter(
    (info) => patterns.some((pattern) => pattern.test(String(info['path']))) && isWanted(wanted, info),
  );
  return {
    $type: 'HostDatastoreBrowserSearchResults',
    datastore: volume.ref,
    folderPath: volume.pathOf(folder === '' ? '' : `${folder}/`),
    file,
  };
}

function isWanted(wanted: readonly string[], info: Readonly<Record<string, unknown>>): boolean {
  return wanted.length === 0 || wanted.includes('FileInfo') || wanted.includes(String(info['$type']));
}

function rootFolders(volume: Volume): readonly Record<string, unknown>[] {
  const names = new Set([...volume.folders].map((folder) => folder.split('/')[0] ?? '').filter((name) => name !== ''));
  return [...names].map((path) => ({ $type: 'FolderFileInfo', path, friendlyName: path }));
}

const TYPES: Readonly<Record<StoredFile['kind'], string>> = {
  config: 'VmConfigFileInfo',
  nvram: 'VmNvramFileInfo',
  snapshotList: 'FileInfo',
  snapshotData: 'VmSnapshotFileInfo',
  snapshotMemory: 'FileInfo',
  suspend: 'FileInfo',
  log: 'VmLogFileInfo',
  swap: 'FileInfo',
  diskDescriptor: 'VmDiskFileInfo',
};

function fileInfo(disks: DiskStore, file: StoredFile): Record<string, unknown> {
  const disk = disks.of(file);
  return {
    $type: TYPES[file.kind],
    path: baseNameOf(file.path),
    fileSize: file.bytes,
    modification: new Date(file.modifiedAt).toISOString(),
    ...(disk === undefined
      ? {}
      : {
          diskType: 'VirtualDiskFlatVer2BackingInfo',
          capacityKb: Math.floor(disk.capacityBytes / 1024),
          thin: disk.thin,
        }),
  };
}

/** `*` and `?` as in a shell. */
function glob(pattern: string, ignoreCase: boolean): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, ignoreCase ? 'i' : '');
}
