// Which machines of a database are really there, and on which of its hosts; the rest becomes files on a datastore.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { powerOffNow } from '../guest/power-state.ts';
import { refAt } from '../inventory/links.ts';
import type { Model } from '../inventory/model-state.ts';
import { holdsOf, powerStateOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import type { Database } from './database.ts';

const SYSTEM = { user: '' };

export interface FoundMachines {
  /** The host of each machine that database and hosts know. */
  readonly places: ReadonlyMap<Vm, MoRef>;
  /** Machines whose files are on datastores and that no inventory has. */
  readonly unregistered: readonly Vm[];
}

/** Hosts of the database by name: one that left and came back has another reference now. */
export function hostsOf(database: Database): ReadonlyMap<string, MoRef> {
  const hosts = database.objects.filter(({ type }) => type === 'HostSystem');
  return new Map(hosts.map(({ type, value, properties }) => [String(properties['name']), { type, value }]));
}

/** Switches off and lets go of what the database doesn't know. */
export function findMachines(model: Model, database: Database, hosts: ReadonlyMap<string, MoRef>): FoundMachines {
  const saved = new Set(database.vms.map(({ vm }) => vm));
  const places = new Map<Vm, MoRef>();
  const unregistered = [...model.vms.unregistered];
  function find(vm: Vm, hostName: string, isOutside: boolean): void {
    const host = hosts.get(hostName);
    if (saved.has(vm) && host !== undefined) {
      places.set(vm, host);
      return;
    }
    if (vm.object.get('runtime.connectionState') !== 'orphaned') unregistered.push(vm);
    if (!isOutside && powerStateOf(vm) === 'poweredOn') powerOffNow(model, vm, SYSTEM);
    vm.guest.generation += 1;
    vm.home.removeSwap();
    for (const file of holdsOf(vm)) model.disks.release(file);
    vm.registered = false;
  }
  for (const vm of [...model.vms.all]) {
    const host = model.world.registry.must(refAt(vm.object, 'runtime.host'));
    find(vm, String(host.get('name')), false);
  }
  for (const host of model.outside.all) if (hosts.has(host.name)) for (const vm of host.vms) find(vm, host.name, true);
  return { places, unregistered };
}
