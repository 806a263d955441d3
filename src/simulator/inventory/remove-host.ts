// A host leaves the inventory, and with it what is registered on it. Nothing happens to the host or to its VMs.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { postVmEvent } from '../events/vm-events.ts';
import type { EventCause } from '../events/vm-events.ts';
import { withdraw } from '../vm/enroll.ts';
import { nameOf } from '../vm/vm.ts';
import { hardwareOf, recountHosts } from './build-compute.ts';
import { postHostEvent } from './host-events.ts';
import { refAt, refsAt, sameRef, unlink } from './links.ts';
import type { Model } from './model-state.ts';

/** The compute resource of a standalone host goes with it. */
export function removeHost(model: Model, host: SimObject, cause: EventCause): void {
  const { registry, conditions } = model.world;
  const name = String(host.get('name'));
  const compute = registry.must(refAt(host, 'parent'));
  const vms = refsAt(host, 'vm').flatMap((ref) => model.vms.get(ref) ?? []);
  const volumes = refsAt(host, 'datastore').map((ref) => model.volumes.of(ref));
  const networks = refsAt(host, 'network').map((ref) => registry.must(ref));
  model.outside.add({
    name,
    hardware: hardwareOf(host),
    isInMaintenance: host.get('runtime.inMaintenanceMode') === true,
    volumes,
    networks,
    vms,
  });
  for (const vm of vms) {
    postVmEvent(model, vm, 'VmRemovedEvent', cause, `Removed ${nameOf(vm)} on ${name}`);
    withdraw(model, vm);
    model.vms.remove(vm);
  }
  for (const volume of volumes) model.volumes.unmount(volume, host.ref);
  for (const network of networks) unlink(network, 'host', host.ref);
  conditions.forget(host);
  postHostEvent(model, host, 'HostRemovedEvent', cause, `Removed host ${name}`);
  unlink(compute, 'host', host.ref);
  model.names.release(compute.ref, name);
  registry.remove(registry.must(refAt(host, 'datastoreBrowser')));
  const managers = (host.get('configManager') ?? {}) as Readonly<Record<string, MoRef>>;
  for (const manager of Object.values(managers)) registry.remove(registry.must(manager));
  registry.remove(host);
  if (compute.type === 'ClusterComputeResource') shrink(model, compute);
  else removeCompute(model, compute);
}

/** The cluster sees what its hosts still see. */
export function shrink(model: Model, compute: SimObject): void {
  const { registry } = model.world;
  const hosts = refsAt(compute, 'host').map((ref) => registry.must(ref));
  for (const property of ['datastore', 'network'] as const) {
    const seen = hosts.flatMap((host) => refsAt(host, property));
    for (const ref of refsAt(compute, property))
      if (!seen.some((other) => sameRef(other, ref))) unlink(compute, property, ref);
  }
  const browser = browserOf(model, compute);
  for (const ref of refsAt(browser, 'datastore'))
    if (!refsAt(compute, 'datastore').some((other) => sameRef(other, ref))) unlink(browser, 'datastore', ref);
  recountHosts(model, compute);
}

/** A compute resource without hosts, and its pools. */
export function removeCompute(model: Model, compute: SimObject): void {
  const { registry } = model.world;
  const folder = registry.must(refAt(compute, 'parent'));
  removePools(model, registry.must(refAt(compute, 'resourcePool')));
  registry.remove(browserOf(model, compute));
  registry.remove(registry.must(refAt(compute, 'environmentBrowser')));
  unlink(folder, 'childEntity', compute.ref);
  model.names.release(folder.ref, String(compute.get('name')));
  model.names.forget(compute.ref);
  registry.remove(compute);
}

function removePools(model: Model, pool: SimObject): void {
  for (const ref of refsAt(pool, 'resourcePool')) removePools(model, model.world.registry.must(ref));
  model.names.forget(pool.ref);
  model.world.registry.remove(pool);
}

function browserOf(model: Model, compute: SimObject): SimObject {
  const { registry } = model.world;
  return registry.must(refAt(registry.must(refAt(compute, 'environmentBrowser')), 'datastoreBrowser'));
}
