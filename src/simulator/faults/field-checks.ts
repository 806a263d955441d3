// What a field of a fault rule may hold: each check gives one sentence that names the field, or undefined when it is right.
import { fieldsOf, isA, knownMethodNames } from '../schema/schema.ts';
import type { FaultJson } from './fault-rule.ts';

export type Json = Readonly<Record<string, unknown>>;
export type Check = (name: string, value: unknown) => string | undefined;

export const text: Check = (name, value) =>
  typeof value === 'string' && value !== '' ? undefined : `${name} must be a text`;
export const wholeFrom =
  (least: number): Check =>
  (name, value) =>
    Number.isInteger(value) && (value as number) >= least
      ? undefined
      : `${name} must be a whole number from ${least} on`;
export const share: Check = (name, value) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? undefined : `${name} must be a number from 0 to 1`;
export const seconds: Check = (name, value) =>
  typeof value === 'number' && Number.isFinite(value) && value > 0
    ? undefined
    : `${name} must be a number of seconds above 0`;
export const yesNo: Check = (name, value) => (typeof value === 'boolean' ? undefined : `${name} must be true or false`);
export const method: Check = (name, value) =>
  knownMethodNames().has(String(value)) ? undefined : `${name}: there is no method ${String(value)}`;
export const status: Check = (name, value) =>
  Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599
    ? undefined
    : `${name} must be an HTTP status`;
export const reset: Check = (name, value) =>
  value === 'before' || value === 'after' ? undefined : `${name} must be "before" or "after"`;
export const headerValue: Check = (name, value) =>
  typeof value === 'string' && /^[\x20-\x7e]+$/.test(value) ? undefined : `${name} must be the value of a header`;

export const body: Check = (name, value) => {
  const keys = Object.keys(value ?? {});
  if (keys.length !== 1 || (keys[0] !== 'truncateAt' && keys[0] !== 'garbage'))
    return `${name} must be an object with truncateAt or garbage`;
  const field = (value as Json)[keys[0]];
  if (keys[0] === 'truncateAt') return wholeFrom(0)(`${name}.truncateAt`, field);
  return field === true || typeof field === 'string' ? undefined : `${name}.garbage must be true or a text`;
};

export const fault: Check = (name, value) => {
  const json = value as FaultJson;
  const type = typeof json === 'string' ? json : (json as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !isA(type, 'MethodFault'))
    return `${name} must be a fault's type, or an object with its type and fields`;
  const known = new Set(['type', 'message', ...(fieldsOf(type) ?? []).map((field) => field.name)]);
  const stray = typeof json === 'string' ? undefined : Object.keys(json).find((key) => !known.has(key));
  return stray === undefined ? undefined : `${name}: ${type} has no field ${stray}`;
};

export const condition: Check = (name, value) => {
  if (typeof value !== 'object' || value === null) return `${name} must be an object with condition and object`;
  const { condition: kind, object, forSeconds, ...others } = value as Json;
  const stray = Object.keys(others)[0];
  if (stray !== undefined) return `${name} has no field ${stray}; it may have condition, object, forSeconds`;
  return (
    text(`${name}.condition`, kind) ??
    text(`${name}.object`, object) ??
    (forSeconds === undefined ? undefined : seconds(`${name}.forSeconds`, forSeconds))
  );
};
