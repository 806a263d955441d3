// XmlElement → value, by the vim25 table, as strictly as vCenter: elements in schema order, nothing unknown, nothing
// missing, every xsi:type a descendant of what is declared. The value model is that of the whole project: data objects
// are plain objects with `$type` where it matters, references are MoRef, an absent list is undefined.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import {
  enumValues,
  fieldsOf,
  isA,
  isDataType,
  isEnum,
  isManagedA,
  isReference,
  isScalar,
  managedType,
} from '../schema/schema.ts';
import type { FieldDef } from '../schema/schema.ts';
import { DecodeError, whileParsing } from './decode-error.ts';
import { decodeScalar } from './decode-scalar.ts';
import { VIM_NS, XSD_NS, XSI_NS } from './namespaces.ts';
import { elementTypeOf, hasSubtypes } from './wire-types.ts';
import { attribute, resolveName } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';

/** The children of an element as a record of `fields`, which are in wire order. Throws DecodeError. */
export function decodeFields(
  element: XmlElement,
  fields: readonly FieldDef[],
  kind: 'property' | 'parameter',
  owner: string,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  let next = 0;
  for (const child of element.children) {
    const index = fields.findIndex((field, position) => position >= next && field.name === child.name);
    const field = fields[index];
    if (field === undefined || child.namespace !== VIM_NS)
      throw new DecodeError(`Unexpected element tag "${child.name}" seen`);
    const value = isNil(child) ? undefined : decodeValue(child, field.type);
    if (value !== undefined) values[field.name] = field.list ? append(values[field.name], value) : value;
    next = field.list ? index : index + 1;
  }
  if (element.text.trim() !== '') throw new DecodeError(`Unexpected text in element "${element.name}"`);
  // an empty list has no elements on the wire
  for (const field of fields) if (field.list && !field.optional) values[field.name] ??= [];
  const missing = fields.find((field) => !field.optional && values[field.name] === undefined);
  if (missing !== undefined) throw new DecodeError(`Required ${kind} ${missing.name} is missing from ${owner}`);
  return values;
}

function append(list: unknown, value: unknown): unknown[] {
  if (!Array.isArray(list)) return [value];
  list.push(value);
  return list;
}

/** The value of one element that is declared as `type`. Throws DecodeError. */
export function decodeValue(element: XmlElement, type: string): unknown {
  if (type === 'anyType') return decodeAny(element);
  if (isReference(type)) return decodeReference(element, type.slice(1));
  if (isDataType(type)) return decodeObject(element, type);
  if (element.children.length > 0)
    throw new DecodeError(`Unexpected element tag "${element.children[0]?.name ?? ''}" seen`);
  if (isScalar(type)) return decodeScalar(type, element.text);
  if (isEnum(type)) return decodeEnum(type, element.text.trim());
  throw new DecodeError(`Unknown type "${type}"`);
}

function isNil(element: XmlElement): boolean {
  return attribute(element, XSI_NS, 'nil') === 'true';
}

/** The type that xsi:type names; undefined when there is none. */
function actualType(element: XmlElement): { namespace: string; name: string } | undefined {
  const written = attribute(element, XSI_NS, 'type');
  if (written === undefined) return undefined;
  const named = resolveName(written.trim(), element.scope);
  if (named === undefined) throw new DecodeError(`Undeclared prefix in type name "${written}"`);
  return named;
}

function decodeObject(element: XmlElement, declared: string): Record<string, unknown> {
  const actual = actualType(element);
  const type = actual?.name ?? declared;
  if (actual !== undefined && (actual.namespace !== VIM_NS || !isDataType(type) || !isA(type, declared))) {
    throw new DecodeError(`Type "${type}" is not a ${declared}`);
  }
  const context = `serialized DataObject of type ${type}`;
  const fields = fieldsOf(type) ?? [];
  const values = whileParsing(context, () => decodeFields(element, fields, 'property', `data object of type ${type}`));
  return actual !== undefined || hasSubtypes(declared) ? { $type: type, ...values } : values;
}

function decodeReference(element: XmlElement, declared: string): MoRef {
  const type = attribute(element, '', 'type');
  if (type === undefined || type === '')
    throw new DecodeError(`Managed object reference "${element.name}" has no type`);
  if (element.children.length > 0)
    throw new DecodeError(`Unexpected element tag "${element.children[0]?.name ?? ''}" seen`);
  const isKnown = declared !== '' && managedType(type) !== undefined && managedType(declared) !== undefined;
  // A reference may be written with a base of what it is, never with a stranger.
  if (isKnown && !isManagedA(type, declared) && !isManagedA(declared, type)) {
    throw new DecodeError(`Managed object reference "${element.name}" is a ${type}, not a ${declared}`);
  }
  return { type, value: element.text.trim() };
}

function decodeEnum(type: string, text: string): string {
  if (!enumValues(type).includes(text))
    throw new DecodeError(`Invalid value "${text.slice(0, 80)}" for enumeration ${type}`);
  return text;
}

function decodeAny(element: XmlElement): unknown {
  const actual = actualType(element);
  if (actual === undefined) throw new DecodeError(`Element "${element.name}" has no xsi:type`);
  const { namespace, name } = actual;
  if (namespace === XSD_NS && isScalar(name)) return decodeValue(element, name);
  if (namespace !== VIM_NS) throw new DecodeError(`Unknown type "${name}"`);
  if (name === 'ManagedObjectReference') return decodeReference(element, '');
  if (isDataType(name)) return decodeObject(element, name);
  if (isEnum(name)) return decodeValue(element, name);
  const elementType = elementTypeOf(name);
  if (elementType === undefined) throw new DecodeError(`Unknown type "${name}"`);
  return element.children.map((child) => decodeValue(child, elementType));
}
