// How a chart's values are described, once: from such a tree values.yaml, values.schema.json and the table of the README
// are written. Each value has a default, one sentence, and the part of a JSON schema that says what it may be.

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

export interface Value {
  /** What it is, unit and meaning of an empty value included. */
  readonly description: string;
  readonly schema: JsonSchema;
  /** What values.yaml has; a group's is made of its members'. Undefined: named in the schema only. */
  readonly default?: unknown;
  /** Members of a group, which are all that it may have. */
  readonly members?: Readonly<Record<string, Value>>;
  /** Others than its members may be given as well. */
  readonly open?: boolean;
}

type Group = Readonly<Record<string, Value>>;

export function text(description: string, value: string, schema: JsonSchema = {}): Value {
  return { description, default: value, schema: { type: 'string', ...schema } };
}

export function choice(description: string, value: string, choices: readonly string[]): Value {
  return { description, default: value, schema: { type: 'string', enum: choices } };
}

export function flag(description: string, value: boolean): Value {
  return { description, default: value, schema: { type: 'boolean' } };
}

export function integer(description: string, value: number, schema: JsonSchema = {}): Value {
  return { description, default: value, schema: { type: 'integer', minimum: 0, ...schema } };
}

/** Helm's --set makes text of what has a fraction. */
export const NUMBER: JsonSchema = { type: ['number', 'string'], pattern: '^[0-9]+([.][0-9]+)?$' };

export function number(description: string, value: number, schema: JsonSchema = {}): Value {
  return { description, default: value, schema: { ...NUMBER, ...schema } };
}

export function list(description: string, items: JsonSchema, value: readonly unknown[] = []): Value {
  return { description, default: value, schema: { type: 'array', items } };
}

/** Text by key, as labels and annotations are. */
export function textMap(description: string, value: Readonly<Record<string, string>> = {}): Value {
  return { description, default: value, schema: { type: 'object', additionalProperties: { type: 'string' } } };
}

/** A part of a Kubernetes object, which the API server checks. */
export function kubernetes(description: string, value: Readonly<Record<string, unknown>> = {}): Value {
  return { description, default: value, schema: { type: 'object' } };
}

export function kubernetesList(description: string, value: readonly unknown[] = []): Value {
  return list(description, { type: 'object' }, value);
}

export function group(description: string, members: Group): Value {
  return { description, members, schema: { type: 'object' } };
}

export function openGroup(description: string, members: Group): Value {
  return { ...group(description, members), open: true };
}

/** May be given, has no default: no line in values.yaml. */
export function optional(value: Value): Value {
  const { default: _, ...rest } = value;
  return rest;
}
