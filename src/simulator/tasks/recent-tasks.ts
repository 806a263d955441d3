// The lists of recent tasks (of vCenter and of each entity) and the end of task objects: ten minutes after its completion
// a task is gone, and whoever asks for it gets ManagedObjectNotFound. The lists hold at most 200 and change without an
// update being sent, as in vCenter.
import { managerRef } from '../core/service-content.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';
import { refsAt, sameRef } from '../inventory/links.ts';

const MOST = 200;
const KEPT_MS = 10 * 60_000;

interface Ended {
  readonly task: SimObject;
  readonly entity: SimObject;
  readonly goneAt: number;
}

export class RecentTasks {
  readonly #world: World;
  readonly #manager: SimObject;
  /** In the order of their end, so one timer is enough. */
  #ended: Ended[] = [];
  #waiting = false;

  constructor(world: World) {
    this.#world = world;
    this.#manager = world.registry.must(managerRef('taskManager'));
    this.#manager.setSilently('recentTask', []);
  }

  add(task: SimObject, entity: SimObject): void {
    for (const list of [this.#manager, entity])
      list.setSilently('recentTask', [...refsAt(list, 'recentTask').slice(1 - MOST), task.ref]);
  }

  ended(task: SimObject, entity: SimObject): void {
    this.#ended.push({ task, entity, goneAt: this.#world.clock.now() + KEPT_MS });
    this.#wait();
  }

  #wait(): void {
    const [next] = this.#ended;
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
    const alive = this.#ended.findIndex((ended) => ended.goneAt > now);
    const gone = this.#ended.splice(0, alive < 0 ? this.#ended.length : alive);
    for (const { task, entity } of gone) {
      this.#world.registry.remove(task);
      for (const list of [this.#manager, entity]) {
        list.setSilently(
          'recentTask',
          refsAt(list, 'recentTask').filter((ref) => !sameRef(ref, task.ref)),
        );
      }
    }
  }
}
