// The lists of machines that hosts, pools, datastores and networks keep, worked out from the machines.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { refsAt } from '../inventory/links.ts';
import type { Model } from '../inventory/model-state.ts';

const LISTS = ['HostSystem', 'ResourcePool', 'Datastore', 'Network'];

export function relinkMachines(model: Model): void {
  const { registry } = model.world;
  const lists = new Map<string, MoRef[]>();
  for (const { object } of model.vms.all) {
    const singles = ['runtime.host', 'resourcePool'].map((path) => object.get(path) as MoRef | undefined);
    for (const ref of [...singles, ...refsAt(object, 'datastore'), ...refsAt(object, 'network')]) {
      if (ref === undefined) continue;
      const list = lists.get(ref.value);
      if (list === undefined) lists.set(ref.value, [object.ref]);
      else list.push(object.ref);
    }
  }
  for (const type of LISTS)
    for (const holder of registry.ofType(type)) holder.setSilently('vm', lists.get(holder.value) ?? []);
}
