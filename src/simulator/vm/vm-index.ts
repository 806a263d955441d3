// Every VM: the registered ones by reference and by instanceUuid (unique within a vCenter), the others by their .vmx file.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { managedObjectNotFound } from '../core/vim-fault.ts';
import type { Vm } from './vm.ts';

export class VmIndex {
  readonly #byRef = new Map<string, Vm>();
  readonly #byInstanceUuid = new Map<string, Vm>();
  readonly #unregistered = new Map<string, Vm>();

  /** Registered VMs, oldest first. */
  get all(): Iterable<Vm> {
    return this.#byRef.values();
  }

  get(ref: MoRef): Vm | undefined {
    return this.#byRef.get(ref.value);
  }

  /** The VM of a managed object. Throws ManagedObjectNotFound. */
  of(object: SimObject): Vm {
    const vm = this.#byRef.get(object.value);
    if (vm === undefined) throw managedObjectNotFound(object.ref);
    return vm;
  }

  byInstanceUuid(uuid: string): Vm | undefined {
    return this.#byInstanceUuid.get(uuid.toLowerCase());
  }

  /** After the object has its instanceUuid. */
  add(vm: Vm): void {
    vm.registered = true;
    this.#byRef.set(vm.object.value, vm);
    this.#byInstanceUuid.set(instanceUuidOf(vm), vm);
    this.#unregistered.delete(vm.home.vmxPath);
  }

  /** Takes a VM out for good. */
  remove(vm: Vm): void {
    vm.registered = false;
    this.#byRef.delete(vm.object.value);
    if (this.#byInstanceUuid.get(instanceUuidOf(vm)) === vm) this.#byInstanceUuid.delete(instanceUuidOf(vm));
  }

  /** Takes a VM out whose files stay. */
  unregister(vm: Vm): void {
    this.remove(vm);
    this.#unregistered.set(vm.home.vmxPath, vm);
  }

  /** These are all there are: for an inventory that comes back. */
  reset(registered: Iterable<Vm>, unregistered: Iterable<Vm>): void {
    this.#byRef.clear();
    this.#byInstanceUuid.clear();
    this.#unregistered.clear();
    for (const vm of registered) this.add(vm);
    for (const vm of unregistered) {
      vm.registered = false;
      this.#unregistered.set(vm.home.vmxPath, vm);
    }
  }

  /** VMs whose files are on datastores and that aren't in the inventory. */
  get unregistered(): Iterable<Vm> {
    return this.#unregistered.values();
  }

  /** The .vmx file of an unregistered VM is gone: it can't come back. */
  forget(vm: Vm): void {
    this.#unregistered.delete(vm.home.vmxPath);
  }

  /** The unregistered VM of a .vmx file. */
  unregisteredAt(vmxPath: string): Vm | undefined {
    return this.#unregistered.get(vmxPath);
  }

  /** Runs `change`, which may give the VM another instanceUuid. */
  reindex(vm: Vm, change: () => void): void {
    const before = instanceUuidOf(vm);
    change();
    if (this.#byInstanceUuid.get(before) === vm) this.#byInstanceUuid.delete(before);
    this.#byInstanceUuid.set(instanceUuidOf(vm), vm);
  }
}

function instanceUuidOf(vm: Vm): string {
  return String(vm.object.get('config.instanceUuid')).toLowerCase();
}
