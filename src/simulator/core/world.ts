// One simulated vCenter: everything that its parts share. Made by `createWorld`; the model fills the inventory in.
// The root folder and the service instance exist from the start, with the references every client expects.
import type { Conditions } from '../conditions/conditions.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { SessionManagerState } from '../sessions/session-manager-state.ts';
import type { Access } from './access.ts';
import type { Hook } from './hook.ts';
import type { Ledger } from './ledger.ts';
import type { Registry } from './registry.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimObject } from './sim-object.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import type { Stats } from './stats.ts';

export interface World {
  readonly registry: Registry;
  readonly clock: SimClock;
  readonly ledger: Ledger;
  readonly stats: Stats;
  readonly faults: FaultPlan;
  readonly sessions: SessionManagerState;
  /** What is wrong with hosts and datastores. */
  readonly conditions: Conditions;
  readonly options: SimulatorOptions;
  /** Who may see and do what. Everybody may until the model sets one of its own. */
  access: Access;
  /**
   * What somebody may see or do has changed: whoever keeps something that follows from it (views, filters) works it out anew
   * for those users for whom the argument is true.
   */
  readonly accessChanged: Hook<[isAffected: (principal: string) => boolean]>;
  /**
   * The vCenter restarts: whoever keeps something that a restart loses (sessions, tasks, collectors) adds what forgets it.
   * The inventory stays.
   */
  readonly restart: Hook;
  /** The vCenter can't be reached for so many simulated seconds; connections are cut even when it is 0. */
  readonly outage: Hook<[seconds: number]>;
  /** The fault plan makes this task's object disappear; its work goes on. */
  readonly taskLost: Hook<[SimObject]>;
  /** The fault plan wants so many events about an object. */
  readonly eventFlood: Hook<[SimObject, number]>;
  /** `Folder:group-d1`. */
  readonly rootFolder: SimObject;
  /** `ServiceInstance:ServiceInstance`; its `content` names the managers. */
  readonly serviceInstance: SimObject;
  /** `about.instanceUuid`: follows from the seed. */
  readonly instanceUuid: string;
  /** What else parts of the model share, by a key of their own. */
  readonly extra: Map<string, unknown>;
}
