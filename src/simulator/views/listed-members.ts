// Views whose members are named by the client or by what it opened: list views and inventory views. Members that leave
// the inventory leave the view; an open folder's new children join.
import type { Change } from '../core/change.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { pathsTouch } from '../core/property-path.ts';
import { PARENT_PATHS, parentsOf } from './hierarchy.ts';
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

  /** `open` makes it an inventory view. */
  add(view: View, open?: readonly SimObject[]): void {
    this.#views.add(view);
    if (open === undefined) return;
    this.#open.set(view, new Set());
    for (const entity of open) this.open(view, entity);
  }

  remove(view: View): void {
    this.#views.delete(view);
    this.#open.delete(view);
  }

  /** What may be seen has changed: the children of what is open may be others. */
  refill(view: View): void {
    for (const entity of [...(this.#open.get(view) ?? [])]) this.open(view, entity);
  }

  /** Shows the children of `entity`. */
  open(view: View, entity: SimObject): void {
    this.#open.get(view)?.add(entity);
    for (const object of this.#registry.ofType('ManagedEntity')) {
      if (parentsOf(this.#registry, object).includes(entity)) view.add(object);
    }
  }

  /** Hides the children of `entity`, and theirs. */
  close(view: View, entity: SimObject): void {
    const open = this.#open.get(view);
    if (open?.delete(entity) !== true) return;
    for (const member of [...view.members]) {
      const parents = parentsOf(this.#registry, member);
      if (!parents.includes(entity) || parents.some((parent) => open.has(parent))) continue;
      this.close(view, member);
      view.delete(member);
    }
  }

  #heard(change: Change): void {
    if (change.kind === 'leave') {
      for (const view of this.#views) view.delete(change.object);
      for (const open of this.#open.values()) open.delete(change.object);
      return;
    }
    if (this.#open.size === 0) return;
    if (change.kind === 'modify' && !PARENT_PATHS.some((path) => pathsTouch(path, change.path))) return;
    const parents = parentsOf(this.#registry, change.object);
    for (const [view, open] of this.#open) {
      if (parents.some((parent) => open.has(parent))) view.add(change.object);
      else if (change.kind === 'modify') view.delete(change.object);
    }
  }
}
