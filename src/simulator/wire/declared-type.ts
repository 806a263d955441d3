// What the schema declares at a property path. Paths may lead through polymorphic fields, so the value at hand decides
// which type's fields come next; without a value, any descendant that has the field will do.
import { dataTypeNames, fieldsOf, isA, managedType } from '../schema/schema.ts';
import { step } from '../core/property-path.ts';
import type { PathSegment } from '../core/property-path.ts';

export interface DeclaredType {
  readonly type: string;
  readonly list: boolean;
  readonly privilege: string;
}

/** The declared type of a path of a managed type; undefined when there is no such property. */
export function declaredType(
  managed: string,
  segments: readonly PathSegment[],
  value?: unknown,
): DeclaredType | undefined {
  const [first, ...rest] = segments;
  const property = first === undefined ? undefined : managedType(managed)?.properties.get(first.text);
  if (first === undefined || property === undefined) return undefined;
  let at: DeclaredType = { type: property.type, list: property.list, privilege: property.privilege };
  let container = value;
  for (const segment of rest) {
    const next = segment.isKey ? elementOf(at) : fieldOf(at, segment.text, container);
    if (next === undefined) return undefined;
    container = step(container, segment);
    at = { ...next, privilege: property.privilege };
  }
  return at;
}

function elementOf(at: DeclaredType): Omit<DeclaredType, 'privilege'> | undefined {
  return at.list ? { type: at.type, list: false } : undefined;
}

function fieldOf(at: DeclaredType, name: string, container: unknown): Omit<DeclaredType, 'privilege'> | undefined {
  if (at.list) return undefined;
  const actual =
    typeof container === 'object' && container !== null ? (container as Record<string, unknown>)['$type'] : undefined;
  const type = typeof actual === 'string' ? actual : at.type;
  return fieldNamed(type, name) ?? fieldOfDescendant(type, name);
}

function fieldNamed(type: string, name: string): Omit<DeclaredType, 'privilege'> | undefined {
  const field = fieldsOf(type)?.find((candidate) => candidate.name === name);
  return field === undefined ? undefined : { type: field.type, list: field.list };
}

function fieldOfDescendant(type: string, name: string): Omit<DeclaredType, 'privilege'> | undefined {
  for (const candidate of dataTypeNames) {
    if (candidate === type || !isA(candidate, type)) continue;
    const field = fieldNamed(candidate, name);
    if (field !== undefined) return field;
  }
  return undefined;
}
