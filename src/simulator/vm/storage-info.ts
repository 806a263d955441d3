// `layoutEx` and `storage`: what a VM takes, as vCenter last looked. vCenter refreshes them seldom and sends no update, so
// they are stale in between and carry the time they are from. Refreshed: when an operation on the VM's own disks ends, on
// RefreshStorageInfo, and all of them at the interval of the inventory file.
import { layoutEx } from '../disks/layout.ts';
import { usageOf } from '../disks/usage.ts';
import type { Model } from '../inventory/model-state.ts';
import type { Vm } from './vm.ts';

/** Brings the figures of one VM up to date. */
export function refreshStorage(model: Model, vm: Vm): void {
  const timestamp = new Date(model.world.clock.now()).toISOString();
  const snapshots = vm.snapshots.all();
  const layoutDisks = (disks: Vm['disks']): { key: number; leaf: Vm['disks'][number]['file'] }[] =>
    disks.map((disk) => ({ key: disk.key, leaf: disk.file }));
  vm.object.setSilently(
    'layoutEx',
    layoutEx({
      plain: vm.home.files,
      disks: layoutDisks(vm.disks),
      snapshots: snapshots.map((snapshot) => ({
        ref: snapshot.object.ref,
        data: snapshot.data,
        memory: snapshot.memory,
        disks: layoutDisks(snapshot.disks),
      })),
      timestamp,
    }),
  );
  const usage = usageOf({
    plain: vm.home.files,
    current: vm.disks.map((disk) => disk.file),
    snapshots: snapshots.flatMap((snapshot) => snapshot.disks.map((disk) => disk.file)),
  });
  const perDatastoreUsage = [...usage].map(([volume, { committed, uncommitted, unshared }]) => ({
    datastore: volume.ref,
    committed,
    uncommitted,
    unshared,
  }));
  vm.object.setSilently('storage', { perDatastoreUsage, timestamp });
}

/** VMs looked at before others get a turn: some milliseconds of work. */
const AT_A_TIME = 200;

/** Refreshes every VM at the interval, from now on. */
export function refreshStorageRegularly(model: Model, intervalMs: number): void {
  const { clock } = model.world;
  function sweep(waiting: readonly Vm[]): void {
    for (const vm of waiting.slice(0, AT_A_TIME)) if (vm.registered) refreshStorage(model, vm);
    const left = waiting.slice(AT_A_TIME);
    if (left.length > 0) clock.schedule(0, () => sweep(left));
  }
  function next(): void {
    clock.schedule(intervalMs, () => {
      sweep([...model.vms.all]);
      next();
    });
  }
  next();
}
