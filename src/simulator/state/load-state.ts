// A model that is empty yet becomes what `--state` kept. Guests that were booting boot again; the tasks that ran are gone.
import type { Model } from '../inventory/model-state.ts';
import { bootGuest } from '../guest/boot.ts';
import { chainOf } from '../disks/disk-file.ts';
import { setVersionCount } from '../vm/touch-config.ts';
import { holdsOf, powerStateOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import { decodeGraph } from './decode-graph.ts';
import { loadObjects, loadTables } from './load-database.ts';
import type { Contents, SavedState } from './saved-state.ts';

const SYSTEM = { user: 'System' };

export function loadState(model: Model, { volumes, graph }: SavedState): void {
  const { registry, conditions, clock } = model.world;
  for (const saved of volumes) {
    const volume = model.volumes.restore({ type: 'Datastore', value: saved.value }, saved.name, saved.capacityBytes);
    for (const value of saved.hosts) model.volumes.mount(volume, { type: 'HostSystem', value });
    for (const folder of saved.folders) volume.makeFolder(folder);
    volume.isAccessible = saved.isAccessible;
  }
  const volumeOf = (value: string) => model.volumes.of({ type: 'Datastore', value });
  const contents = decodeGraph(graph, registry, volumeOf) as Contents;
  for (const file of contents.files) file.volume.adopt(file);
  loadObjects(model, contents.database);
  const machines = contents.database.vms.map(({ vm }) => enter(model, vm));
  model.vms.reset(machines, contents.unregistered);
  for (const host of contents.outside)
    model.outside.add({ ...host, networks: host.networks.map((network) => registry.must(network.ref)) });
  holdDisks(model, contents);
  loadTables(model, contents.database);
  model.volumes.rebind();
  model.identities.load(contents.identities);
  model.dhcp.load(contents.leases);
  model.durations.random.state = contents.random.durations;
  model.random.state = contents.random.choices;
  setVersionCount(model, contents.random.versions);
  for (const { name, type, value, endsAt } of contents.conditions)
    conditions.begin(name, registry.must({ type, value }), endsAt && (endsAt - clock.now()) / 1000);
  for (const vm of machines) if (isBooting(vm)) bootGuest(model, vm, SYSTEM);
}

/** The machine and its snapshots under the references that they had. */
function enter(model: Model, vm: Vm): Vm {
  const { registry } = model.world;
  vm.object = registry.create('VirtualMachine', { ...vm.object.stored(), recentTask: [] }, { value: vm.object.value });
  for (const snapshot of vm.snapshots.all()) {
    const { type, value } = snapshot.object;
    snapshot.object = registry.create(type, snapshot.object.stored(), { value });
  }
  return vm;
}

/** Only machines hold disks now: what a task held is nobody's. */
function holdDisks(model: Model, { disks, unregistered, outside }: Contents): void {
  const seen = [...model.vms.all, ...outside.flatMap((host) => host.vms)];
  const leaves = [...seen, ...unregistered].flatMap(holdsOf);
  model.disks.adopt([...disks, ...leaves.flatMap((leaf) => [...chainOf(leaf)])]);
  for (const leaf of seen.flatMap(holdsOf)) model.disks.hold(leaf);
}

function isBooting(vm: Vm): boolean {
  if (powerStateOf(vm) !== 'poweredOn' || !vm.guest.tools) return false;
  return vm.customization !== undefined || vm.object.get('guest.toolsRunningStatus') !== 'guestToolsRunning';
}
