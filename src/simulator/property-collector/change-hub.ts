// From an object to the filters that look at it: what makes an update cost as much as the change and not as much as the
// inventory. One hub serves all sessions.
import type { Change } from '../core/change.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';

export interface Watcher {
  objectChanged(object: SimObject, path: string): void;
  objectLeft(object: SimObject): void;
}

export class ChangeHub {
  readonly #watchers = new Map<SimObject, Set<Watcher>>();

  constructor(registry: Registry) {
    registry.subscribe((change) => this.#heard(change));
  }

  /** Number of objects that somebody looks at. */
  get size(): number {
    return this.#watchers.size;
  }

  watch(object: SimObject, watcher: Watcher): void {
    const watchers = this.#watchers.get(object);
    if (watchers === undefined) this.#watchers.set(object, new Set([watcher]));
    else watchers.add(watcher);
  }

  unwatch(object: SimObject, watcher: Watcher): void {
    const watchers = this.#watchers.get(object);
    if (watchers?.delete(watcher) === true && watchers.size === 0) this.#watchers.delete(object);
  }

  #heard(change: Change): void {
    const watchers = this.#watchers.get(change.object);
    if (watchers === undefined) return;
    // A watcher may stop watching while it hears this.
    for (const watcher of [...watchers]) {
      if (change.kind === 'leave') watcher.objectLeft(change.object);
      else if (change.kind === 'modify') watcher.objectChanged(change.object, change.path);
    }
  }
}
