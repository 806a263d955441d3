// Random values of vim25 data types, drawn from the type table itself: whatever the table allows may come out.
import fc from 'fast-check';
import { types } from '../../../../src/vsphere/schema.generated.ts';
import { enumValues, fieldsOf, isDataType, isEnum, isReference, isScalar } from '../../../../src/vsphere/schema.ts';
import type { FieldDef } from '../../../../src/vsphere/schema.ts';
import { baseTypes } from '../../../../src/vsphere/soap/base-types.ts';

const descendants = new Map<string, string[]>();
for (const name of Object.keys(types)) {
  for (let at = name; at !== ''; at = types[at]?.[0] ?? '') descendants.set(at, [...(descendants.get(at) ?? []), name]);
}

/** Text that XML can carry, with everything that needs care among it. */
export const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'Z', '0', ' ', '&', '<', '>', '"', "'", '\n', '\r', '\t', ']', '%', 'ä', '🙂'),
  }),
  fc.constantFrom('', '007', ' 1 ', '1e5', 'true', ']]>', '&amp;', '<![CDATA[x]]>', 'a\r\nb'),
);

const reference = fc.record({
  type: fc.constantFrom('VirtualMachine', 'Folder', 'Task'),
  value: fc.stringMatching(/^[a-z]+-[0-9]+$/),
});

const whole = fc.integer();
const scalars: Record<string, fc.Arbitrary<unknown>> = {
  string: text,
  anyURI: text,
  base64Binary: fc.constantFrom('', 'AAEC', 'aGVsbG8='),
  dateTime: fc.constantFrom('2026-11-21T12:00:00Z', '2026-11-21T12:00:00.123456789Z'),
  boolean: fc.boolean(),
  int: whole,
  short: whole,
  byte: whole,
  long: fc.maxSafeInteger(),
  float: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
};

/** True where the table knows everything that a value of the type must contain. */
export function isBuildable(type: string, depth = 6): boolean {
  if (isScalar(type) || isReference(type) || isEnum(type) || type === 'anyType') return true;
  if (!isDataType(type) || depth === 0) return false;
  return (fieldsOf(type) ?? []).every((field) => field.optional || isBuildable(field.type, depth - 1));
}

/** A value of the declared type, as it comes back from the decoder. */
export function valueOf(declared: string, depth = 3): fc.Arbitrary<unknown> {
  const scalar = scalars[declared];
  if (scalar !== undefined) return scalar;
  if (isReference(declared)) return reference;
  if (isEnum(declared)) return fc.constantFrom(...enumValues(declared));
  if (declared === 'anyType') return fc.oneof(text, fc.boolean(), whole, reference);
  const concrete = (descendants.get(declared) ?? []).filter((type) => isBuildable(type));
  if (depth <= 0 || concrete.length < 2) return dataOf(declared, declared, depth);
  return fc.constantFrom(...concrete).chain((type) => dataOf(type, declared, depth));
}

function dataOf(type: string, declared: string, depth: number): fc.Arbitrary<unknown> {
  const required: Record<string, fc.Arbitrary<unknown>> = {};
  const optional: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of fieldsOf(type) ?? []) {
    if (!isBuildable(field.type)) continue;
    if (!field.optional) required[field.name] = fieldValue(field, depth);
    else if (depth > 0) optional[field.name] = fieldValue(field, depth);
  }
  const withType = type !== declared || baseTypes().has(declared);
  return fc
    .tuple(fc.record(required), fc.record(optional, { requiredKeys: [] }))
    .map(([must, may]) => ({ ...(withType ? { $type: type } : {}), ...must, ...may }));
}

function fieldValue(field: FieldDef, depth: number): fc.Arbitrary<unknown> {
  const one = valueOf(field.type, depth - 1);
  return field.list ? fc.array(one, { minLength: 1, maxLength: 2 }) : one;
}
