// Which host may run a VM, and moving it there: the host is connected, belongs to the VM's cluster, sees its datastores.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { chainOf } from '../disks/disk-file.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import type { Volume } from '../disks/volume.ts';
import { link, refAt, refsAt, sameRef, unlink } from '../inventory/links.ts';
import type { Model } from '../inventory/model-state.ts';
import { hostOf, invalidArgument } from './vm-call.ts';
import type { VmHome } from './vm-home.ts';
import { holdsOf } from './vm.ts';
import type { Vm } from './vm.ts';

/** Throws InvalidHostState for maintenance, HostNotConnected for a host that doesn't answer. */
export function demandUsable(host: SimObject): void {
  const name = String(host.get('name'));
  if (host.get('runtime.connectionState') !== 'connected')
    throw new VimFault('HostNotConnected', {}, `Unable to communicate with the remote host: ${name} is not connected.`);
  if (host.get('runtime.inMaintenanceMode') === true)
    throw new VimFault(
      'InvalidHostState',
      { host: host.ref },
      `The operation is not allowed in the current state of the host ${name}: it is in maintenance mode.`,
    );
}

/** Throws InvalidDatastore when the host doesn't see one of the volumes. */
export function demandSees(model: Model, host: SimObject, volumes: Iterable<Volume>): void {
  for (const volume of volumes) {
    if (model.volumes.isSeenBy(volume, host.ref)) continue;
    throw new VimFault(
      'InvalidDatastore',
      { datastore: volume.ref, name: volume.name },
      `The datastore '${volume.name}' is not accessible from the host ${String(host.get('name'))}.`,
    );
  }
}

/** The datastores that a VM's files are on, its snapshots' and the parents of its disks included. */
export function volumesOf(vm: Vm): ReadonlySet<Volume> {
  return chainVolumes(vm.home, holdsOf(vm));
}

/** As `volumesOf`, of a VM that isn't in the inventory yet. */
export function chainVolumes(home: VmHome, leaves: readonly DiskFile[]): ReadonlySet<Volume> {
  const volumes = new Set([home.volume]);
  for (const leaf of leaves) for (const file of chainOf(leaf)) volumes.add(file.file.volume);
  return volumes;
}

/** The host of a reference, when the VM may run there. Throws InvalidArgument, InvalidHostState, HostNotConnected, InvalidDatastore. */
export function placementHost(model: Model, vm: Vm, ref: MoRef): SimObject {
  const host = model.world.registry.must(ref);
  if (!sameRef(refAt(host, 'parent'), refAt(hostOf(model, vm), 'parent'))) throw invalidArgument('host');
  demandUsable(host);
  demandSees(model, host, volumesOf(vm));
  return host;
}

/** A host of the compute resource that is usable and sees the volumes: a random one, as DRS may choose. Undefined: none. */
export function anyHost(model: Model, compute: SimObject, volumes: readonly Volume[]): SimObject | undefined {
  const { registry } = model.world;
  const usable = refsAt(compute, 'host')
    .map((ref) => registry.must(ref))
    .filter(
      (host) => host.get('runtime.connectionState') === 'connected' && host.get('runtime.inMaintenanceMode') !== true,
    )
    .filter((host) => volumes.every((volume) => model.volumes.isSeenBy(volume, host.ref)));
  return usable[Math.floor(model.random() * usable.length)];
}

/** The VM is registered on another host from now on. */
export function moveToHost(model: Model, vm: Vm, host: SimObject): void {
  const before = hostOf(model, vm);
  if (before === host) return;
  unlink(before, 'vm', vm.object.ref);
  link(host, 'vm', vm.object.ref);
  vm.object.set('runtime.host', host.ref);
  followConnection(model, vm, host);
}

/** Condition of a VM whose configuration files can't be read. */
export const VM_INACCESSIBLE = 'vmInaccessible';

/**
 * States in which a vCenter returns no configuration: `config` is unset then, and no fault says so (API:
 * VirtualMachineConnectionState, VirtualMachine.config).
 */
const WITHOUT_CONFIG: ReadonlySet<unknown> = new Set(['inaccessible', 'invalid']);

/** True while clients are given no `config` of the VM. */
export function hidesConfig(vm: SimObject): boolean {
  return WITHOUT_CONFIG.has(vm.get('runtime.connectionState'));
}

/** The VM's state is what its host, its datastore and its files make it. */
export function followConnection(model: Model, vm: Vm, host: SimObject = hostOf(model, vm)): void {
  showConnection(vm.object, connectionStateOf(model, vm, host));
}

export function showConnection(vm: SimObject, state: string): void {
  const hidden = hidesConfig(vm);
  vm.set('runtime.connectionState', state);
  // what clients are given of it is another now
  if (hidesConfig(vm) !== hidden) vm.set('config', { ...(vm.get('config') as object) });
}

/** What a VM's connectionState is on its host. One that vCenter lost stays orphaned. */
export function connectionStateOf(model: Model, vm: Vm, host: SimObject = hostOf(model, vm)): string {
  if (vm.object.get('runtime.connectionState') === 'orphaned') return 'orphaned';
  const onHost = connectionStateOn(host);
  const isReadable = vm.home.volume.isAccessible && !model.world.conditions.isActive(VM_INACCESSIBLE, vm.object);
  return onHost === 'connected' && !isReadable ? 'inaccessible' : onHost;
}

/** What a new VM's connectionState is on a host. */
export function connectionStateOn(host: SimObject): string {
  return host.get('runtime.connectionState') === 'connected' ? 'connected' : 'disconnected';
}
