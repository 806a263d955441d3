// The properties `snapshot` and `rootSnapshot` of a VM and `childSnapshot` of its snapshots, after the tree changed.
import type { Model } from '../inventory/model-state.ts';
import { refreshStorage } from '../vm/storage-info.ts';
import { publishDisks } from '../vm/refresh-devices.ts';
import { touched } from '../vm/touch-config.ts';
import type { Vm } from '../vm/vm.ts';

/** Everything that clients see of a VM's snapshots. */
export function publishTree(vm: Vm): void {
  for (const snapshot of vm.snapshots.all()) {
    const children = snapshot.children.map((child) => child.object.ref);
    const before = (snapshot.object.get('childSnapshot') as readonly { value: string }[] | undefined) ?? [];
    if (before.map((ref) => ref.value).join() !== children.map((ref) => ref.value).join())
      snapshot.object.set('childSnapshot', children);
  }
  vm.object.setMany({
    snapshot: vm.snapshots.info(vm.object.ref),
    rootSnapshot: vm.snapshots.roots.map((root) => root.object.ref),
  });
}

/** The tree, the disks and the figures: what follows every snapshot operation. */
export function publishSnapshots(model: Model, vm: Vm): void {
  publishDisks(model, vm);
  publishTree(vm);
  vm.object.setMany(touched(model));
  refreshStorage(model, vm);
}
