// Whatever value of whatever type of the table is written, reading it gives the same value.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { decodeValue } from '../../../../src/simulator/wire/decode-value.ts';
import { encodeElement } from '../../../../src/simulator/wire/encode-value.ts';
import { parseXml } from '../../../../src/simulator/wire/parse-xml.ts';
import {
  baseOf,
  dataTypeNames,
  enumValues,
  fieldsOf,
  isA,
  isDataType,
  isEnum,
  isReference,
  isScalar,
} from '../../../../src/simulator/schema/schema.ts';
import type { FieldDef } from '../../../../src/simulator/schema/schema.ts';

const NAMESPACES =
  'xmlns="urn:vim25" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"';
const BASES = new Set(dataTypeNames.map(baseOf));
const text = fc
  .string({ unit: 'binary', maxLength: 12 })
  .map((s) => s.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ''));

const SCALARS: Readonly<Record<string, Arbitrary<unknown>>> = {
  string: text,
  anyURI: fc.webUrl(),
  boolean: fc.boolean(),
  byte: fc.integer({ min: -128, max: 127 }),
  short: fc.integer({ min: -32_768, max: 32_767 }),
  int: fc.integer(),
  long: fc.maxSafeInteger(),
  float: fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8),
  double: fc.double({ noDefaultInfinity: true, noNaN: true }).map((n) => n + 0),
  dateTime: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
  base64Binary: fc.base64String({ maxLength: 12 }),
};
const reference = (type: string): Arbitrary<unknown> =>
  fc.record({
    type: fc.constant(type === '' ? 'VirtualMachine' : type),
    value: fc.stringMatching(/^[a-z]{1,5}-\d{1,4}$/),
  });
/** Strings, booleans, ints and references say what they are by themselves. */
const anything = fc.oneof(text, fc.boolean(), fc.integer(), reference(''));

function valueOf(type: string, depth: number): Arbitrary<unknown> {
  if (type === 'anyType') return anything;
  if (isReference(type)) return reference(type.slice(1));
  if (isScalar(type)) return SCALARS[type] ?? fc.constant(undefined);
  if (isEnum(type)) return fc.constantFrom(...enumValues(type));
  return objectOf(type, depth);
}

function objectOf(declared: string, depth: number): Arbitrary<unknown> {
  const descendants = dataTypeNames.filter((name) => isA(name, declared));
  return fc.constantFrom(...(depth > 0 ? descendants.slice(0, 8) : [declared])).chain((type) => {
    const fields = (fieldsOf(type) ?? []).filter((field) => !field.optional || depth > 0);
    const values = fc.tuple(...fields.map((field) => fieldValue(field, depth - 1)));
    return values.map((all) => {
      const set = fields
        .map((field, index) => [field.name, all[index]] as const)
        .filter(([, value]) => value !== undefined);
      return { ...(BASES.has(declared) ? { $type: type } : {}), ...Object.fromEntries(set) };
    });
  });
}

function fieldValue(field: FieldDef, depth: number): Arbitrary<unknown> {
  // Deep down, lists are empty, so that types end; the wire doesn't tell an empty one from an absent one.
  if (field.list && depth < 0) return fc.constant(field.optional ? undefined : []);
  const one = valueOf(field.type, depth);
  const value = field.list ? fc.array(one, { minLength: 1, maxLength: 2 }) : one;
  return field.optional ? fc.option(value, { nil: undefined, freq: 1 }) : value;
}

describe('codec', () => {
  it('reads what it writes, for every type', () => {
    const known = dataTypeNames.filter((type) => isDataType(type));
    fc.assert(
      fc.property(
        fc.constantFrom(...known).chain((type) => fc.record({ type: fc.constant(type), value: objectOf(type, 1) })),
        ({ type, value }) => {
          const out: string[] = [];
          encodeElement(out, 'v', value, type);
          const element = parseXml(`<root ${NAMESPACES}>${out.join('')}</root>`).children[0];
          expect(element === undefined ? undefined : decodeValue(element, type)).toEqual(value);
        },
      ),
      { numRuns: 150 },
    );
  });
});
