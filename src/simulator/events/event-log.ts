// Everything that happened, as vCenter's events: keys rise by one and are used again only after a restore from a backup, times are the simulated clock's.
// The log keeps the last 50,000. An event remembers what it is about and where that was, so that events of a VM that is
// gone are still found under its folder.
import { managerRef } from '../core/service-content.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';
import { eventArguments } from './event-arguments.ts';
import { eventDescription } from './event-description.ts';
import { HistoryLog } from './history-log.ts';
import type { SavedLog } from './history-log.ts';
import { MAX_HISTORY_COLLECTORS } from '../sessions/owned-object.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { Whereabouts } from './whereabouts.ts';

export interface NewEvent {
  /** Type of the event, such as `VmPoweredOnEvent`. */
  readonly type: string;
  /** What it is about; undefined for the vCenter itself. */
  readonly entity: SimObject | undefined;
  readonly user: string;
  /** fullFormattedMessage. */
  readonly message: string;
  /** Fields of its own. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The chain of its task; its own key without one. */
  readonly chainId?: number;
}

export interface LoggedEvent extends Whereabouts {
  readonly data: Readonly<Record<string, unknown>>;
  readonly key: number;
  readonly chainId: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const MOST = 50_000;

export class EventLog {
  readonly #world: World;
  readonly #manager: SimObject;
  readonly log = new HistoryLog<LoggedEvent>(MOST);
  readonly #listeners = new Set<(number: number, event: LoggedEvent) => void>();
  #nextKey = 1;

  constructor(world: World) {
    this.#world = world;
    this.#manager = world.registry.must(managerRef('eventManager'));
    this.#manager.setMany({ maxCollector: MAX_HISTORY_COLLECTORS, description: eventDescription() });
  }

  /** Key of the next event. */
  get nextKey(): number {
    return this.#nextKey;
  }

  /** Keys go back: after a restore from a backup the events since are forgotten, and their keys are used again. */
  load(log: SavedLog<LoggedEvent>, nextKey: number): void {
    this.log.load(log);
    this.#nextKey = nextKey;
  }

  /** Oldest first. */
  get events(): readonly LoggedEvent[] {
    return this.log.items;
  }

  /** Writes an event and returns its key. */
  post(event: NewEvent): number {
    const key = this.#nextKey++;
    const at = this.#world.clock.now();
    const chainId = event.chainId ?? key;
    const data = Object.freeze({
      $type: event.type,
      key,
      chainId,
      createdTime: new Date(at).toISOString(),
      userName: event.user,
      ...eventArguments(this.#world.registry, event.entity),
      fullFormattedMessage: event.message,
      ...event.fields,
    });
    const logged = {
      data,
      key,
      chainId,
      at,
      ...whereaboutsOf(this.#world, event.entity),
    };
    const number = this.log.append(logged);
    this.#manager.set('latestEvent', data);
    for (const listener of this.#listeners) listener(number, logged);
    return key;
  }

  /** Calls `listener` for every event from now on, with its number in the log; returns how to stop. */
  subscribe(listener: (number: number, event: LoggedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
