// One machine of a restored database, joined with what is really on the datastore, or orphaned when nothing is.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { refAt } from '../inventory/links.ts';
import type { Model } from '../inventory/model-state.ts';
import { publishTree } from '../snapshots/publish-snapshots.ts';
import { SnapshotTree } from '../snapshots/snapshot-tree.ts';
import { VmHome } from '../vm/vm-home.ts';
import { isTemplate } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import type { SavedVm } from './database.ts';

type Properties = Readonly<Record<string, unknown>>;

/** What a vCenter knows of a machine and no host does. */
const FROM_DATABASE = ['name', 'parent', 'customValue', 'value', 'availableField', 'permission'] as const;

/** The machine is on its host as before. */
export function restoreMachine(model: Model, entry: SavedVm, saved: Properties, host: MoRef): Vm {
  const { vm, value, snapshots } = entry;
  const { registry } = model.world;
  const template = isTemplate(vm);
  const current = vm.object.stored();
  const config = current['config'] as Readonly<Record<string, unknown>>;
  const before = vm.snapshots.all().map((snapshot) => snapshot.object.stored());
  vm.object = registry.create(
    'VirtualMachine',
    {
      ...current,
      ...Object.fromEntries(FROM_DATABASE.map((name) => [name, saved[name]])),
      config: { ...config, name: saved['name'] },
      resourcePool: template ? undefined : (saved['resourcePool'] ?? rootPoolOf(model, host)),
      runtime: { ...(current['runtime'] as Properties), host },
      recentTask: [],
    },
    { value },
  );
  for (const [index, snapshot] of vm.snapshots.all().entries()) {
    const known = snapshots.get(snapshot.id);
    snapshot.object = registry.create(
      'VirtualMachineSnapshot',
      { ...before[index], vm: vm.object.ref, childSnapshot: [] },
      known === undefined ? {} : { value: known },
    );
  }
  publishTree(vm);
  return vm;
}

/** The database has a machine that no host knows: all that can be done is to remove it from the inventory. */
export function restoreOrphan(model: Model, { vm, value }: SavedVm, saved: Properties): Vm {
  const runtime = saved['runtime'] as Readonly<Record<string, unknown>>;
  const object = model.world.registry.create(
    'VirtualMachine',
    {
      ...saved,
      runtime: { ...runtime, connectionState: 'orphaned', powerState: 'poweredOff', bootTime: undefined },
      snapshot: undefined,
      rootSnapshot: [],
    },
    { value },
  );
  return {
    object,
    registered: true,
    home: VmHome.lost(vm.home),
    disks: [],
    snapshots: new SnapshotTree(),
    customization: undefined,
    firstBoot: { bytes: 0, done: true },
    guest: { ...vm.guest },
    rollback: undefined,
  };
}

/** It was a template then. */
function rootPoolOf(model: Model, host: MoRef): MoRef {
  const { registry } = model.world;
  return refAt(registry.must(refAt(registry.must(host), 'parent')), 'resourcePool');
}
