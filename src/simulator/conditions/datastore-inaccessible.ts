// All paths to a datastore are down: its space isn't known, what lies on it can't be opened, and the VMs whose
// configuration is there are inaccessible. Nothing on it is lost.
import type { Model } from '../inventory/model-state.ts';
import type { SimObject } from '../core/sim-object.ts';
import { followConnection } from '../vm/host-placement.ts';
import type { Condition } from './conditions.ts';

interface HostMount {
  readonly mountInfo: Readonly<Record<string, unknown>>;
}

export const datastoreInaccessible = (model: Model): Condition => ({
  name: 'datastoreInaccessible',
  type: 'Datastore',
  begin: (datastore) => setAccessible(model, datastore, false),
  end: (datastore) => setAccessible(model, datastore, true),
});

/** Volume, mounts and machines all say so. */
export function setAccessible(model: Model, datastore: SimObject, accessible: boolean): void {
  const volume = model.volumes.of(datastore.ref);
  volume.isAccessible = accessible;
  const mounts = datastore.get('host') as readonly HostMount[];
  datastore.set(
    'host',
    mounts.map((mount) => {
      const { inaccessibleReason: _, ...info } = mount.mountInfo;
      const reason = accessible ? {} : { inaccessibleReason: 'AllPathsDown_Start' };
      return { ...mount, mountInfo: { ...info, accessible, ...reason } };
    }),
  );
  for (const vm of model.vms.all) if (vm.home.volume === volume) followConnection(model, vm);
}
