// A disk file as vSphere describes it in `device.backing`, with the chain of its parents. The backings of a base are built
// once and shared by every clone on it: ten thousand clones of one snapshot hold one description of their base.
import type { DiskFile } from './disk-file.ts';

export type RdmMode = 'physicalMode' | 'virtualMode';

interface CachedBacking {
  readonly revision: number;
  readonly path: string;
  readonly backing: Readonly<Record<string, unknown>>;
}

const shared = new WeakMap<DiskFile, CachedBacking>();

/** VirtualDiskFlatVer2BackingInfo of a chain; parents are always `persistent`. */
export function flatBacking(disk: DiskFile, diskMode: string): Readonly<Record<string, unknown>> {
  return {
    $type: 'VirtualDiskFlatVer2BackingInfo',
    fileName: disk.file.path,
    datastore: disk.file.volume.ref,
    diskMode,
    split: false,
    writeThrough: false,
    thinProvisioned: disk.thin,
    uuid: disk.uuid,
    contentId: disk.contentId,
    ...(disk.parent === undefined ? {} : { parent: sharedBacking(disk.parent), deltaDiskFormat: 'redoLogFormat' }),
    digestEnabled: false,
    sharing: 'sharingNone',
  };
}

/** VirtualDiskRawDiskMappingVer1BackingInfo: a disk that is a LUN, with a mapping file on the datastore. */
export function rdmBacking(disk: DiskFile, diskMode: string, mode: RdmMode): Readonly<Record<string, unknown>> {
  return {
    $type: 'VirtualDiskRawDiskMappingVer1BackingInfo',
    fileName: disk.file.path,
    datastore: disk.file.volume.ref,
    lunUuid: disk.uuid.replaceAll('-', ''),
    deviceName: `vml.${disk.contentId}`,
    compatibilityMode: mode,
    diskMode,
    uuid: disk.uuid,
    contentId: disk.contentId,
    ...(disk.parent === undefined
      ? {}
      : { parent: rdmBacking(disk.parent, 'persistent', mode), deltaDiskFormat: 'redoLogFormat' }),
    sharing: 'sharingNone',
  };
}

function sharedBacking(disk: DiskFile): Readonly<Record<string, unknown>> {
  const cached = shared.get(disk);
  if (cached !== undefined && cached.revision === disk.revision && cached.path === disk.file.path)
    return cached.backing;
  const backing = Object.freeze(flatBacking(disk, 'persistent'));
  shared.set(disk, { revision: disk.revision, path: disk.file.path, backing });
  return backing;
}
