// Views whose members are named by the client or by what it opened: list views and inventory views. Members that leave
// the inventory leave the view; an open folder's new children join. A datacenter comes with its folders of machines and of
// hosts, a compute resource with its root pool and its hosts (API reference: InventoryView.OpenInventoryViewFolder).
import type { Change } from '../core/change.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { pathsTouch } from '../core/property-path.ts';
import { isManagedA } from '../schema/schema.ts';
import { PARENT_PATHS, ancestorsOf, parentsOf } from './hierarchy.ts';
import type { View } from './view.ts';

export class ListedMembers {
  readonly #registry: Registry;
  readonly #views = new Set<View>();
  /** Inventory views only: the entities whose children are shown. */
  readonly #open = new Map<View, Set<SimObject>>();

  constructor(registry: Registry) {
    this.#registry = registry;
    registry.subscribe((change) => this.#heard(change));
  }

  /** `root` makes it an inventory view, which begins with that folder, closed. */
  add(view: View, root?: SimObject): void {
    this.#views.add(view);
    if (root === undefined) return;
    this.#open.set(view, new Set());
    view.add(root);
  }

  remove(view: View): void {
    this.#views.delete(view);
    this.#open.delete(view);
  }

  /** What may be seen has changed: the children of what is open may be others. */
  refill(view: View): void {
    const open = this.#open.get(view);
    if (open !== undefined && open.size > 0) this.#show(view, open);
  }

  /** Shows the children of `entity`, and opens the way to it. */
  open(view: View, entity: SimObject): void {
    const open = this.#open.get(view);
    if (open === undefined) return;
    if (!view.members.has(entity)) for (const above of ancestorsOf(this.#registry, entity)) open.add(above);
    open.add(entity);
    this.#show(view, open);
  }

  /** Hides the children of `entity`, and theirs. */
  close(view: View, entity: SimObject): void {
    const open = this.#open.get(view);
    if (open?.delete(entity) !== true) return;
    for (const other of [...open]) if (ancestorsOf(this.#registry, other).has(entity)) open.delete(other);
    for (const member of [...view.members])
      if (parentsOf(this.#registry, member).length > 0 && !this.#isShown(open, member)) view.delete(member);
  }

  #show(view: View, open: ReadonlySet<SimObject>): void {
    for (const object of this.#registry.ofType('ManagedEntity')) if (this.#isShown(open, object)) view.add(object);
  }

  #isShown(open: ReadonlySet<SimObject>, object: SimObject): boolean {
    return parentsOf(this.#registry, object).some(
      (parent) =>
        open.has(parent) ||
        (comesAlong(object, parent) && parentsOf(this.#registry, parent).some((above) => open.has(above))),
    );
  }

  #heard(change: Change): void {
    if (change.kind === 'leave') {
      for (const view of this.#views) view.delete(change.object);
      for (const open of this.#open.values()) open.delete(change.object);
      return;
    }
    if (this.#open.size === 0) return;
    if (change.kind === 'modify' && !PARENT_PATHS.some((path) => pathsTouch(path, change.path))) return;
    for (const [view, open] of this.#open) {
      if (this.#isShown(open, change.object)) view.add(change.object);
      else if (change.kind === 'modify') view.delete(change.object);
    }
  }
}

/** True for what is shown together with what it is in. */
function comesAlong(object: SimObject, parent: SimObject): boolean {
  if (isManagedA(parent.type, 'ComputeResource')) return ['HostSystem', 'ResourcePool'].includes(object.type);
  if (parent.type !== 'Datacenter') return false;
  const types = (object.get('childType') ?? []) as readonly string[];
  return types.includes('VirtualMachine') || types.includes('ComputeResource');
}
