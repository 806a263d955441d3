// What status says about the VM: identity and place, followed when somebody renames or moves it.
import type { LinkedCloneStatusVm } from '../../api/types.generated.ts';
import { oneLine } from '../../vsphere/fault-message.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { disksOf } from '../base-snapshot/disks.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { macAddresses } from './guest-facts.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** Records a verified VM and drops the intent. */
export async function recordVm(
  scope: CloneScope,
  vm: VmView,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { draft, memory, connection, vCenter } = { ...scope, ...requireConnection(scope) };
  const tree = await connection.tree();
  const devices = (properties['config.hardware.device'] as readonly Device[] | undefined) ?? [];
  // vCenter's own list has the base's datastores, too
  const [used] = (properties['datastore'] as readonly MoRef[] | undefined) ?? [];
  const datastore = disksOf(devices)[0]?.backing?.datastore ?? used;
  const pool = properties['resourcePool'] as MoRef | undefined;
  const macs = macAddresses(devices.flatMap((device) => device.macAddress ?? []));
  draft.status.vCenter = {
    name: vCenter.metadata.name,
    uid: vCenter.metadata.uid,
    instanceUuid: connection.instanceUuid,
  };
  draft.status.vm = compact({
    moRef: vm.ref.value,
    instanceUuid: vm.instanceUuid ?? '',
    biosUuid: properties['config.uuid'] as string | undefined,
    name: oneLine(vm.name),
    vmPathName: properties['config.files.vmPathName'] as string | undefined,
    host: vm.host?.value,
    hostName: hostName(scope, vm),
    datastore: datastore?.value,
    datastoreName: datastore === undefined ? undefined : shortened(tree.get(datastore)?.name),
    folder: vm.parent?.value,
    madeInFolder: vm.parent?.value,
    resourcePool: pool?.value,
    macAddresses: macs,
  });
  delete draft.status.operation;
  if (memory.clonedNotes !== undefined) draft.status.appliedNotes = memory.clonedNotes;
  if (memory.cloneSeconds !== undefined)
    draft.status.timings = { ...draft.status.timings, cloneSeconds: Math.round(memory.cloneSeconds) };
  draft.set('Cloned', true, 'Cloned', `virtual machine "${vm.name}" (${vm.ref.value})`);
}

/** Follows a rename, a move, another host or reference. Says what differs from what was asked for; '' for nothing. */
export function followVm(scope: CloneScope, vm: VmView): string {
  const { draft } = scope;
  const recorded = draft.status.vm;
  if (recorded === undefined) return '';
  draft.status.vm = compact({
    ...recorded,
    moRef: vm.ref.value,
    name: oneLine(vm.name),
    folder: vm.parent?.value ?? recorded.folder,
    madeInFolder: recorded.madeInFolder ?? recorded.folder,
    host: vm.host?.value ?? recorded.host,
    hostName: hostName(scope, vm) ?? recorded.hostName,
  });
  const { folder, madeInFolder } = draft.status.vm;
  const drift = [
    ...(vm.name === scope.vmName ? [] : [`renamed from "${scope.vmName}"`]),
    ...(folder === madeInFolder
      ? []
      : [`moved from ${folderPath(scope, madeInFolder)} to ${folderPath(scope, folder)}`]),
  ];
  return drift.length === 0 ? '' : `; Drifted: it was ${drift.join(' and ')}`;
}

/** Follows a VM whose files were moved to another datastore: the one that it was made on may be gone by now. */
export async function followFiles(
  scope: CloneScope,
  devices: readonly Device[],
  vmPathName: string | undefined,
): Promise<void> {
  const { draft } = scope;
  const recorded = draft.status.vm;
  if (recorded === undefined) return;
  const datastore = disksOf(devices)[0]?.backing?.datastore;
  const moved = datastore !== undefined && datastore.value !== recorded.datastore;
  const tree = moved ? await requireConnection(scope).connection.tree() : undefined;
  draft.status.vm = compact({
    ...recorded,
    vmPathName: vmPathName ?? recorded.vmPathName,
    ...(moved && { datastore: datastore.value, datastoreName: shortened(tree?.get(datastore)?.name) }),
  });
}

/** Follows a VM that was moved to another resource pool; true where it was. Read when it's needed: nothing watches it. */
export async function followPool(scope: CloneScope): Promise<boolean> {
  const { draft } = scope;
  const recorded = draft.status.vm;
  if (recorded === undefined) return false;
  const { client } = requireConnection(scope).connection;
  const state = await client.readSoon({ type: 'VirtualMachine', value: recorded.moRef }, ['resourcePool']);
  const pool = state?.properties['resourcePool'] as MoRef | undefined;
  if (pool === undefined || pool.value === recorded.resourcePool) return false;
  draft.status.vm = { ...recorded, resourcePool: pool.value };
  return true;
}

function folderPath(scope: CloneScope, folder: string | undefined): string {
  if (folder === undefined) return 'a folder that is not known';
  return scope.connection?.knownTree?.get({ type: 'Folder', value: folder })?.path ?? folder;
}

function hostName(scope: CloneScope, vm: VmView): string | undefined {
  if (vm.host === undefined) return undefined;
  return shortened(scope.connection?.hosts.get(`HostSystem:${vm.host.value}`)?.name);
}

function shortened(name: string | undefined): string | undefined {
  return name === undefined ? undefined : oneLine(name);
}

type Loose<T> = { [K in keyof T]: T[K] | undefined };

/** The record without what isn't known. */
function compact(record: Loose<LinkedCloneStatusVm>): LinkedCloneStatusVm {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as unknown as LinkedCloneStatusVm;
}
