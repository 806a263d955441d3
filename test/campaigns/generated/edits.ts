// An edit of a spec: some fields get values that fit, don't fit, or go.
import type { Random } from '../long-lived/random.ts';
import { fieldPaths, fittingValue, misfit, schemaAt } from './schema-values.ts';
import type { Schema } from './schema-values.ts';

type Json = Record<string, unknown>;

const MISFITS = 0.3;
const REMOVALS = 0.15;

function put(spec: Json, path: readonly string[], value: unknown): void {
  let at = spec;
  for (const step of path.slice(0, -1)) {
    if (typeof at[step] !== 'object' || at[step] === null || Array.isArray(at[step])) at[step] = {};
    at = at[step] as Json;
  }
  const last = path.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
}

/** A changed copy of `spec`, and what was changed. */
export function editSpec(spec: Readonly<Json>, schema: Schema, random: Random): { spec: Json; what: string } {
  const copy = structuredClone(spec) as Json;
  const paths = fieldPaths(schema);
  const what: string[] = [];
  for (let n = random.between(1, 3); n > 0; n -= 1) {
    const path = random.pick(paths);
    const at = schemaAt(schema, path);
    const name = path.at(-1) ?? '';
    const value = random.chance(REMOVALS)
      ? undefined
      : random.chance(MISFITS)
        ? misfit(at, random)
        : fittingValue(at, name, random);
    put(copy, path, value);
    what.push(`${path.join('.')} = ${JSON.stringify(value) ?? 'nothing'}`);
  }
  return { spec: copy, what: what.join('; ').slice(0, 400) };
}
