// The moments at which a VM's power state changes, and what goes with it: swap file, guest, nonpersistent disks, the first
// boot's writes. The tasks around them check and take their time; here it happens at once.
import { VimFault } from '../core/vim-fault.ts';
import { interruptCustomization } from '../customization/run-customization.ts';
import { dataBytes } from '../disks/disk-file.ts';
import { postVmEvent } from '../events/vm-events.ts';
import type { EventCause } from '../events/vm-events.ts';
import type { Model } from '../inventory/model-state.ts';
import { refreshStorage } from '../vm/storage-info.ts';
import { hostOf } from '../vm/vm-call.ts';
import { isNonpersistent, memoryBytesOf, nameOf } from '../vm/vm.ts';
import type { Rollback, Vm, VmDisk } from '../vm/vm.ts';
import { bootGuest } from './boot.ts';
import { plugIn, unplug } from './card-links.ts';
import { silentGuest } from './guest-info.ts';
import { setupOf } from './guest-profile.ts';
import { endStall, writableDisk, writeToDisk } from './guest-writes.ts';
import { reportGuest } from './start-tools.ts';

/** Space for the swap file and for what the guest will write at its first boot. Throws NoDiskSpace, taking nothing. */
export function reserveForPowerOn(vm: Vm): void {
  vm.home.addSwap(memoryBytesOf(vm));
  try {
    demandFirstBootSpace(vm);
  } catch (error) {
    vm.home.removeSwap();
    throw error;
  }
}

/** Throws NoDiskSpace when the guest's first boot would not fit. */
export function demandFirstBootSpace(vm: Vm): void {
  const leaf = firstBootDisk(vm)?.file;
  if (leaf === undefined || leaf.file.volume.freeBytes >= vm.firstBoot.bytes) return;
  const { path, volume } = leaf.file;
  throw new VimFault(
    'NoDiskSpace',
    { file: path, datastore: volume.name },
    `Insufficient disk space on datastore '${volume.name}'.`,
  );
}

/** After `reserveForPowerOn` and `demandFirstBootSpace`. */
export function powerOnNow(model: Model, vm: Vm, cause: EventCause): void {
  vm.rollback = rollbackOf(vm);
  vm.object.setMany({
    'runtime.powerState': 'poweredOn',
    'runtime.bootTime': isoNow(model),
    'runtime.cleanPowerOff': undefined,
    'runtime.suspendTime': undefined,
  });
  plugIn(vm);
  postVmEvent(model, vm, 'VmPoweredOnEvent', cause, `${nameOf(vm)} on ${nameOfHost(model, vm)} is powered on`);
  refreshStorage(model, vm);
  const disk = firstBootDisk(vm);
  if (disk !== undefined) writeToDisk(model, vm, disk, vm.firstBoot.bytes);
  vm.firstBoot.done = true;
  vm.guest.generation += 1;
  bootGuest(model, vm, cause);
}

/** Runs again where it stopped: out of suspension or from a snapshot with memory. */
export function resumeFromMemory(model: Model, vm: Vm, cause: EventCause): void {
  vm.rollback ??= rollbackOf(vm);
  vm.home.addSwap(memoryBytesOf(vm));
  vm.home.removeSuspended();
  vm.object.setMany({
    'runtime.powerState': 'poweredOn',
    'runtime.bootTime': isoNow(model),
    'runtime.suspendTime': undefined,
    'runtime.cleanPowerOff': undefined,
  });
  plugIn(vm);
  postVmEvent(model, vm, 'VmPoweredOnEvent', cause, `${nameOf(vm)} on ${nameOfHost(model, vm)} is powered on`);
  refreshStorage(model, vm);
  vm.guest.generation += 1;
  reportGuest(model, vm);
}

export function powerOffNow(model: Model, vm: Vm, cause: EventCause): void {
  stopGuest(vm);
  vm.home.removeSwap();
  vm.home.removeSuspended();
  rollBack(model, vm);
  vm.object.setMany({
    'runtime.powerState': 'poweredOff',
    'runtime.bootTime': undefined,
    'runtime.suspendTime': undefined,
    'runtime.cleanPowerOff': true,
  });
  refreshStorage(model, vm);
  postVmEvent(model, vm, 'VmPoweredOffEvent', cause, `${nameOf(vm)} on ${nameOfHost(model, vm)} is powered off`);
}

/** After `vm.home.addSuspended`, which takes the room for the memory. */
export function suspendNow(model: Model, vm: Vm, cause: EventCause): void {
  stopGuest(vm);
  vm.home.removeSwap();
  vm.object.setMany({
    'runtime.powerState': 'suspended',
    'runtime.bootTime': undefined,
    'runtime.suspendTime': isoNow(model),
  });
  refreshStorage(model, vm);
  postVmEvent(model, vm, 'VmSuspendedEvent', cause, `${nameOf(vm)} on ${nameOfHost(model, vm)} is suspended`);
}

/** The guest starts again; the VM stays on. */
export function restartGuest(model: Model, vm: Vm, cause: EventCause): void {
  endStall(vm);
  vm.guest.generation += 1;
  vm.object.set('guest', silentGuest(vm.guest.tools, true, vm.object.get('guest.customizationInfo')));
  vm.object.set('runtime.bootTime', isoNow(model));
  bootGuest(model, vm, cause);
}

function stopGuest(vm: Vm): void {
  vm.guest.generation += 1;
  endStall(vm);
  unplug(vm);
  interruptCustomization(vm);
  vm.object.set('guest', silentGuest(vm.guest.tools, false, vm.object.get('guest.customizationInfo')));
}

function rollbackOf(vm: Vm): Rollback | undefined {
  const forgetful = vm.disks.filter(isNonpersistent);
  if (forgetful.length === 0) return undefined;
  const [first] = vm.disks;
  return {
    written: new Map(forgetful.map((disk) => [disk.key, 0])),
    guest: first !== undefined && isNonpersistent(first) ? setupOf(vm.guest) : undefined,
    firstBootDone: vm.firstBoot.done,
  };
}

/** Nonpersistent disks forget everything since power-on: what was written, and what a customization set. */
function rollBack(model: Model, vm: Vm): void {
  const { rollback } = vm;
  if (rollback === undefined) return;
  vm.rollback = undefined;
  for (const disk of vm.disks) {
    const written = rollback.written.get(disk.key) ?? 0;
    if (written > 0) model.disks.truncate(disk.file, Math.max(0, dataBytes(disk.file) - written));
  }
  if (rollback.guest === undefined) return;
  Object.assign(vm.guest, rollback.guest);
  vm.firstBoot.done = rollback.firstBootDone;
}

/** Where the first boot writes to: the first disk that isn't a LUN; undefined when it has happened. */
function firstBootDisk(vm: Vm): VmDisk | undefined {
  if (vm.firstBoot.done || vm.firstBoot.bytes === 0) return undefined;
  return writableDisk(vm);
}

function nameOfHost(model: Model, vm: Vm): string {
  return String(hostOf(model, vm).get('name'));
}

function isoNow(model: Model): string {
  return new Date(model.world.clock.now()).toISOString();
}
