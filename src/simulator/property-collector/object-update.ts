// ObjectUpdate and PropertyChange as data: what one object's coming, changing or going looks like to a client.
import { readPath } from '../core/property-path.ts';
import type { SimObject } from '../core/sim-object.ts';
import { typed } from './object-content.ts';
import type { PlannedProperty } from './property-plan.ts';
import { diffValues, sameValue } from './value-diff.ts';

type Data = Record<string, unknown>;

/** Properties that are unset aren't mentioned; `missing` names those that may not be read. */
export function enterUpdate(
  object: SimObject,
  plan: readonly PlannedProperty[],
  values: readonly unknown[],
  missing: readonly Data[] = [],
): Data {
  const changeSet = plan.flatMap((property, index) => {
    const value = values[index];
    return value === undefined ? [] : [{ name: property.path, op: 'assign', val: typed(object, property.path, value) }];
  });
  return {
    kind: 'enter',
    obj: object.ref,
    ...(changeSet.length === 0 ? {} : { changeSet }),
    ...(missing.length === 0 ? {} : { missingSet: missing }),
  };
}

export function leaveUpdate(object: SimObject): Data {
  return { kind: 'leave', obj: object.ref };
}

/** The changes of one property: nested ones when `partial`, else its whole new value. */
export function changedUpdate(
  object: SimObject,
  property: PlannedProperty,
  before: unknown,
  now: unknown,
  partial: boolean,
): readonly Data[] {
  if (sameValue(before, now)) return [];
  if (now === undefined) return [{ name: property.path, op: unsetOperation(object, property) }];
  if (!partial) return [{ name: property.path, op: 'assign', val: typed(object, property.path, now) }];
  return diffValues(property.path, before, now).map(({ name, op, value }) => ({
    name,
    op,
    ...(value === undefined ? {} : { val: typed(object, name, value) }),
  }));
}

/** `indirectRemove` when something around the property is unset, `assign` without a value when it is itself. */
function unsetOperation(object: SimObject, { segments }: PlannedProperty): 'assign' | 'remove' | 'indirectRemove' {
  const [first, ...rest] = segments;
  if (first === undefined || rest.length === 0) return 'assign';
  const container = readPath(object.get(first.text), segments.slice(0, -1), 1);
  if (container === undefined) return 'indirectRemove';
  return segments.at(-1)?.isKey === true ? 'remove' : 'assign';
}
