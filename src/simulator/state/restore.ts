// A vCenter that is restored from a backup: its database goes back, the datastores and the hosts don't. Machines that were
// made since are files on a datastore that nobody knows; machines that were destroyed or unregistered since are orphaned.
// Of the others the database has name, folder, pool, custom fields and permissions; disks, snapshots, power and
// configuration are as the hosts have them. Event keys and references are handed out again.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { setAccessible } from '../conditions/datastore-inaccessible.ts';
import { restartVCenter } from '../core/restart-vcenter.ts';
import type { SimObject } from '../core/sim-object.ts';
import { refsAt } from '../inventory/links.ts';
import type { Model } from '../inventory/model-state.ts';
import { refreshStorage } from '../vm/storage-info.ts';
import type { Database } from './database.ts';
import { findMachines, hostsOf } from './find-machines.ts';
import { loadObjects, loadTables } from './load-database.ts';
import { relinkMachines } from './relink-machines.ts';
import { restoreMachine, restoreOrphan } from './restore-machine.ts';

/** What hosts and datastores say of themselves, whatever the database says. */
const TRUE_OF: Readonly<Record<string, readonly string[]>> = {
  HostSystem: ['runtime'],
  Datastore: ['summary', 'info'],
};

/** The vCenter restarts with this database, `downSeconds` of simulated time later. */
export function restoreDatabase(model: Model, database: Database, downSeconds: number): void {
  const { registry, conditions, clock } = model.world;
  restartVCenter(model.world, downSeconds);
  model.tasks.abortAll();
  const hosts = hostsOf(database);
  const { places, unregistered } = findMachines(model, database, hosts);
  const back = [...model.outside.all].filter((host) => hosts.has(host.name));
  const active = conditions.list();
  conditions.forgetAll();
  const truths = truthsOf(registry.all(), hosts);
  loadObjects(model, database);
  for (const [ref, properties] of truths) {
    const now = registry.get(ref);
    if (now !== undefined) now.restore({ ...now.stored(), ...properties });
  }
  const properties = new Map(database.objects.map((object) => [`${object.type}:${object.value}`, object.properties]));
  const machines = database.vms.map((entry) => {
    const saved = properties.get(`VirtualMachine:${entry.value}`) ?? {};
    const host = places.get(entry.vm);
    return host === undefined ? restoreOrphan(model, entry, saved) : restoreMachine(model, entry, saved, host);
  });
  model.vms.reset(machines, unregistered);
  for (const host of back) model.outside.remove(host);
  relinkMachines(model);
  loadTables(model, database);
  model.volumes.rebind();
  for (const volume of model.volumes.all) {
    const datastore = registry.get(volume.ref);
    if (datastore !== undefined) setAccessible(model, datastore, volume.isAccessible);
  }
  for (const host of registry.ofType('HostSystem'))
    for (const ref of refsAt(host, 'datastore')) model.volumes.mount(model.volumes.of(ref), host.ref);
  for (const { name, object, endsAt } of active) {
    const now = registry.get(hosts.get(String(object.get('name'))) ?? object.ref);
    const seconds = endsAt === undefined ? undefined : (endsAt - clock.now()) / 1000;
    if (now?.type === object.type) conditions.begin(name, now, seconds);
  }
  for (const vm of machines) refreshStorage(model, vm);
}

function truthsOf(
  objects: Iterable<SimObject>,
  hosts: ReadonlyMap<string, MoRef>,
): readonly (readonly [MoRef, Readonly<Record<string, unknown>>])[] {
  const truths: [MoRef, Readonly<Record<string, unknown>>][] = [];
  for (const object of objects) {
    const names = TRUE_OF[object.type];
    if (names === undefined) continue;
    const stored = object.stored();
    const ref = object.type === 'HostSystem' ? hosts.get(String(stored['name'])) : object.ref;
    if (ref !== undefined) truths.push([ref, Object.fromEntries(names.map((name) => [name, stored[name]]))]);
  }
  return truths;
}
