// Values out of a CRD's schema: such as fit it, such as are at its edges, and such as don't.
import type { Random } from '../long-lived/random.ts';

export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** Words that mean something in the lab, so that not everything is unknown. */
const WORDS = [
  ...['gold', 'vc', 'vc-credentials', 'good', 'broken', 'shared-1', 'shared-2', 'Labs/x', 'Lab Cluster', 'esx-1'],
  ...[
    'Lab Cluster/Resources/Classes',
    'Templates/Tmpl',
    '*',
    'a',
    'x-##',
    '00000000-0000-0000-0000-000000000000',
    'vm-1',
  ],
];
/** So many are asked for at most where each costs a machine. */
const MOST_REPLICAS = 3;

function textFor(schema: Schema, random: Random): string {
  const { minLength = 0, maxLength = 64, pattern } = schema;
  const edges = ['x'.repeat(maxLength), 'y'.repeat(Math.max(1, minLength))];
  const fitting = [...WORDS, ...edges].filter(
    (word) =>
      word.length >= minLength && word.length <= maxLength && (pattern === undefined || new RegExp(pattern).test(word)),
  );
  return fitting.length === 0 ? 'a' : random.pick(fitting);
}

function numberFor({ minimum = 0, maximum = 1_000 }: Schema, name: string, random: Random): number {
  if (name === 'replicas') return random.between(0, MOST_REPLICAS);
  return random.pick([minimum, minimum, minimum + 1, Math.min(maximum, minimum + random.below(100)), maximum]);
}

/** A value that fits the schema's types and bounds; the rules between fields are the API server's to judge. */
export function fittingValue(schema: Schema, name: string, random: Random): unknown {
  if (schema.enum !== undefined) return random.pick(schema.enum);
  switch (schema.type) {
    case 'string':
      return textFor(schema, random);
    case 'integer':
    case 'number':
      return numberFor(schema, name, random);
    case 'boolean':
      return random.chance(0.5);
    case 'array':
      return Array.from({ length: random.below(3) }, () => fittingValue(schema.items ?? {}, name, random));
    default:
      return fittingObject(schema, random);
  }
}

export function fittingObject(schema: Schema, random: Random): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (schema.required?.includes(name) === true || random.chance(0.4))
      result[name] = fittingValue(child, name, random);
  }
  if (typeof schema.additionalProperties === 'object' && random.chance(0.5))
    result['key'] = fittingValue(schema.additionalProperties, 'key', random);
  return result;
}

/** A value that doesn't fit: of another type, or beyond a bound. */
export function misfit(schema: Schema, random: Random): unknown {
  const { type, minimum = 0, maximum = 1_000, maxLength = 64 } = schema;
  const wrong: unknown[] = [null, { x: 1 }, [1, 2], -1, 1e12, 'none of those', ''];
  if (type === 'string') wrong.push('x'.repeat(maxLength + 1), 7, true);
  if (type === 'integer') wrong.push(minimum - 1, maximum + 1, 0.5, '7');
  if (type === 'boolean') wrong.push('true', 1);
  return random.pick(wrong);
}

/** Paths of all fields, those with fields below them included. */
export function fieldPaths(schema: Schema, path: readonly string[] = []): (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [
    [...path, name],
    ...fieldPaths(child, [...path, name]),
  ]);
}

export function schemaAt(schema: Schema, path: readonly string[]): Schema {
  return path.reduce<Schema>((at, name) => at.properties?.[name] ?? {}, schema);
}
