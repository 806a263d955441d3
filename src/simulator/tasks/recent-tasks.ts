// The lists of recent tasks (of vCenter and of each entity) and the end of task objects: ten minutes after its completion
// a task is gone, and whoever asks for it gets ManagedObjectNotFound. The lists hold every task that is queued or runs and
// the 200 that ended last, and change without an update being sent, as in vCenter.
import { managerRef } from '../core/service-content.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';
import { refsAt } from '../inventory/links.ts';

const MOST_ENDED = 200;
const KEPT_MS = 10 * 60_000;

interface Ended {
  readonly task: SimObject;
  readonly entity: SimObject;
  readonly goneAt: number;
}

export class RecentTasks {
  readonly #world: World;
  readonly #manager: SimObject;
  /** By MoRef value, in the order of their end, so one timer is enough. */
  readonly #ended = new Map<string, Ended>();
  #waiting = false;

  constructor(world: World) {
    this.#world = world;
    this.#manager = world.registry.must(managerRef('taskManager'));
    this.#manager.setSilently('recentTask', []);
  }

  add(task: SimObject, entity: SimObject): void {
    for (const list of [this.#manager, entity])
      list.setSilently('recentTask', [...refsAt(list, 'recentTask'), task.ref]);
  }

  ended(task: SimObject, entity: SimObject): void {
    if (this.#world.registry.get(task.ref) !== task) return; // it was dropped before its end
    this.#ended.set(task.value, { task, entity, goneAt: this.#world.clock.now() + KEPT_MS });
    for (const list of [this.#manager, entity]) this.#shorten(list);
    this.#wait();
  }

  /** The task object is gone at once, whatever becomes of its work. */
  drop(task: SimObject, entity: SimObject): void {
    this.#ended.delete(task.value);
    this.#world.registry.remove(task);
    for (const list of [this.#manager, entity]) unlist(list, task.value);
  }

  /** Every task that has ended is gone at once. */
  dropEnded(): void {
    for (const { task, entity } of [...this.#ended.values()]) this.drop(task, entity);
  }

  #shorten(list: SimObject): void {
    const listed = new Set(refsAt(list, 'recentTask').map((ref) => ref.value));
    let over = -MOST_ENDED;
    for (const value of listed) if (this.#ended.has(value)) over += 1;
    if (over <= 0) return;
    for (const value of this.#ended.keys()) {
      if (!listed.has(value)) continue;
      unlist(list, value);
      return;
    }
  }

  #wait(): void {
    const next = this.#ended.values().next().value;
    if (next === undefined || this.#waiting) return;
    this.#waiting = true;
    this.#world.clock.schedule(next.goneAt - this.#world.clock.now(), () => {
      this.#waiting = false;
      this.#forget();
      this.#wait();
    });
  }

  #forget(): void {
    const now = this.#world.clock.now();
    for (const { task, entity, goneAt } of [...this.#ended.values()]) {
      if (goneAt > now) return;
      this.drop(task, entity);
    }
  }
}

function unlist(list: SimObject, value: string): void {
  list.setSilently(
    'recentTask',
    refsAt(list, 'recentTask').filter((ref) => ref.value !== value),
  );
}
