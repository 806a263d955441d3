// The JSON of POST /v1/faults → FaultRule. Refuses what it doesn't understand, so that a test with a typo doesn't pass
// because nothing was disturbed.
import type { FaultAction, FaultMatch, FaultRule } from './fault-rule.ts';
import {
  body,
  condition,
  fault,
  headerValue,
  method,
  reset,
  seconds,
  share,
  status,
  text,
  wholeFrom,
  yesNo,
} from './field-checks.ts';
import type { Check, Json } from './field-checks.ts';

/** The rule isn't one; the message names the field. */
export class FaultRuleError extends Error {
  override readonly name = 'FaultRuleError';
}

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
  body,
  contentType: headerValue,
  killSession: yesNo,
  loseTask: yesNo,
  hangSeconds: seconds,
  eventFlood: wholeFrom(1),
  condition,
  taskFault: fault,
  ignoreDiskMoveType: yesNo,
};
const LIMITS: Readonly<Record<'times' | 'forSeconds', Check>> = { times: wholeFrom(1), forSeconds: seconds };

/** Throws FaultRuleError. */
export function parseFaultRule(json: unknown): FaultRule {
  const { match: conditions, action: what, ...limits } = objectOf('the rule', json);
  const stray = Object.keys(limits).find((key) => !Object.hasOwn(LIMITS, key));
  if (stray !== undefined)
    throw new FaultRuleError(`the rule has no field ${stray}; it may have match, action, times, forSeconds`);
  const match = objectOf('match', conditions ?? {});
  const action = objectOf('action', what);
  checkFields('match', match, MATCH);
  checkFields('action', action, ACTION);
  if (Object.keys(action).length === 0)
    throw new FaultRuleError(`action must have one of ${Object.keys(ACTION).join(', ')}`);
  for (const [name, check] of Object.entries(LIMITS)) if (limits[name] !== undefined) refuse(check(name, limits[name]));
  return { match, action, ...limits };
}

function checkFields(name: string, json: Json, checks: Readonly<Record<string, Check>>): void {
  const known = Object.keys(checks);
  const stray = Object.keys(json).find((key) => !known.includes(key));
  if (stray !== undefined) throw new FaultRuleError(`${name} has no field ${stray}; it may have ${known.join(', ')}`);
  for (const [key, value] of Object.entries(json)) refuse(checks[key]?.(`${name}.${key}`, value));
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new FaultRuleError(problem);
}

function objectOf(name: string, value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new FaultRuleError(`${name} must be an object`);
}
