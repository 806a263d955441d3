// PromoteDisks_Task: a VM stops sharing. What it shares with others is copied into files of its own, then the chain is
// consolidated as far as its snapshots allow. A shared file that one of its own snapshots points at is left as it is.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import { consolidate } from '../disks/consolidate.ts';
import { chainOf, dataBytes } from '../disks/disk-file.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import { isUnshared, ownUses } from '../disks/usage.ts';
import type { Model } from '../inventory/model-state.ts';
import { publishSnapshots } from '../snapshots/publish-snapshots.ts';
import type { Device } from './devices.ts';
import { replaceFiles } from './refresh-devices.ts';
import { demandHost, exclusive, invalidArgument, vmCall } from './vm-call.ts';
import { holdsOf } from './vm.ts';
import type { Vm, VmDisk } from './vm.ts';

/** Without `disks`: all of them. Nothing to do is a success. */
export function promoteDisksTask(context: CallContext, args: Record<string, unknown>): MoRef {
  const { model, vm, origin } = vmCall(context);
  const wanted = ((args['disks'] as readonly Device[] | undefined) ?? []).map((device) => device.key);
  if (wanted.some((key) => !vm.disks.some((disk) => disk.key === key))) throw invalidArgument('disks');
  const unlink = args['unlink'] === true;
  const chosen = (): readonly VmDisk[] => vm.disks.filter((disk) => wanted.length === 0 || wanted.includes(disk.key));
  return model.tasks.start(
    {
      kind: 'promoteDisks',
      entity: vm.object,
      locks: exclusive(vm),
      copiedBytes: () => (unlink ? chosen().reduce((bytes, disk) => bytes + sharedPart(vm, disk).bytes, 0) : 0),
      begin: () => demandHost(model, vm),
      finish() {
        try {
          for (const disk of chosen()) {
            if (unlink) unshare(model, vm, disk);
            merge(model, vm, disk);
          }
        } finally {
          // Without space for the second disk the first one stays promoted.
          publishSnapshots(model, vm);
        }
      },
    },
    origin,
  );
}

interface SharedPart {
  /** The uppermost shared file; undefined: nothing is shared, or a snapshot of the VM needs it as it is. */
  readonly top: DiskFile | undefined;
  /** The VM's own files above it, the leaf first. */
  readonly above: readonly DiskFile[];
  readonly bytes: number;
}

function sharedPart(vm: Vm, disk: VmDisk): SharedPart {
  const own = ownUses(holdsOf(vm));
  const above: DiskFile[] = [];
  for (const file of chainOf(disk.file)) {
    if (isUnshared(file, own)) {
      above.push(file);
      continue;
    }
    const held = new Set(
      vm.snapshots.all().flatMap((snapshot) => snapshot.disks.map((snapshotDisk) => snapshotDisk.file)),
    );
    const shared = [...chainOf(file)];
    if (shared.some((candidate) => held.has(candidate))) return { top: undefined, above, bytes: 0 };
    const bytes = Math.min(
      shared.reduce((sum, candidate) => sum + dataBytes(candidate), 0),
      file.capacityBytes,
    );
    return { top: file, above, bytes };
  }
  return { top: undefined, above, bytes: 0 };
}

/** Throws NoDiskSpace, changing nothing of this disk. */
function unshare(model: Model, vm: Vm, disk: VmDisk): void {
  const { top, above, bytes } = sharedPart(vm, disk);
  const lowest = above.at(-1);
  if (top === undefined || lowest === undefined) return;
  const { volume } = vm.home;
  const copy = model.disks.createBase({
    volume,
    path: vm.home.freeDiskPath(),
    capacityBytes: top.capacityBytes,
    dataBytes: bytes,
    thin: top.thin,
  });
  model.disks.rebase(lowest, copy);
}

function merge(model: Model, vm: Vm, disk: VmDisk): void {
  const chain = new Set(
    vm.disks.filter((candidate) => candidate.key === disk.key).flatMap((candidate) => [...chainOf(candidate.file)]),
  );
  replaceFiles(
    vm,
    consolidate(model.disks, holdsOf(vm), (file) => chain.has(file)),
  );
}
