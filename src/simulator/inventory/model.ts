// Fills a vCenter with what an inventory file says, and gives the methods on it.
import { mergeMethodTables } from '../core/call-context.ts';
import type { MethodTable } from '../core/call-context.ts';
import type { World } from '../core/world.ts';
import { conditionKinds } from '../conditions/condition-kinds.ts';
import { CustomizationSpecs } from '../customization/customization-specs.ts';
import { addSeedSpec } from '../customization/spec-from-seed.ts';
import { DiskStore } from '../disks/disk-store.ts';
import { EventLog } from '../events/event-log.ts';
import { floodEvents } from '../events/event-flood.ts';
import { METHOD_TABLES } from '../method-tables.ts';
import { seededRandom } from '../faults/seeded-random.ts';
import { DhcpLeases } from '../guest/dhcp-leases.ts';
import { startGuestWrites } from '../guest/guest-writes.ts';
import { GuestTicks } from '../guest/guest-ticks.ts';
import { Durations } from '../tasks/durations.ts';
import { demandVolumes } from '../tasks/needed-volumes.ts';
import { TaskEngine } from '../tasks/task-engine.ts';
import { describeTasks } from '../tasks/task-methods.ts';
import { loadState } from '../state/load-state.ts';
import type { SavedState } from '../state/saved-state.ts';
import { refreshStorageRegularly } from '../vm/storage-info.ts';
import { deriveVmProperties } from '../vm/vm-derivations.ts';
import { VmIndex } from '../vm/vm-index.ts';
import { Authorization } from '../access/authorization.ts';
import { seedPermissions, seedPrincipals } from '../access/seed-access.ts';
import { describeDirectory } from '../access/user-directory-methods.ts';
import { postSessionEvents } from '../events/session-events.ts';
import { mayReadEvent } from '../events/visible-events.ts';
import { describeEmptyManagers } from '../admin/empty-managers.ts';
import { describeLicenses } from '../admin/license-methods.ts';
import { forgetInClusterLists } from './cluster-lists.ts';
import { deriveComputeProperties } from './build-compute.ts';
import { buildInventory } from './build-inventory.ts';
import { CustomFields } from './custom-fields.ts';
import { deriveEntityProperties } from './entity-derivations.ts';
import { FolderNames } from './folder-names.ts';
import { describePerformance } from '../performance/performance-methods.ts';
import { deriveHostSettings } from './host-settings.ts';
import { Identities } from './identities.ts';
import { OutsideHosts } from './outside-hosts.ts';
import { setModel } from './model-state.ts';
import type { Model } from './model-state.ts';
import type { Seed } from './seed.ts';
import { Volumes } from './volumes.ts';

/** Once for a world. Throws the fault NoDiskSpace when a datastore is too small for what the file puts on it. */
export function buildModel(world: World, seed: Seed, saved?: SavedState): MethodTable {
  const model = createModel(world, seed);
  setModel(model);
  deriveEntityProperties(world.registry);
  deriveVmProperties(world.registry);
  deriveComputeProperties(world.registry);
  forgetInClusterLists(world.registry);
  describeLicenses(world.registry);
  deriveHostSettings(world.registry);
  describePerformance(world.registry);
  describeEmptyManagers(world.registry);
  describeTasks(world);
  postSessionEvents(world, model.events);
  for (const user of seed.users)
    world.sessions.addAccount({ userName: user.name, password: user.password, fullName: user.name });
  seedPrincipals(world, model.authorization, seed);
  describeDirectory(world, model.authorization.directory);
  // Conditions that lasted begin again with the inventory.
  for (const kind of conditionKinds(model)) world.conditions.add(kind);
  if (saved === undefined) fill(model, seed);
  else loadState(model, saved);
  if (seed.vms.some((vm) => vm.behaviour.writesPerHour > 0)) startGuestWrites(model);
  hideEvents(model);
  world.access = model.authorization;
  refreshStorageRegularly(model, seed.storageRefreshMs);
  if (world.options.maxSessions === undefined && seed.limits.sessions !== undefined)
    world.sessions.policy.maxSessions = seed.limits.sessions;
  world.restart.add(() => model.tasks.dropAll());
  world.taskLost.add((task) => model.tasks.lose(task));
  world.eventFlood.add((about, count) => floodEvents(model.events, about, count));
  return mergeMethodTables(...METHOD_TABLES);
}

/** What the inventory file says, for a vCenter that starts for the first time. */
function fill(model: Model, seed: Seed): void {
  for (const name of seed.customFields) model.fields.add(name, undefined);
  for (const spec of seed.customizationSpecs) addSeedSpec(model.specs, spec);
  buildInventory(model, seed);
  seedPermissions(model.world, model.authorization, seed);
}

/** The latest event that a user may read isn't the latest of all. */
function hideEvents({ world, authorization, events }: Model): void {
  authorization.present(
    'EventManager.latestEvent',
    (principal) => events.events.findLast((event) => mayReadEvent(world, principal, event))?.data,
  );
}

function createModel(world: World, seed: Seed): Model {
  const identities = new Identities(world.options.seed);
  const durations = new Durations(seed.timing, world.options.seed);
  const events = new EventLog(world);
  const vms = new VmIndex();
  const volumes = new Volumes(world);
  const tasks = new TaskEngine({
    world,
    durations,
    limits: { host: seed.limits.unitsPerHost, datastore: seed.limits.unitsPerDatastore, vcenter: seed.limits.tasks },
    demandVolumes: (work) => demandVolumes({ vms, volumes }, work),
    announce(entity, user, info) {
      const chainId = events.nextKey;
      const data = info(chainId);
      events.post({
        type: 'TaskEvent',
        entity,
        user,
        message: `Task: ${String(data['descriptionId'])}`,
        fields: { info: data },
        chainId,
      });
      return chainId;
    },
  });
  return {
    world,
    identities,
    durations,
    events,
    tasks,
    names: new FolderNames(),
    disks: new DiskStore(identities),
    volumes,
    vms,
    outside: new OutsideHosts(world.options.seed),
    dhcp: new DhcpLeases(),
    guestTicks: new GuestTicks(world.clock, () => vms.all),
    specs: new CustomizationSpecs(world.registry, () => world.clock.now()),
    fields: new CustomFields(world),
    authorization: new Authorization(world),
    random: seededRandom(world.options.seed),
  };
}
