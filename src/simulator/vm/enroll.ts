// Puts a VM into the inventory and takes it out: its managed object, its name in the folder, and the lists of folder,
// host, pool, datastores and networks that refer to it. All of it changes together or not at all.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { link, refAt, refsAt, unlink } from '../inventory/links.ts';
import type { Model } from '../inventory/model-state.ts';
import { nameOf } from './vm.ts';
import type { Vm } from './vm.ts';

export interface Placement {
  readonly folder: SimObject;
  readonly host: SimObject;
  /** A template has none. */
  readonly pool: SimObject | undefined;
}

export interface EnrolledProperties {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly runtime: Readonly<Record<string, unknown>>;
  readonly guest: Readonly<Record<string, unknown>>;
  readonly datastore: readonly MoRef[];
  readonly network: readonly MoRef[];
  readonly customValue?: unknown;
}

/** Makes the managed object. Throws DuplicateName, or ManagedObjectNotFound for a host that was removed, changing nothing. */
export function enroll(model: Model, place: Placement, properties: EnrolledProperties): SimObject {
  const { registry } = model.world;
  registry.must(place.host.ref);
  model.names.demandFree(place.folder.ref, properties.name);
  const compute = registry.must(refAt(place.host, 'parent'));
  const object = registry.create('VirtualMachine', {
    ...properties,
    parent: place.folder.ref,
    resourcePool: place.pool?.ref,
    environmentBrowser: compute.get('environmentBrowser'),
    recentTask: [],
    customValue: properties.customValue ?? [],
    value: properties.customValue ?? [],
    availableField: model.fields.definitions,
    rootSnapshot: [],
  });
  model.names.claim(place.folder.ref, properties.name, object.ref);
  link(place.folder, 'childEntity', object.ref);
  link(place.host, 'vm', object.ref);
  if (place.pool !== undefined) link(place.pool, 'vm', object.ref);
  for (const ref of [...properties.datastore, ...properties.network]) link(registry.must(ref), 'vm', object.ref);
  return object;
}

/** Takes the VM and its snapshots out of the inventory; files and holds are the caller's business. */
export function withdraw(model: Model, vm: Vm): void {
  const { registry, conditions } = model.world;
  const { object } = vm;
  for (const ref of around(object)) {
    const other = registry.get(ref);
    if (other === undefined) continue;
    unlink(other, 'vm', object.ref);
    unlink(other, 'childEntity', object.ref);
  }
  model.names.release(refAt(object, 'parent'), nameOf(vm));
  for (const snapshot of vm.snapshots.all()) registry.remove(snapshot.object);
  conditions.forget(object);
  registry.remove(object);
}

/** Corrects the lists of datastores and networks after the VM's devices changed. */
export function relist(model: Model, vm: Vm, property: 'datastore' | 'network', refs: readonly MoRef[]): void {
  const { registry } = model.world;
  const before = refsAt(vm.object, property);
  const gone = before.filter((ref) => !refs.some((other) => other.value === ref.value));
  const added = refs.filter((ref) => !before.some((other) => other.value === ref.value));
  if (gone.length === 0 && added.length === 0) return;
  for (const ref of gone) {
    const other = registry.get(ref);
    if (other !== undefined) unlink(other, 'vm', vm.object.ref);
  }
  for (const ref of added) link(registry.must(ref), 'vm', vm.object.ref);
  vm.object.set(property, refs);
}

function around(object: SimObject): readonly MoRef[] {
  const single = ['parent', 'runtime.host', 'resourcePool'].map((path) => object.get(path) as MoRef | undefined);
  return [...single.filter((ref) => ref !== undefined), ...refsAt(object, 'datastore'), ...refsAt(object, 'network')];
}
