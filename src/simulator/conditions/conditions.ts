// What can be wrong with an entity for a while without anybody having called a method: a host that doesn't answer, a
// datastore that isn't accessible. Each kind is a file of its own; the model adds it. Guarantee: what `begin` did, `end`
// takes back, once.
import type { SimClock, SimTimer } from '../core/sim-clock.ts';
import type { SimObject } from '../core/sim-object.ts';

export interface Condition {
  /** As the admin endpoint calls it: `hostDisconnected`. */
  readonly name: string;
  /** Managed type that it can happen to. */
  readonly type: string;
  begin(object: SimObject): void;
  end(object: SimObject): void;
}

export interface ActiveCondition {
  readonly name: string;
  readonly object: SimObject;
  /** Simulated time in ms at which it is over; undefined: when somebody takes it back. */
  readonly endsAt: number | undefined;
}

/** There is no such condition, or it can't happen to that object; the message says which. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

interface Active extends ActiveCondition {
  readonly timer: SimTimer | undefined;
}

export class Conditions {
  readonly #clock: SimClock;
  readonly #kinds = new Map<string, Condition>();
  #active: Active[] = [];

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  add(kind: Condition): void {
    this.#kinds.set(kind.name, kind);
  }

  get names(): readonly string[] {
    return [...this.#kinds.keys()];
  }

  list(): readonly ActiveCondition[] {
    return this.#active.map(({ name, object, endsAt }) => ({ name, object, endsAt }));
  }

  /** Throws ConditionError for an unknown name or an object of another type. */
  check(name: string, object: SimObject): void {
    this.#kind(name, object);
  }

  /** When it holds already, only its end changes: after so many simulated seconds, or open. Throws as `check`. */
  begin(name: string, object: SimObject, forSeconds?: number): void {
    const kind = this.#kind(name, object);
    if (!this.isActive(name, object)) kind.begin(object);
    this.#keep(name, object, forSeconds === undefined ? undefined : this.#clock.now() + forSeconds * 1000);
  }

  /** True when it held. */
  end(name: string, object: SimObject): boolean {
    const kind = this.#kind(name, object);
    if (!this.isActive(name, object)) return false;
    this.#drop(name, object);
    kind.end(object);
    return true;
  }

  /** Nothing holds any more, and nothing is taken back: for objects that go. */
  forgetAll(): void {
    for (const { timer } of this.#active) timer?.cancel();
    this.#active = [];
  }

  /** The object is gone, and whatever was wrong with it. */
  forget(object: SimObject): void {
    this.#active = this.#active.filter((active) => active.object !== object);
  }

  isActive(name: string, object: SimObject): boolean {
    return this.#active.some((active) => active.name === name && active.object === object);
  }

  #keep(name: string, object: SimObject, endsAt: number | undefined): void {
    this.#drop(name, object);
    const timer =
      endsAt === undefined
        ? undefined
        : this.#clock.schedule(endsAt - this.#clock.now(), () => void this.end(name, object));
    this.#active.push({ name, object, endsAt, timer });
  }

  #drop(name: string, object: SimObject): void {
    const isIt = (active: Active): boolean => active.name === name && active.object === object;
    for (const active of this.#active) if (isIt(active)) active.timer?.cancel();
    this.#active = this.#active.filter((active) => !isIt(active));
  }

  #kind(name: string, object: SimObject): Condition {
    const kind = this.#kinds.get(name);
    if (kind === undefined)
      throw new ConditionError(`there is no condition ${name}; there are ${this.names.join(', ')}`);
    if (kind.type !== object.type)
      throw new ConditionError(`${name} happens to a ${kind.type}, not to a ${object.type}`);
    return kind;
  }
}
