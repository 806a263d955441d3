// The lexical forms of XML Schema's simple types, as strict as the schema: no `True`, no `1.0` for an int, no 2^31.
import { DecodeError } from './decode-error.ts';

interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

const INTEGERS: ReadonlyMap<string, IntegerRange> = new Map([
  ['byte', { min: -128n, max: 127n }],
  ['short', { min: -32_768n, max: 32_767n }],
  ['int', { min: -2_147_483_648n, max: 2_147_483_647n }],
  ['long', { min: -(2n ** 63n), max: 2n ** 63n - 1n }],
]);
const INTEGER = /^[+-]?\d{1,20}$/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const DATE_TIME = /^-?\d{4,}-(?:0\d|1[0-2])-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(?:\.\d+)?(?:Z|[+-][01]\d:[0-5]\d)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The value of a scalar type's text. Throws DecodeError. */
export function decodeScalar(type: string, text: string): string | number | boolean {
  switch (type) {
    case 'string':
      return text;
    case 'anyURI':
      return text.trim();
    case 'boolean':
      return decodeBoolean(text.trim());
    case 'float':
    case 'double':
      return decodeFloat(type, text.trim());
    case 'dateTime':
      return matching(type, text.trim(), DATE_TIME);
    case 'base64Binary':
      return matching(type, text.replaceAll(/\s/g, ''), BASE64);
    default:
      return decodeInteger(type, text.trim());
  }
}

function invalid(type: string, text: string): DecodeError {
  return new DecodeError(`Invalid value "${text.slice(0, 80)}" for type xsd:${type}`);
}

function decodeBoolean(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw invalid('boolean', text);
}

function decodeFloat(type: string, text: string): number {
  if (text === 'INF') return Infinity;
  if (text === '-INF') return -Infinity;
  if (text === 'NaN') return Number.NaN;
  if (!DECIMAL.test(text)) throw invalid(type, text);
  return Number(text);
}

function decodeInteger(type: string, text: string): number {
  const range = INTEGERS.get(type);
  if (range === undefined) throw new DecodeError(`Unknown type xsd:${type}`);
  if (!INTEGER.test(text)) throw invalid(type, text);
  const value = BigInt(text.replace('+', ''));
  if (value < range.min || value > range.max) throw invalid(type, text);
  return Number(value);
}

function matching(type: string, text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw invalid(type, text);
  return text;
}
