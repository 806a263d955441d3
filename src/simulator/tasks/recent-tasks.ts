// The lists of recent tasks (of vCenter and of each entity) and the end of task objects: ten minutes after its completion
// a task is gone, and whoever asks for it gets ManagedObjectNotFound. The lists hold every task that is queued or runs and
// the 200 that ended last, and change without an update being sent, as in vCenter.
import { managerRef } from '../core/service-content.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';

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
  /** List → the tasks in it that have ended, by their end: at most MOST_ENDED. */
  readonly #endedIn = new Map<SimObject, Set<SimObject>>();
  #waiting = false;

  constructor(world: World) {
    this.#world = world;
    this.#manager = world.registry.must(managerRef('taskManager'));
    this.#manager.setSilently('recentTask', []);
  }

  add(task: SimObject, entity: SimObject): void {
    for (const list of [this.#manager, entity]) list.addRefSilently('recentTask', task.ref);
  }

  ended(task: SimObject, entity: SimObject): void {
    if (this.#world.registry.get(task.ref) !== task) return; // it was dropped before its end
    this.#ended.set(task.value, { task, entity, goneAt: this.#world.clock.now() + KEPT_MS });
    for (const list of [this.#manager, entity]) this.#endedInList(list, task);
    this.#wait();
  }

  /** The task object is gone at once, whatever becomes of its work. */
  drop(task: SimObject, entity: SimObject): void {
    this.#ended.delete(task.value);
    this.#world.registry.remove(task);
    for (const list of [this.#manager, entity]) this.#unlist(list, task);
  }

  /** Every task that has ended is gone at once. */
  dropEnded(): void {
    for (const { task, entity } of [...this.#ended.values()]) this.drop(task, entity);
  }

  #endedInList(list: SimObject, task: SimObject): void {
    let ended = this.#endedIn.get(list);
    if (ended === undefined) this.#endedIn.set(list, (ended = new Set()));
    ended.add(task);
    const oldest = ended.values().next().value;
    if (ended.size > MOST_ENDED && oldest !== undefined) this.#unlist(list, oldest);
  }

  #unlist(list: SimObject, task: SimObject): void {
    list.removeRefSilently('recentTask', task.ref);
    const ended = this.#endedIn.get(list);
    if (ended?.delete(task) === true && ended.size === 0) this.#endedIn.delete(list);
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
    for (const { task, entity, goneAt } of this.#ended.values()) {
      if (goneAt > now) return;
      this.drop(task, entity);
    }
  }
}
