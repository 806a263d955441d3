// Value → XML, by the vim25 table: fields in schema order, xsi:type on everything that isn't exactly what is declared,
// and on everything inside anyType. A field that the table doesn't know is a mistake of ours and throws, so that a typo
// in the model can't hide; what a client's version doesn't know is left out, and a newer type becomes the
// nearest older one. Text is collected in an array of parts: replies of tens of megabytes are normal.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import { fieldsOf, isA, isDataType, isEnum, isReference, isScalar } from '../schema/schema.ts';
import { EVERYTHING } from '../schema/version-view.ts';
import type { VersionView } from '../schema/version-view.ts';
import { TypedValue } from './typed-value.ts';
import { escapeXml } from './escape-xml.ts';
import { arrayTypeOf, elementTag } from './wire-types.ts';

type DataObject = Readonly<Record<string, unknown>>;

/** One element `tag` with `value`, declared as `type`; nothing for undefined. */
export function encodeElement(out: string[], tag: string, value: unknown, type: string, view = EVERYTHING): void {
  if (value === undefined) return;
  if (type === 'anyType') encodeAny(out, tag, value, view);
  else if (isReference(type)) encodeReference(out, tag, value, '');
  else if (isDataType(type)) encodeObject(out, tag, value as DataObject, type, false, view);
  else encodeText(out, tag, value, '');
}

/** One element per item. */
export function encodeList(out: string[], tag: string, values: unknown, type: string, view = EVERYTHING): void {
  if (values === undefined) return;
  if (!Array.isArray(values)) throw new TypeError(`${tag} is a list of ${type}, not ${typeof values}`);
  for (const value of values) encodeElement(out, tag, value, type, view);
}

/** The fields of a data object of `type`, without the element around them, as far as the client knows them. */
export function encodeFields(out: string[], value: DataObject, type: string, view = EVERYTHING): void {
  const fields = fieldsOf(type);
  if (fields === undefined) throw new TypeError(`unknown data type ${type}`);
  const { hidden } = view.shapeOf(type);
  let known = Object.hasOwn(value, '$type') ? 1 : 0;
  for (const field of fields) {
    if (!Object.hasOwn(value, field.name)) continue;
    known += 1;
    if (hidden?.has(field.name) === true) continue;
    if (field.list) encodeList(out, field.name, value[field.name], field.type, view);
    else encodeElement(out, field.name, value[field.name], field.type, view);
  }
  if (known === Object.keys(value).length) return;
  const unknown = Object.keys(value).filter((key) => key !== '$type' && !fields.some((field) => field.name === key));
  throw new TypeError(`${type} has no field ${unknown.join(', ')}`);
}

function encodeObject(
  out: string[],
  tag: string,
  value: DataObject,
  declared: string,
  always: boolean,
  view: VersionView,
): void {
  const type = typeof value['$type'] === 'string' ? value['$type'] : declared;
  if (type !== declared && !isA(type, declared)) throw new TypeError(`${tag} is a ${declared}, not a ${type}`);
  const shown = view.typeFor(type);
  out.push(always || shown !== declared ? `<${tag} xsi:type="${shown}">` : `<${tag}>`);
  encodeFields(out, value, type, view);
  out.push(`</${tag}>`);
}

function encodeReference(out: string[], tag: string, value: unknown, typeAttribute: string): void {
  if (!isMoRef(value)) throw new TypeError(`${tag} is a managed object reference, not ${JSON.stringify(value)}`);
  out.push(`<${tag} type="${escapeXml(value.type)}"${typeAttribute}>${escapeXml(value.value)}</${tag}>`);
}

function encodeText(out: string[], tag: string, value: unknown, typeAttribute: string): void {
  const text = value instanceof Date ? value.toISOString() : value;
  if (typeof text === 'string') out.push(`<${tag}${typeAttribute}>${escapeXml(text)}</${tag}>`);
  else if (typeof text === 'number' || typeof text === 'boolean')
    out.push(`<${tag}${typeAttribute}>${String(text)}</${tag}>`);
  else throw new TypeError(`${tag} is a scalar, not ${JSON.stringify(value)}`);
}

/** Inside anyType the value says what it is: by a TypedValue, by `$type`, or by its JavaScript type. */
function encodeAny(out: string[], tag: string, value: unknown, view: VersionView): void {
  const { type, list, content } = value instanceof TypedValue ? value : inferred(tag, value);
  if (list) {
    out.push(`<${tag} xsi:type="${arrayTypeOf(isDataType(type) ? view.typeFor(type) : type)}">`);
    // Inside an array each element says again what it is, as a vCenter's does.
    for (const element of content as readonly unknown[]) {
      encodeAny(out, elementTag(type), type === 'anyType' ? element : new TypedValue(type, false, element), view);
    }
    out.push(`</${tag}>`);
  } else if (isReference(type)) encodeReference(out, tag, content, ' xsi:type="ManagedObjectReference"');
  else if (isDataType(type)) encodeObject(out, tag, content as DataObject, type, true, view);
  else if (isEnum(type)) encodeText(out, tag, content, ` xsi:type="${type}"`);
  else if (isScalar(type)) encodeText(out, tag, content, ` xsi:type="xsd:${type}"`);
  else if (type === 'anyType') encodeAny(out, tag, content, view);
  else throw new TypeError(`unknown type ${type} of ${tag}`);
}

const INT_MAX = 2_147_483_647;

function inferred(tag: string, value: unknown): TypedValue {
  if (typeof value === 'string') return new TypedValue('string', false, value);
  if (typeof value === 'boolean') return new TypedValue('boolean', false, value);
  if (value instanceof Date) return new TypedValue('dateTime', false, value);
  if (typeof value === 'number') return new TypedValue(numberType(value), false, value);
  if (Array.isArray(value)) {
    const element = value.length === 0 ? undefined : inferred(tag, value[0]);
    return new TypedValue(element?.type ?? 'anyType', true, value);
  }
  if (typeof value === 'object' && value !== null && typeof (value as DataObject)['$type'] === 'string') {
    return new TypedValue((value as { $type: string }).$type, false, value);
  }
  if (isMoRef(value)) return new TypedValue('@', false, value);
  throw new TypeError(`${tag} holds a value of unknown type: ${JSON.stringify(value)?.slice(0, 200)}`);
}

function numberType(value: number): string {
  if (!Number.isInteger(value)) return 'double';
  return Math.abs(value) <= INT_MAX ? 'int' : 'long';
}
