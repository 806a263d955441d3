// One object as RetrieveProperties answers it: what is set in propSet, what may not be read in missingSet.
import type { SimObject } from '../core/sim-object.ts';
import { declaredType } from '../wire/declared-type.ts';
import { TypedValue } from '../wire/typed-value.ts';
import { parsePath } from '../core/property-path.ts';
import type { PlannedProperty } from './property-plan.ts';
import { readAllowed, refusals } from './read-property.ts';
import type { Reader } from './read-property.ts';

/** The data object ObjectContent. */
export function objectContent(
  reader: Reader,
  object: SimObject,
  plan: readonly PlannedProperty[],
): Record<string, unknown> {
  const propSet: unknown[] = [];
  const missing = refusals(reader, object, plan);
  for (const property of plan) {
    const value = readAllowed(reader, object, property);
    if (value !== undefined) propSet.push({ name: property.path, val: typed(object, property.path, value) });
  }
  return {
    obj: object.ref,
    ...(propSet.length === 0 ? {} : { propSet }),
    ...(missing.length === 0 ? {} : { missingSet: missing }),
  };
}

/** A property's value with the type that the schema declares at its path. */
export function typed(object: SimObject, path: string, value: unknown): TypedValue {
  const segments = parsePath(path) ?? [];
  const root = segments.length > 1 ? object.get(segments[0]?.text ?? '') : undefined;
  const declared = declaredType(object.type, segments, root);
  if (declared === undefined) throw new TypeError(`${object.type} has no property ${path}`);
  return new TypedValue(declared.type, declared.list, value);
}
