// Everything that the model half of the simulator shares, besides the objects in the registry.
import type { World } from '../core/world.ts';
import type { CustomizationSpecs } from '../customization/customization-specs.ts';
import type { DiskStore } from '../disks/disk-store.ts';
import type { EventLog } from '../events/event-log.ts';
import type { DhcpLeases } from '../guest/dhcp-leases.ts';
import type { SeededRandom } from '../faults/seeded-random.ts';
import type { GuestTicks } from '../guest/guest-ticks.ts';
import type { Durations } from '../tasks/durations.ts';
import type { TaskEngine } from '../tasks/task-engine.ts';
import type { VmIndex } from '../vm/vm-index.ts';
import type { Authorization } from '../access/authorization.ts';
import type { CustomFields } from './custom-fields.ts';
import type { FolderNames } from './folder-names.ts';
import type { OutsideHosts } from './outside-hosts.ts';
import type { Identities } from './identities.ts';
import type { Volumes } from './volumes.ts';

export interface Model {
  readonly world: World;
  readonly identities: Identities;
  readonly names: FolderNames;
  readonly disks: DiskStore;
  readonly volumes: Volumes;
  /** Hosts that were removed. */
  readonly outside: OutsideHosts;
  readonly durations: Durations;
  readonly tasks: TaskEngine;
  readonly events: EventLog;
  readonly vms: VmIndex;
  readonly dhcp: DhcpLeases;
  readonly guestTicks: GuestTicks;
  readonly specs: CustomizationSpecs;
  readonly fields: CustomFields;
  readonly authorization: Authorization;
  /** Numbers from 0 to below 1 that follow from the seed: for choices like the host of a clone. */
  readonly random: SeededRandom;
}

const KEY = 'model';

/** Makes the model of a world known to `modelOf`. */
export function setModel(model: Model): void {
  model.world.extra.set(KEY, model);
}

/** The model of a world. Throws before buildModel has run: a mistake of ours. */
export function modelOf(world: World): Model {
  const model = world.extra.get(KEY) as Model | undefined;
  if (model === undefined) throw new Error('this world has no inventory yet');
  return model;
}
