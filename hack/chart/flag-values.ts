// The operator's flags as values of the chart: those that no other value of the chart decides.
import type { FlagDef, FlagKind } from '../../src/config-flags.ts';
import { FLAGS } from '../../src/config-flags.ts';
import { NUMBER, optional } from './value.ts';
import type { JsonSchema, Value } from './value.ts';

/** The chart sets them itself, or they make no sense in a Pod. */
const DECIDED_ELSEWHERE = new Set([
  'kubeconfig',
  'namespace',
  'watch-namespaces',
  'metrics-listen',
  'log-level',
  'version',
]);

const SCHEMAS: Readonly<Record<FlagKind, JsonSchema>> = {
  seconds: NUMBER,
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  string: { type: 'string' },
  list: { type: 'string' },
  address: { type: 'string' },
};

export function flagValues(): Readonly<Record<string, Value>> {
  const flags = Object.entries<FlagDef>(FLAGS).filter(([name]) => !DECIDED_ELSEWHERE.has(name));
  return Object.fromEntries(flags.map(([name, def]) => [name, valueOf(def)]));
}

function valueOf({ kind, min, max, choices, help, value }: FlagDef): Value {
  const schema: JsonSchema = {
    ...SCHEMAS[kind],
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
    ...(choices === undefined ? {} : { enum: choices }),
  };
  const [first = '', ...rest] = help;
  const unit = kind === 'seconds' ? ' (seconds)' : '';
  const description = `${first.toUpperCase()}${rest.join('')}${unit}; ${value === '' ? 'empty' : value} where it isn't given.`;
  return optional({ description, schema, default: value });
}
