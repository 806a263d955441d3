// Compares values with the vim25 type table: what a strict client would refuse is named here with its path.
import {
  baseOf,
  enumValues,
  fieldsOf,
  isA,
  isDataType,
  isEnum,
  isReference,
} from '../../../../src/simulator/schema/schema.ts';
import type { FieldDef } from '../../../../src/simulator/schema/schema.ts';
import { isMoRef } from '../../../../src/vsphere/mo-ref.ts';

const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  anyURI: (value) => typeof value === 'string',
  base64Binary: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  dateTime: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  byte: Number.isInteger,
  short: Number.isInteger,
  int: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 31,
  long: Number.isSafeInteger,
  float: (value) => typeof value === 'number',
  double: (value) => typeof value === 'number',
};

/** What is wrong with a value, one line each; none when it fits. */
export function problemsOf(value: unknown, field: Pick<FieldDef, 'type' | 'list'>, path: string): readonly string[] {
  if (field.list) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((item, index) => problemsOf(item, { type: field.type, list: false }, `${path}[${index}]`));
  }
  if (field.type === 'anyType')
    return isMoRef(value) || typeof value !== 'object' ? [] : problemsOfData(value as Data, undefined, path);
  const scalar = SCALARS[field.type];
  if (scalar !== undefined) return scalar(value) ? [] : [`${path} is no ${field.type}: ${JSON.stringify(value)}`];
  if (isEnum(field.type))
    return enumValues(field.type).includes(String(value))
      ? []
      : [`${path} is no ${field.type}: ${JSON.stringify(value)}`];
  if (isReference(field.type)) return isMoRef(value) ? [] : [`${path} is no reference`];
  if (!isDataType(field.type)) return [`${path} has the unknown type ${field.type}`];
  return typeof value === 'object' && value !== null
    ? problemsOfData(value as Data, field.type, path)
    : [`${path} is no ${field.type}`];
}

type Data = Readonly<Record<string, unknown>>;

function problemsOfData(value: Data, declared: string | undefined, path: string): readonly string[] {
  const type = String(value['$type'] ?? declared);
  const fields = fieldsOf(type);
  if (fields === undefined) return [`${path} is of the unknown type ${type}`];
  if (declared !== undefined && !isA(type, declared)) return [`${path}: ${type} is no ${declared}`];
  if (value['$type'] === undefined && type === 'DynamicData') return [`${path} needs a $type (below ${baseOf(type)})`];
  const known = new Set(fields.map((field) => field.name));
  const unknown = Object.keys(value).filter(
    (name) => name !== '$type' && value[name] !== undefined && !known.has(name),
  );
  return [
    ...unknown.map((name) => `${path}.${name} isn't in ${type}`),
    ...fields.flatMap((field) => {
      const inner = value[field.name];
      if (inner === undefined)
        return field.optional || field.list ? [] : [`${path}.${field.name} of ${type} is missing`];
      return problemsOf(inner, field, `${path}.${field.name}`);
    }),
  ];
}
