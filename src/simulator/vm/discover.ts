// A VM that is registered on a host comes into the inventory with it: the same files, disks, snapshots and uuids, the same
// power state, but a new managed object, and new ones for its snapshots. What only the vCenter knew of it is gone: folder,
// pool, custom fields, permissions.
import { postVmEvent } from '../events/vm-events.ts';
import type { EventCause } from '../events/vm-events.ts';
import type { Model } from '../inventory/model-state.ts';
import { createSnapshotObject } from '../snapshots/create-snapshot.ts';
import { publishSnapshots } from '../snapshots/publish-snapshots.ts';
import { chooseInstanceUuid } from './clone/clone-identity.ts';
import { enroll } from './enroll.ts';
import type { Placement } from './enroll.ts';
import { connectionStateOn, volumesOf } from './host-placement.ts';
import { networkRefs } from './network-refs.ts';
import { otherDevices } from './other-devices.ts';
import { isTemplate, nameOf } from './vm.ts';
import type { Vm } from './vm.ts';

export function discoverVm(model: Model, vm: Vm, place: Placement, cause: EventCause): void {
  const before = vm.object;
  const config = before.get('config') as Readonly<Record<string, unknown>>;
  const oldName = nameOf(vm);
  const name = freeName(model, place, oldName);
  const identity = chooseInstanceUuid(model, String(config['instanceUuid']));
  vm.object = enroll(model, isTemplate(vm) ? { ...place, pool: undefined } : place, {
    name,
    config: { ...config, name, instanceUuid: identity.uuid },
    runtime: {
      ...(before.get('runtime') as object),
      host: place.host.ref,
      connectionState: connectionStateOn(place.host),
    },
    guest: before.get('guest') as Readonly<Record<string, unknown>>,
    datastore: [...volumesOf(vm)].map((volume) => volume.ref),
    network: networkRefs(otherDevices(config)),
  });
  model.vms.add(vm);
  for (const snapshot of vm.snapshots.all())
    snapshot.object = createSnapshotObject(model, vm, snapshot.object.get('config'));
  publishSnapshots(model, vm);
  const host = String(place.host.get('name'));
  postVmEvent(model, vm, 'VmDiscoveredEvent', cause, `Discovered virtual machine ${name} on ${host}`);
  identity.announce(vm, cause);
  if (name === oldName) return;
  const message = `Virtual machine ${oldName} on ${host} renamed to ${name}: the name was taken`;
  postVmEvent(model, vm, 'VmAutoRenameEvent', cause, message, { oldName, newName: name });
}

/** `vm`, `vm (1)`, …: the first that nothing in the folder has. */
function freeName(model: Model, { folder }: Placement, name: string): string {
  let free = name;
  for (let n = 1; model.names.find(folder.ref, free) !== undefined; n++) free = `${name} (${n})`;
  return free;
}
