// RemoveSnapshot, RemoveAllSnapshots, ConsolidateVMDisks. A snapshot under clones can be removed: what the clones need stays
// on the datastore, and deltas that can't be merged because of them stay too (`consolidationNeeded`).
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import { managedObjectNotFound } from '../core/vim-fault.ts';
import { consolidate } from '../disks/consolidate.ts';
import { refAt } from '../inventory/links.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import { replaceFiles } from '../vm/refresh-devices.ts';
import { demandHost, exclusive, originOf, vmCall } from '../vm/vm-call.ts';
import { holdsOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import { publishSnapshots } from './publish-snapshots.ts';
import { withDescendants } from './snapshot-tree.ts';
import type { Snapshot } from './snapshot-tree.ts';

export interface SnapshotCall {
  readonly model: Model;
  readonly vm: Vm;
  readonly snapshot: Snapshot;
}

/** The snapshot that a method was called on, and its VM. Throws ManagedObjectNotFound. */
export function snapshotCall(context: CallContext): SnapshotCall {
  const model = modelOf(context.world);
  const vm = model.vms.get(refAt(context.self, 'vm'));
  const snapshot = vm?.snapshots.find(context.self.ref);
  if (vm === undefined || snapshot === undefined) throw managedObjectNotFound(context.self.ref);
  return { model, vm, snapshot };
}

/** RemoveSnapshot_Task. */
export function removeSnapshotTask(context: CallContext, removeChildren: boolean, merge: boolean): MoRef {
  const { model, vm, snapshot } = snapshotCall(context);
  return model.tasks.start(
    {
      kind: 'removeSnapshot',
      entity: vm.object,
      locks: exclusive(vm),
      begin: () => demandHost(model, vm),
      finish() {
        removeSnapshots(model, vm, removeChildren ? withDescendants(snapshot) : [snapshot], merge);
      },
    },
    originOf(context),
  );
}

/** RemoveAllSnapshots_Task. */
export function removeAllSnapshotsTask(context: CallContext, merge: boolean): MoRef {
  const { model, vm, origin } = vmCall(context);
  return model.tasks.start(
    {
      kind: 'removeAllSnapshots',
      entity: vm.object,
      locks: exclusive(vm),
      begin: () => demandHost(model, vm),
      finish: () => removeSnapshots(model, vm, vm.snapshots.all(), merge),
    },
    origin,
  );
}

/** ConsolidateVMDisks_Task. */
export function consolidateTask(context: CallContext): MoRef {
  const { model, vm, origin } = vmCall(context);
  return model.tasks.start(
    {
      kind: 'consolidate',
      entity: vm.object,
      locks: exclusive(vm),
      begin: () => demandHost(model, vm),
      finish: () => removeSnapshots(model, vm, [], true),
    },
    origin,
  );
}

function removeSnapshots(model: Model, vm: Vm, snapshots: readonly Snapshot[], merge: boolean): void {
  for (const snapshot of snapshots.toReversed()) {
    vm.snapshots.remove(snapshot);
    dropSnapshot(model, vm, snapshot);
    model.world.registry.remove(snapshot.object);
  }
  if (merge)
    replaceFiles(
      vm,
      consolidate(model.disks, holdsOf(vm), (file) => vm.home.owns(file)),
    );
  publishSnapshots(model, vm);
}

/** Gives up what a snapshot holds and deletes what nobody needs any more. */
export function dropSnapshot(model: Model, vm: Vm, snapshot: Snapshot): void {
  for (const disk of snapshot.disks) {
    model.disks.release(disk.file);
    model.disks.deleteUnused(disk.file);
  }
  for (const file of [snapshot.data, snapshot.memory]) if (file !== undefined) vm.home.removeFile(file);
}
