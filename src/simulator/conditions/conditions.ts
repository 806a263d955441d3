// What can be wrong with an entity for a while without anybody having called a method: a host that doesn't answer, a
// datastore that isn't accessible. Each kind is a file of its own; the model adds it. Guarantee: what `begin` did, `end`
// takes back, once.
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
}

/** There is no such condition, or it can't happen to that object; the message says which. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

export class Conditions {
  readonly #kinds = new Map<string, Condition>();
  #active: ActiveCondition[] = [];

  add(kind: Condition): void {
    this.#kinds.set(kind.name, kind);
  }

  get names(): readonly string[] {
    return [...this.#kinds.keys()];
  }

  list(): readonly ActiveCondition[] {
    return this.#active;
  }

  /** Does nothing when it holds already. Throws ConditionError for an unknown name or an object of another type. */
  begin(name: string, object: SimObject): void {
    const kind = this.#kind(name, object);
    if (this.isActive(name, object)) return;
    kind.begin(object);
    this.#active.push({ name, object });
  }

  /** True when it held. */
  end(name: string, object: SimObject): boolean {
    const kind = this.#kind(name, object);
    if (!this.isActive(name, object)) return false;
    this.#active = this.#active.filter((active) => active.name !== name || active.object !== object);
    kind.end(object);
    return true;
  }

  isActive(name: string, object: SimObject): boolean {
    return this.#active.some((active) => active.name === name && active.object === object);
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
