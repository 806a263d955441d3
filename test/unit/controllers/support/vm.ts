// Virtual machines, devices and references as the update stream and the property collector give them.
import type { Device, DiskBacking } from '../../../../src/controllers/base-snapshot/disks.ts';
import type { VmView } from '../../../../src/controllers/vcenter/vm-view.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';

export function ref(value: string, type = 'VirtualMachine'): MoRef {
  return { type, value };
}

/** A powered-on VM with tools and an address. */
export function vmView(fields: Partial<VmView> = {}): VmView {
  return {
    ref: ref('vm-10'),
    name: 'web-01',
    parent: ref('group-v1', 'Folder'),
    instanceUuid: 'uid-web-1',
    template: false,
    changeVersion: '1',
    marker: undefined,
    powerState: 'poweredOn',
    connectionState: 'connected',
    host: ref('host-1', 'HostSystem'),
    ipAddress: '10.0.0.5',
    guestHostname: 'web-01',
    toolsRunning: true,
    customization: undefined,
    customizationError: undefined,
    ...fields,
  };
}

/** A backing whose chain is `files`, the leaf first. */
export function chain(...files: string[]): DiskBacking {
  const [first = '', ...rest] = files;
  return {
    $type: 'VirtualDiskFlatVer2BackingInfo',
    fileName: first,
    diskMode: 'persistent',
    datastore: ref('datastore-1', 'Datastore'),
    ...(rest.length > 0 && { parent: chain(...rest) }),
  };
}

export function disk(key: number, backing: DiskBacking, fields: Partial<Device> = {}): Device {
  return {
    $type: 'VirtualDisk',
    key,
    deviceInfo: { label: `Hard disk ${key - 1999}` },
    backing,
    capacityInBytes: 10 * 2 ** 30,
    controllerKey: 1000,
    ...fields,
  };
}

export const SCSI: Device = { $type: 'ParaVirtualSCSIController', key: 1000, sharedBus: 'noSharing' };
