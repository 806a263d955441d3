// What a host's storage looks like: one adapter, and every datastore that it sees as a mounted VMFS volume. Disks and paths
// below that aren't modelled.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { refsAt } from './links.ts';

/** HostStorageDeviceInfo. */
export const STORAGE_DEVICES = Object.freeze({
  hostBusAdapter: [
    {
      $type: 'HostBlockHba',
      key: 'key-vim.host.BlockHba-vmhba0',
      device: 'vmhba0',
      bus: 0,
      status: 'unknown',
      model: 'Simulated adapter',
      driver: 'simulated',
    },
  ],
  scsiLun: [],
  scsiTopology: { adapter: [] },
  softwareInternetScsiEnabled: false,
});

/** HostFileSystemVolumeInfo. */
export function fileSystems(registry: Registry, host: SimObject): Record<string, unknown> {
  const datastores = refsAt(host, 'datastore').map((ref) => registry.must(ref));
  return { volumeTypeList: ['VMFS'], mountInfo: datastores.map((datastore) => mountOf(host, datastore)) };
}

interface Mount {
  readonly key: MoRef;
  readonly mountInfo: unknown;
}

function mountOf(host: SimObject, datastore: SimObject): Record<string, unknown> {
  const mounts = datastore.get('host') as readonly Mount[];
  const uuid = String(datastore.get('summary.url')).split('/').at(-2) ?? '';
  return {
    mountInfo: mounts.find(({ key }) => key.value === host.value)?.mountInfo ?? { accessMode: 'readWrite' },
    volume: {
      $type: 'HostVmfsVolume',
      type: 'VMFS',
      name: String(datastore.get('name')),
      capacity: Number(datastore.get('summary.capacity')),
      blockSizeMb: 1,
      maxBlocks: 63_963_136,
      majorVersion: 6,
      version: '6.82',
      uuid,
      extent: [{ diskName: `naa.${uuid.replaceAll('-', '')}`, partition: 1 }],
      vmfsUpgradable: false,
      local: mounts.length === 1,
    },
    vStorageSupport: 'vStorageUnsupported',
  };
}
