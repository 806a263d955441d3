// Beginning a condition by the names that people use: of the condition, and of what it happens to.
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';
import type { ConditionJson } from '../faults/fault-rule.ts';
import { ConditionError } from './conditions.ts';

/** Throws ConditionError. */
export function beginCondition(world: World, { condition, object, forSeconds }: ConditionJson): void {
  world.conditions.begin(condition, entityNamed(world, object), forSeconds);
}

/** Throws ConditionError when `beginCondition` would, changing nothing. */
export function checkCondition(world: World, { condition, object }: ConditionJson): void {
  world.conditions.check(condition, entityNamed(world, object));
}

/** By MoRef value or by name. Throws ConditionError. */
export function entityNamed(world: World, name: unknown): SimObject {
  for (const object of world.registry.ofType('ManagedEntity'))
    if (object.value === name || object.get('name') === name) return object;
  throw new ConditionError('object must be the name of an entity or the value of its reference');
}
