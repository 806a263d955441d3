// JSON of POST /v1/faults → FaultRule. Refuses what it doesn't understand, so that a test with a typo doesn't pass
// because nothing was disturbed.
import { fieldsOf, isA, knownMethodNames } from '../schema/schema.ts';
import type { FaultAction, FaultJson, FaultMatch, FaultRule } from './fault-rule.ts';

/** The rule isn't one; the message names the field. */
export class FaultRuleError extends Error {
  override readonly name = 'FaultRuleError';
}

type Json = Readonly<Record<string, unknown>>;
type Check = (name: string, value: unknown) => string | undefined;

const text: Check = (name, value) => (typeof value === 'string' && value !== '' ? undefined : `${name} must be a text`);
const wholeFrom =
  (least: number): Check =>
  (name, value) =>
    Number.isInteger(value) && (value as number) >= least
      ? undefined
      : `${name} must be a whole number from ${least} on`;
const share: Check = (name, value) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? undefined : `${name} must be a number from 0 to 1`;
const yesNo: Check = (name, value) => (typeof value === 'boolean' ? undefined : `${name} must be true or false`);
const method: Check = (name, value) =>
  knownMethodNames().has(String(value)) ? undefined : `${name}: there is no method ${String(value)}`;
const status: Check = (name, value) =>
  Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599
    ? undefined
    : `${name} must be an HTTP status`;
const reset: Check = (name, value) =>
  value === 'before' || value === 'after' ? undefined : `${name} must be "before" or "after"`;

const MATCH: Readonly<Record<keyof FaultMatch, Check>> = {
  method,
  object: text,
  caller: text,
  nth: wholeFrom(1),
  probability: share,
};
const ACTION: Readonly<Record<keyof FaultAction, Check>> = {
  fault,
  http: status,
  reset,
  delayMs: wholeFrom(0),
  taskFault: fault,
  ignoreDiskMoveType: yesNo,
};

/** Throws FaultRuleError. */
export function parseFaultRule(json: unknown): FaultRule {
  const rule = objectOf('the rule', json);
  checkKeys('the rule', rule, ['match', 'action', 'times']);
  const match = objectOf('match', rule['match'] ?? {});
  const action = objectOf('action', rule['action']);
  checkFields('match', match, MATCH);
  checkFields('action', action, ACTION);
  if (Object.keys(action).length === 0)
    throw new FaultRuleError(`action must have one of ${Object.keys(ACTION).join(', ')}`);
  if (rule['times'] !== undefined) refuse(wholeFrom(1)('times', rule['times']));
  return { match, action, ...(rule['times'] === undefined ? {} : { times: rule['times'] as number }) };
}

function fault(name: string, value: unknown): string | undefined {
  const json = value as FaultJson;
  const type = typeof json === 'string' ? json : (json as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !isA(type, 'MethodFault'))
    return `${name} must be a fault's type, or an object with its type and fields`;
  const known = new Set(['type', 'message', ...(fieldsOf(type) ?? []).map((field) => field.name)]);
  const stray = typeof json === 'string' ? undefined : Object.keys(json).find((key) => !known.has(key));
  return stray === undefined ? undefined : `${name}: ${type} has no field ${stray}`;
}

function checkFields(name: string, json: Json, checks: Readonly<Record<string, Check>>): void {
  checkKeys(name, json, Object.keys(checks));
  for (const [key, value] of Object.entries(json)) refuse(checks[key]?.(`${name}.${key}`, value));
}

function checkKeys(name: string, json: Json, known: readonly string[]): void {
  const stray = Object.keys(json).find((key) => !known.includes(key));
  if (stray !== undefined) throw new FaultRuleError(`${name} has no field ${stray}; it may have ${known.join(', ')}`);
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new FaultRuleError(problem);
}

function objectOf(name: string, value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new FaultRuleError(`${name} must be an object`);
}
