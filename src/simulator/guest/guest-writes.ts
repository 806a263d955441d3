// Guests that write: the file that a disk points at grows, minute by minute, by a seeded rate around the one of the inventory
// file. What doesn't fit stops the guest with the question that ESXi asks then; it goes on when there is room, when the
// question is answered with Retry, and starts afresh after a power cycle.
import { VimFault } from '../core/vim-fault.ts';
import { dataBytes } from '../disks/disk-file.ts';
import { baseNameOf } from '../disks/stored-file.ts';
import { postVmEvent } from '../events/vm-events.ts';
import { seededRandom } from '../faults/seeded-random.ts';
import type { Model } from '../inventory/model-state.ts';
import { nameOf } from '../vm/vm.ts';
import type { Vm, VmDisk } from '../vm/vm.ts';

const EVERY_MS = 60_000;
const PER_HOUR = 3_600_000 / EVERY_MS;
const SYSTEM = { user: 'System' };
/** Ids of the answers. */
export const RETRY = '0';
export const CANCEL = '1';

/** From now on guests that do write; what they write follows from the seed. */
export function startGuestWrites(model: Model): void {
  // Numbers of its own: that guests write doesn't change where clones are placed.
  const random = seededRandom(model.world.options.seed + 1);
  model.guestTicks.add(EVERY_MS, (vm) => {
    if (vm.guest.stalled !== undefined) return retryWrite(model, vm);
    const { writesPerHour } = vm.guest.behaviour;
    if (writesPerHour > 0) guestWrites(model, vm, Math.round((writesPerHour / PER_HOUR) * (0.5 + random())));
  });
}

/** The guest writes to its first disk, or stops for want of room. */
export function guestWrites(model: Model, vm: Vm, bytes: number): void {
  const disk = writableDisk(vm);
  if (disk === undefined) return;
  try {
    writeToDisk(model, vm, disk, bytes);
  } catch (error) {
    if (!(error instanceof VimFault) || error.fault !== 'NoDiskSpace') throw error;
    stall(model, vm, disk, bytes);
  }
}

/** The disk that guests write to: the first that isn't a LUN. */
export function writableDisk(vm: Vm): VmDisk | undefined {
  return vm.disks.find((disk) => disk.rdm === undefined);
}

/** The file of a disk grows; a nonpersistent disk forgets that at power-off. Throws NoDiskSpace. */
export function writeToDisk(model: Model, vm: Vm, disk: VmDisk, bytes: number): void {
  const before = dataBytes(disk.file);
  model.disks.write(disk.file, bytes);
  const written = vm.rollback?.written.get(disk.key);
  if (written !== undefined) vm.rollback?.written.set(disk.key, written + dataBytes(disk.file) - before);
}

/** Tries again what didn't fit. */
export function retryWrite(model: Model, vm: Vm): void {
  const { stalled } = vm.guest;
  const disk = writableDisk(vm);
  if (stalled === undefined || disk === undefined) return;
  if (disk.file.file.volume.freeBytes < stalled.bytes) return;
  endStall(vm);
  guestWrites(model, vm, stalled.bytes);
}

/** The guest runs no more, or again: nobody waits for an answer. */
export function endStall(vm: Vm): void {
  if (vm.guest.stalled === undefined) return;
  vm.guest.stalled = undefined;
  vm.object.set('runtime.question', undefined);
}

function stall(model: Model, vm: Vm, disk: VmDisk, bytes: number): void {
  const file = baseNameOf(disk.file.file.path);
  const text =
    `There is no more space for virtual disk '${file}'. You might be able to continue this session by freeing ` +
    'disk space on the relevant volume, and clicking Retry. Click Cancel to terminate this session.';
  const message = [{ id: 'msg.hbacommon.outofspace', argument: [file], text }];
  const questionId = String(model.events.nextKey);
  vm.guest.stalled = { questionId, bytes };
  vm.object.set('runtime.question', {
    id: questionId,
    text: `msg.hbacommon.outofspace:${text}`,
    choice: {
      choiceInfo: [
        { key: RETRY, label: 'Retry', summary: 'Retry' },
        { key: CANCEL, label: 'Cancel', summary: 'Cancel' },
      ],
      defaultIndex: 0,
    },
    message,
  });
  postVmEvent(model, vm, 'VmMessageErrorEvent', SYSTEM, `Message on ${nameOf(vm)}: ${text}`, {
    message: text,
    messageInfo: message,
  });
}
