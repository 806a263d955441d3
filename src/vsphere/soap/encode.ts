// Values to XML by the type table: fields in schema order (vCenter refuses any other), `xsi:type` where the value is of
// another type than the declared one. Encoding is strict: an unknown field, a missing required one or a value of the wrong
// shape is a mistake in our own code, reported as a TypeError before anything is sent.
import { isMoRef } from '../mo-ref.ts';
import { fieldsOf, isA, isDataType, isEnum, isReference } from '../schema.ts';
import type { FieldDef } from '../schema.ts';
import { escapeXml } from './escape.ts';

type Data = Record<string, unknown>;

/** One field with its value, repeated for a list; nothing for undefined and for an empty list. `where` is for messages. */
export function encodeField(field: FieldDef, value: unknown, where = field.name): string {
  if (value === undefined) {
    if (!field.optional && !field.list) throw new TypeError(`${where} is missing`);
    return '';
  }
  if (!field.list) return encodeElement(field.name, field.type, value, where);
  if (!Array.isArray(value)) throw new TypeError(`${where} must be a list`);
  return value.map((item, index) => encodeElement(field.name, field.type, item, `${where}[${index}]`)).join('');
}

/** One element of the declared type. */
export function encodeElement(name: string, declared: string, value: unknown, where = name): string {
  if (declared === 'anyType') return encodeAny(name, value, where);
  if (isReference(declared)) return encodeReference(name, value, '', where);
  if (isDataType(declared)) return encodeData(name, declared, value, where);
  return `<${name}>${encodeScalar(declared, value, where)}</${name}>`;
}

function encodeReference(name: string, value: unknown, typeAttribute: string, where: string): string {
  if (!isMoRef(value)) throw new TypeError(`${where} must be a managed object reference`);
  return `<${name}${typeAttribute} type="${escapeXml(value.type)}">${escapeXml(value.value)}</${name}>`;
}

function encodeData(name: string, declared: string, value: unknown, where: string): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${where} must be of type ${declared}`);
  const data = value as Data;
  const concrete = typeof data['$type'] === 'string' ? data['$type'] : declared;
  if (!isA(concrete, declared)) throw new TypeError(`${where}: ${concrete} is not a ${declared}`);
  const typeAttribute = concrete === declared ? '' : ` xsi:type="${concrete}"`;
  return `<${name}${typeAttribute}>${encodeFields(concrete, data, where)}</${name}>`;
}

function encodeFields(type: string, data: Data, where: string): string {
  const fields = fieldsOf(type) ?? [];
  const names = new Set(fields.map((field) => field.name));
  for (const key of Object.keys(data)) {
    if (key !== '$type' && !names.has(key)) throw new TypeError(`${where}: ${type} has no field ${key}`);
  }
  return fields.map((field) => encodeField(field, data[field.name], `${where}.${field.name}`)).join('');
}

/** A value whose type only the value itself tells. Whole numbers go as xsd:int: the wire has no type for "some number". */
function encodeAny(name: string, value: unknown, where: string): string {
  const typed = (type: string, text: string): string => `<${name} xsi:type="${type}">${text}</${name}>`;
  if (typeof value === 'string') return typed('xsd:string', escapeXml(value));
  if (typeof value === 'boolean') return typed('xsd:boolean', String(value));
  if (typeof value === 'number')
    return typed(Number.isSafeInteger(value) ? 'xsd:int' : 'xsd:double', encodeScalar('double', value, where));
  if (value instanceof Date) return typed('xsd:dateTime', value.toISOString());
  if (Array.isArray(value)) return encodeAnyList(name, value, where);
  if (isMoRef(value)) return encodeReference(name, value, ' xsi:type="ManagedObjectReference"', where);
  const type = typeof value === 'object' && value !== null ? (value as Data)['$type'] : undefined;
  if (typeof type !== 'string' || !isDataType(type))
    throw new TypeError(`${where} needs a $type to be sent as anyType`);
  return typed(type, encodeFields(type, value as Data, where));
}

function encodeAnyList(name: string, items: readonly unknown[], where: string): string {
  const first = items[0];
  if (typeof first === 'string') return listOf('ArrayOfString', 'string', 'string');
  if (typeof first === 'number') return listOf('ArrayOfInt', 'int', 'int');
  if (isMoRef(first)) return listOf('ArrayOfManagedObjectReference', 'ManagedObjectReference', '@');
  const type = typeof first === 'object' && first !== null ? (first as Data)['$type'] : undefined;
  if (typeof type !== 'string') throw new TypeError(`${where}: the type of the list can't be told from its first item`);
  return listOf(`ArrayOf${type}`, type, type);

  function listOf(arrayType: string, element: string, declared: string): string {
    const inner = items.map((item, index) => encodeElement(element, declared, item, `${where}[${index}]`)).join('');
    return `<${name} xsi:type="${arrayType}">${inner}</${name}>`;
  }
}

const WHOLE = new Set(['int', 'long', 'short', 'byte']);

function encodeScalar(type: string, value: unknown, where: string): string {
  if (type === 'boolean' && typeof value === 'boolean') return String(value);
  if (WHOLE.has(type) && typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if ((type === 'double' || type === 'float') && typeof value === 'number' && Number.isFinite(value))
    return String(value);
  if (type === 'dateTime' && value instanceof Date) return value.toISOString();
  const textual =
    type === 'string' || type === 'dateTime' || type === 'base64Binary' || type === 'anyURI' || isEnum(type);
  if (textual && typeof value === 'string') return escapeXml(value);
  throw new TypeError(`${where} must be of type ${type}`);
}
