// The VMs of the folders we watch, by reference, by marker and by name. It's a trigger and a first look, never proof:
// whatever is destroyed or given up for lost is read live first.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { VmView } from './vm-view.ts';

function nameKey(folder: MoRef, name: string): string {
  return `${moRefKey(folder)}/${name.toLowerCase()}`;
}

/** A multimap that drops empty entries. */
class Index {
  readonly #entries = new Map<string, Set<string>>();

  add(key: string | undefined, ref: string): void {
    if (key === undefined) return;
    const refs = this.#entries.get(key);
    if (refs === undefined) this.#entries.set(key, new Set([ref]));
    else refs.add(ref);
  }

  remove(key: string | undefined, ref: string): void {
    if (key === undefined) return;
    const refs = this.#entries.get(key);
    refs?.delete(ref);
    if (refs?.size === 0) this.#entries.delete(key);
  }

  get(key: string): ReadonlySet<string> {
    return this.#entries.get(key) ?? new Set();
  }
}

export class VmInventory {
  readonly #vms = new Map<string, VmView>();
  readonly #versions = new Map<string, string>();
  readonly #byUid = new Index();
  readonly #byName = new Index();

  get size(): number {
    return this.#vms.size;
  }

  get(ref: MoRef): VmView | undefined {
    return this.#vms.get(moRefKey(ref));
  }

  /**
   * The version of the VM's configuration as it was told last. It stays when vCenter tells no configuration any more: one whose
   * files can't be reached is changed by nobody.
   */
  versionOf(ref: MoRef): string | undefined {
    return this.#versions.get(moRefKey(ref));
  }

  upsert(vm: VmView): void {
    const key = moRefKey(vm.ref);
    this.#unindex(key);
    this.#vms.set(key, vm);
    if (vm.changeVersion !== undefined) this.#versions.set(key, vm.changeVersion);
    this.#byUid.add(vm.marker?.uid, key);
    if (vm.parent !== undefined) this.#byName.add(nameKey(vm.parent, vm.name), key);
  }

  remove(ref: MoRef): VmView | undefined {
    const key = moRefKey(ref);
    const vm = this.#vms.get(key);
    this.#unindex(key);
    this.#vms.delete(key);
    this.#versions.delete(key);
    return vm;
  }

  /** All VMs whose marker names this LinkedClone, copies included. */
  withMarkerUid(uid: string): VmView[] {
    return [...this.#byUid.get(uid)].flatMap((key) => this.#vms.get(key) ?? []);
  }

  /** VMs of that name in the folder; vCenter compares without case. */
  withName(folder: MoRef, name: string): VmView[] {
    return [...this.#byName.get(nameKey(folder, name))].flatMap((key) => this.#vms.get(key) ?? []);
  }

  #unindex(key: string): void {
    const old = this.#vms.get(key);
    if (old === undefined) return;
    this.#byUid.remove(old.marker?.uid, key);
    if (old.parent !== undefined) this.#byName.remove(nameKey(old.parent, old.name), key);
  }
}
