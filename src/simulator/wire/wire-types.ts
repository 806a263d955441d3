// Questions about vim25 types that only the codec asks: which have descendants, and what `ArrayOf…` holds.
import { baseOf, dataTypeNames, isDataType, isEnum, isScalar } from '../schema/schema.ts';

const BASES: ReadonlySet<string> = new Set(dataTypeNames.map(baseOf));

/** True when other data types descend from `type`: its values need to say what they are. */
export function hasSubtypes(type: string): boolean {
  return BASES.has(type);
}

/** `string` → `ArrayOfString`, `@VirtualMachine` → `ArrayOfManagedObjectReference`. */
export function arrayTypeOf(elementType: string): string {
  const name = elementTag(elementType);
  return `ArrayOf${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

/** The tag of an element inside `ArrayOf…`. */
export function elementTag(elementType: string): string {
  return elementType.startsWith('@') ? 'ManagedObjectReference' : elementType;
}

/** What `ArrayOf…` holds, as a type of the table; undefined when it isn't such a name. */
export function elementTypeOf(arrayType: string): string | undefined {
  if (!arrayType.startsWith('ArrayOf')) return undefined;
  const name = arrayType.slice('ArrayOf'.length);
  if (name === 'ManagedObjectReference') return '@';
  if (name === 'AnyURI') return 'anyURI';
  if (isDataType(name) || isEnum(name)) return name;
  const lower = `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
  return isScalar(lower) || lower === 'anyType' ? lower : undefined;
}
