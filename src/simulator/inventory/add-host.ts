// A host comes into the inventory: one that was there before with everything that is registered on it, under new references;
// any other name answers as a new host without VMs and datastores.
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { EventCause } from '../events/vm-events.ts';
import { invalidArgument } from '../vm/vm-call.ts';
import { discoverVm } from '../vm/discover.ts';
import { buildHost, linkToHost, recountHosts } from './build-compute.ts';
import { createFolder } from './build-folders.ts';
import { NEW_HARDWARE } from './host-connect-info.ts';
import { postConnection, postHostEvent } from './host-events.ts';
import { link, refAt, refsAt } from './links.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Model } from './model-state.ts';
import type { OutsideHost } from './outside-hosts.ts';

/** HostConnectSpec, as far as it is honoured. */
export interface HostConnectSpec {
  readonly hostName?: string;
  readonly userName?: string;
  readonly password?: string;
  readonly sslThumbprint?: string;
  readonly vmFolder?: MoRef;
}

/** Where vCenter puts VMs that come with a host. */
const DISCOVERED = 'Discovered virtual machine';

/** Throws InvalidArgument, AlreadyConnected, InvalidLogin, or SSLVerifyFault with the thumbprint that would do. */
export function demandConnectable(model: Model, spec: HostConnectSpec): string {
  const { hostName, userName, password, sslThumbprint } = spec;
  if (hostName === undefined || hostName === '') throw invalidArgument('spec.hostName');
  for (const host of model.world.registry.ofType('HostSystem')) {
    if (String(host.get('name')).toLowerCase() === hostName.toLowerCase())
      throw new VimFault(
        'AlreadyConnected',
        { name: hostName },
        `The host ${hostName} is already connected to this vCenter.`,
      );
  }
  if (!userName || !password)
    throw new VimFault('InvalidLogin', {}, 'Cannot complete login due to an incorrect user name or password.');
  const thumbprint = model.outside.thumbprintOf(hostName);
  if (sslThumbprint?.toUpperCase() !== thumbprint)
    throw new VimFault(
      'SSLVerifyFault',
      { selfSigned: true, thumbprint },
      "Authenticity of the host's SSL certificate is not verified.",
    );
  return hostName;
}

export interface HostWish {
  readonly name: string;
  readonly compute: SimObject;
  /** Where its VMs go; undefined: the root pool. */
  readonly pool: SimObject | undefined;
  readonly vmFolder: SimObject | undefined;
  readonly isConnected: boolean;
}

/** With `isConnected` false its VMs come when it's connected. */
export function addHost(model: Model, wish: HostWish, cause: EventCause): SimObject {
  const { name, compute } = wish;
  const outside = model.outside.get(name);
  model.names.demandFree(compute.ref, name);
  const state = wish.isConnected ? 'connected' : 'disconnected';
  const host = buildHost(model, compute, {
    name,
    state,
    memoryBytes: NEW_HARDWARE.memorySize,
    cpuCores: NEW_HARDWARE.cores,
  });
  model.names.claim(compute.ref, name, host.ref);
  if (outside !== undefined) {
    host.extra.set('hardware', outside.hardware);
    host.set('runtime.inMaintenanceMode', outside.isInMaintenance);
  }
  link(compute, 'host', host.ref);
  for (const volume of outside?.volumes ?? []) {
    model.volumes.mount(volume, host.ref);
    linkToHost(model, host, 'datastore', model.world.registry.must(volume.ref));
    model.volumes.showMount(volume, host.ref);
  }
  for (const network of outside?.networks ?? networksOf(model, compute)) {
    link(network, 'host', host.ref);
    linkToHost(model, host, 'network', network);
  }
  recountHosts(model, compute);
  postHostEvent(model, host, 'HostAddedEvent', cause, `Added host ${name}`);
  if (!wish.isConnected) return host;
  discover(model, host, wish, cause);
  postConnection(model, host, 'connected', cause);
  return host;
}

/** What is registered on a host that is connected now enters the inventory; nothing for a host whose VMs are in it. */
export function discover(
  model: Model,
  host: SimObject,
  wish: Pick<HostWish, 'pool' | 'vmFolder'>,
  cause: EventCause,
): void {
  const outside: OutsideHost | undefined = model.outside.get(String(host.get('name')));
  if (outside === undefined) return;
  const { registry } = model.world;
  const compute = registry.must(refAt(host, 'parent'));
  const pool = wish.pool ?? registry.must(refAt(compute, 'resourcePool'));
  const folder = outside.vms.length === 0 ? undefined : (wish.vmFolder ?? discoveredFolder(model, compute));
  for (const vm of outside.vms) if (folder !== undefined) discoverVm(model, vm, { folder, host, pool }, cause);
  model.outside.remove(outside);
}

function discoveredFolder(model: Model, compute: SimObject): SimObject {
  const { registry } = model.world;
  const parent = registry.must(refAt(datacenterOf(model, compute), 'vmFolder'));
  const known = model.names.find(parent.ref, DISCOVERED);
  const folder = known === undefined ? undefined : registry.get(known);
  return folder?.type === 'Folder' ? folder : createFolder(model, parent, DISCOVERED);
}

function networksOf(model: Model, compute: SimObject): readonly SimObject[] {
  return refsAt(datacenterOf(model, compute), 'network').map((ref) => model.world.registry.must(ref));
}

/** The datacenter that an entity is in. */
export function datacenterOf(model: Model, entity: SimObject): SimObject {
  let at = entity;
  while (at.type !== 'Datacenter') at = model.world.registry.must(refAt(at, 'parent'));
  return at;
}
