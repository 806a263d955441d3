// The datastores that a task needs: those of the VM that it works on, the datastore that it works on, and those that it
// names itself. While one of them isn't accessible the task can't begin, and one that runs fails at its end.
import type { Volumes } from '../inventory/volumes.ts';
import { volumesOf } from '../vm/host-placement.ts';
import type { VmIndex } from '../vm/vm-index.ts';
import type { TaskWork } from './task-work.ts';

/** Throws InaccessibleDatastore. */
export function demandVolumes(model: { readonly vms: VmIndex; readonly volumes: Volumes }, work: TaskWork): void {
  for (const volume of work.volumes?.() ?? []) volume.demandAccessible();
  if (work.entity.type === 'Datastore') model.volumes.of(work.entity.ref).demandAccessible();
  const vm = model.vms.get(work.entity.ref);
  if (vm === undefined || work.entity.type !== 'VirtualMachine') return;
  for (const volume of volumesOf(vm)) volume.demandAccessible();
}
