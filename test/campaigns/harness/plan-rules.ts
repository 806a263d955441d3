// What a hand-written plan or an earlier report must look like, so that a slip of the pen is told in a sentence before anything
// begins. A rule says of a value what is wrong with it, by its key, the value and what is allowed. Which keys a plan has
// often depends on the value of another one, so rules are functions that are put together, not one schema.
import { UsageError } from '../../../src/testbed/command.ts';

/** What is wrong with the value at `path`, without a full stop; undefined: nothing. `path` is '' for the whole. */
export type Rule = (value: unknown, path: string) => string | undefined;

type Json = Readonly<Record<string, unknown>>;

/** Of a value in a message; the rest of a long one is left out. */
const SHOWN = 120;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function not(value: unknown, path: string, allowed: string): string {
  return `${path === '' ? 'it' : path} is ${shown(value)}, and must be ${allowed}`;
}

/** For rules of other modules: `fits`, or it must be what `allowed` says. */
export function mustBe(allowed: string, fits: (value: unknown) => boolean): Rule {
  return (value, path) => (fits(value) ? undefined : not(value, path, allowed));
}

export function oneOf(values: readonly (string | boolean)[]): Rule {
  const names = values.map((value) => (value === '' ? '""' : String(value)));
  const allowed = names.length === 1 ? (names[0] ?? '') : `one of ${names.join(', ')}`;
  return mustBe(allowed, (value) => values.some((one) => one === value));
}

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): Rule {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  const fits = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= least;
  return mustBe(`a whole number ${range}`, (value) => fits(value) && Number(value) <= most);
}

export const someText: Rule = mustBe('a text that is not empty', (value) => typeof value === 'string' && value !== '');
export const someNumber: Rule = mustBe('a number', (value) => typeof value === 'number');
export const someObject: Rule = mustBe('an object', isObject);

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(item: Rule, least = 0): Rule {
  return (value, path) => {
    if (!Array.isArray(value)) return not(value, path, 'a list');
    if (value.length < least) return not(value, path, `a list of ${least} or more`);
    return firstOf(value.map((one, i) => () => item(one, `${path}[${i}]`)));
  };
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const wrong = check();
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

type Rules = Readonly<Record<string, Rule>>;

function valuesOf(value: Json, rules: Rules, path: string): (() => string | undefined)[] {
  return Object.entries(rules).flatMap(([key, rule]) =>
    Object.hasOwn(value, key) ? [() => rule(value[key], below(path, key))] : [],
  );
}

function missing(value: Json, required: Rules, path: string): string | undefined {
  const key = Object.keys(required).find((one) => !Object.hasOwn(value, one));
  if (key === undefined) return undefined;
  return `${path === '' ? 'it' : path} lacks the key "${key}": it is ${shown(value)}, and needs ${Object.keys(required).join(', ')}`;
}

/** An object with these keys, those of `optional` or not, and no others. */
export function keys(required: Rules, optional: Rules = {}): Rule {
  const known = { ...required, ...optional };
  const there = having(required, optional);
  return (value, path) => {
    if (!isObject(value)) return not(value, path, 'an object');
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(known, key));
    if (unknown !== undefined)
      return `there is no key "${below(path, unknown)}", which is ${shown(value[unknown])}: allowed are ${Object.keys(known).join(', ')}`;
    return there(value, path);
  };
}

/** An object with these keys, those of `optional` or not, and whatever else. */
export function having(required: Rules, optional: Rules = {}): Rule {
  const known = { ...required, ...optional };
  return (value, path) => {
    if (!isObject(value)) return not(value, path, 'an object');
    return missing(value, required, path) ?? firstOf(valuesOf(value, known, path));
  };
}

/** An object whose rule depends on the value of one of its keys. */
export function byKey(key: string, rules: Rules): Rule {
  const tag = having({ [key]: oneOf(Object.keys(rules)) });
  return (value, path) => tag(value, path) ?? rules[String((value as Json)[key])]?.(value, path);
}

/** An object whose rule depends on whether it has a key. */
export function withKey(key: string, there: Rule, otherwise: Rule): Rule {
  return (value, path) => (isObject(value) && Object.hasOwn(value, key) ? there : otherwise)(value, path);
}

/** The JSON as a value that keeps the rule. `what` it is told as: the flag that it comes from. */
export function readAs(text: string, what: string, rule: Rule): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${what} is no JSON: ${(error as Error).message}`, { cause: undefined });
  }
  const wrong = rule(value, '');
  if (wrong !== undefined) throw new UsageError(`${what}: ${wrong}`);
  return value;
}

/** A plan from its line. */
export function readPlanAs(line: string, rule: Rule): unknown {
  return readAs(line, '--plan', rule);
}
