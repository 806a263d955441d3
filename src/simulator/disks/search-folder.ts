// What HostDatastoreBrowser finds in a folder: names always, anything else only where the client's flags ask for it, as
// FileQueryFlags and VmDiskFileQueryFlags have it. A disk's extents are counted in its descriptor.
import type { DiskStore } from './disk-store.ts';
import { baseNameOf } from './stored-file.ts';
import type { StoredFile } from './stored-file.ts';
import type { Volume } from './volume.ts';

type Flags = Readonly<Record<string, unknown>>;

interface FileQuery {
  readonly $type?: string;
  readonly filter?: { readonly diskType?: readonly string[]; readonly thin?: boolean };
  readonly details?: Flags;
}

/** HostDatastoreBrowserSearchSpec. */
export interface SearchSpec {
  readonly query?: readonly FileQuery[];
  readonly details?: Flags;
  readonly matchPattern?: readonly string[];
  readonly searchCaseInsensitive?: boolean;
  readonly sortFoldersFirst?: boolean;
}

/** HostDatastoreBrowserSearchResults. */
export function searchFolder(
  disks: DiskStore,
  volume: Volume,
  folder: string,
  spec: SearchSpec,
): Record<string, unknown> {
  const patterns = (spec.matchPattern ?? ['*']).map((pattern) => glob(pattern, spec.searchCaseInsensitive !== false));
  const matches = (name: string): boolean => patterns.some((pattern) => pattern.test(name));
  const folders = volume
    .foldersIn(folder)
    .filter(matches)
    .flatMap((name) => described('FolderFileInfo', { path: name, friendlyName: name }, {}, spec));
  const files = [...volume.filesIn(folder)]
    .filter((file) => matches(baseNameOf(file.path)))
    .flatMap((file) => described(TYPES[file.kind], fileFields(file, spec.details), diskFields(disks, file), spec));
  return {
    $type: 'HostDatastoreBrowserSearchResults',
    datastore: volume.ref,
    folderPath: volume.pathOf(folder === '' ? '' : `${folder}/`),
    file: [...folders, ...files],
  };
}

/** Nothing for what no query asks for. What kind of file it is shows only if that was asked. */
function described(type: string, fields: object, ofDisk: Flags, spec: SearchSpec): readonly Record<string, unknown>[] {
  const queries = spec.query ?? [];
  const query = queries.find((candidate) => isMatch(candidate, type, ofDisk));
  if (queries.length > 0 && query === undefined) return [];
  const wanted = Object.entries(ofDisk).filter(([name]) => query?.details?.[name] === true);
  const isTyped = spec.details?.['fileType'] === true || wanted.length > 0;
  return [{ $type: isTyped ? type : 'FileInfo', ...fields, ...Object.fromEntries(wanted) }];
}

function isMatch(query: FileQuery, type: string, ofDisk: Flags): boolean {
  const asked = String(query.$type).replace(/Query$/, 'Info');
  if (asked !== 'FileInfo' && asked !== type) return false;
  const { diskType, thin } = query.filter ?? {};
  if (thin !== undefined && thin !== ofDisk['thin']) return false;
  return diskType === undefined || diskType.length === 0 || diskType.includes(String(ofDisk['diskType']));
}

function fileFields(file: StoredFile, details: Flags = {}): Record<string, unknown> {
  return {
    path: baseNameOf(file.path),
    ...(details['fileSize'] === true ? { fileSize: file.bytes } : {}),
    ...(details['modification'] === true ? { modification: new Date(file.modifiedAt).toISOString() } : {}),
    ...(details['fileOwner'] === true ? { owner: 'root' } : {}),
  };
}

/** By the names of VmDiskFileQueryFlags, which are those of VmDiskFileInfo. */
function diskFields(disks: DiskStore, file: StoredFile): Flags {
  const disk = disks.of(file);
  if (disk === undefined) return {};
  return {
    diskType: 'VirtualDiskFlatVer2BackingInfo',
    capacityKb: Math.floor(disk.capacityBytes / 1024),
    hardwareVersion: 19,
    controllerType: 'VirtualLsiLogicController',
    thin: disk.thin,
  };
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

/** `*` and `?` as in a shell. */
function glob(pattern: string, ignoreCase: boolean): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, ignoreCase ? 'i' : '');
}
