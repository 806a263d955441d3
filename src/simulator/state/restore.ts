// A vCenter that is restored from a backup: its database goes back, the datastores and the hosts don't. Machines that were
// made since are files on a datastore that nobody knows; machines that were destroyed or unregistered since are orphaned.
// Of the others the database has name, folder, pool, notes by custom field and permissions; disks, snapshots, power and
// configuration are as the hosts have them. Event keys and references are handed out again.
import { restartVCenter } from '../core/restart-vcenter.ts';
import type { SimObject } from '../core/sim-object.ts';
import { powerOffNow } from '../guest/power-state.ts';
import type { Model } from '../inventory/model-state.ts';
import { refreshStorage } from '../vm/storage-info.ts';
import { holdsOf, powerStateOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import type { Database } from './database.ts';
import { relinkMachines } from './relink-machines.ts';
import { restoreMachine, restoreOrphan } from './restore-machine.ts';
import { loadObjects, loadTables } from './load-database.ts';

const SYSTEM = { user: '' };
/** What hosts and datastores say of themselves, whatever the database says. */
const TRUE_OF: Readonly<Record<string, readonly string[]>> = {
  HostSystem: ['runtime'],
  Datastore: ['summary', 'info', 'host'],
};

/** The vCenter restarts with this database, `downSeconds` of simulated time later. */
export function restoreDatabase(model: Model, database: Database, downSeconds: number): void {
  const { registry, conditions } = model.world;
  restartVCenter(model.world, downSeconds);
  model.tasks.abortAll();
  const hosts = new Set(database.objects.filter(({ type }) => type === 'HostSystem').map(({ value }) => value));
  const isKnown = (vm: Vm): boolean => hosts.has(String(vm.object.get('runtime.host.value')));
  const saved = new Set(database.vms.map(({ vm }) => vm));
  const unregistered = [...model.vms.unregistered];
  for (const vm of [...model.vms.all]) {
    if (saved.has(vm) && isKnown(vm)) continue;
    if (!isOrphan(vm)) unregistered.push(vm);
    forget(model, vm);
  }
  const active = conditions.list();
  conditions.forgetAll();
  const truths = truthsOf(registry.all());
  loadObjects(model, database);
  for (const [object, properties] of truths) {
    const now = registry.get(object.ref);
    if (now !== undefined) now.restore({ ...now.stored(), ...properties });
  }
  const properties = new Map(database.objects.map((object) => [`${object.type}:${object.value}`, object.properties]));
  const machines = database.vms.map((entry) => {
    const inDatabase = properties.get(`VirtualMachine:${entry.value}`) ?? {};
    return entry.vm.registered ? restoreMachine(model, entry, inDatabase) : restoreOrphan(model, entry, inDatabase);
  });
  model.vms.reset(machines, unregistered);
  relinkMachines(model);
  loadTables(model, database);
  model.volumes.rebind();
  for (const { name, object, endsAt } of active) {
    const now = registry.get(object.ref);
    if (now !== undefined) conditions.resume(name, now, endsAt);
  }
  for (const vm of machines) refreshStorage(model, vm);
}

/** The VM is off the inventory: nobody holds its disks, its guest doesn't run. */
function forget(model: Model, vm: Vm): void {
  if (powerStateOf(vm) === 'poweredOn') powerOffNow(model, vm, SYSTEM);
  for (const file of holdsOf(vm)) model.disks.release(file);
  vm.registered = false;
}

function isOrphan(vm: Vm): boolean {
  return vm.object.get('runtime.connectionState') === 'orphaned';
}

function truthsOf(objects: Iterable<SimObject>): readonly (readonly [SimObject, Readonly<Record<string, unknown>>])[] {
  const truths: [SimObject, Readonly<Record<string, unknown>>][] = [];
  for (const object of objects) {
    const names = TRUE_OF[object.type];
    if (names !== undefined)
      truths.push([object, Object.fromEntries(names.map((name) => [name, object.stored()[name]]))]);
  }
  return truths;
}
