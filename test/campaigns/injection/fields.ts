// Every string field of every kind, from the CRDs as they are applied: none can be forgotten.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

export interface StringField {
  readonly kind: string;
  /** Below `spec`: `access[].folders[]`; `{}` is any key of a map. */
  readonly path: string;
}

interface Crd {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }];
  };
}

export function readCrds(): readonly { readonly kind: string; readonly spec: Schema }[] {
  const folder = repositoryPath('crds');
  return readdirSync(folder)
    .toSorted()
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')) as Crd)
    .map(({ spec: { names, versions } }) => ({
      kind: names.kind,
      spec: versions[0].schema.openAPIV3Schema.properties?.['spec'] ?? {},
    }));
}

function pathsOf(schema: Schema, path: string): string[] {
  if (schema.type === 'string') return schema.enum === undefined ? [path] : [];
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => pathsOf(child, below(name)));
  const items = schema.items === undefined ? [] : pathsOf(schema.items, `${path}[]`);
  const { additionalProperties: map } = schema;
  return [...own, ...items, ...(typeof map === 'object' ? pathsOf(map, `${path}{}`) : [])];
}

export function stringFields(): StringField[] {
  return readCrds().flatMap(({ kind, spec }) => pathsOf(spec, '').map((path) => ({ kind, path })));
}

type Json = Record<string, unknown>;

/** A copy of `spec` with `value` at `path`; lists and maps on the way get one item. */
export function withField(spec: Readonly<Json>, path: string, value: string): Json {
  const copy = structuredClone(spec) as Json;
  let at = copy as unknown as Record<string | number, unknown>;
  const steps = path.split('.').flatMap((step) => step.split(/(\[\]|\{\})/).filter((part) => part !== ''));
  for (const [i, step] of steps.entries()) {
    const key = step === '[]' ? 0 : step === '{}' ? 'key' : step;
    if (i === steps.length - 1) {
      at[key] = value;
      break;
    }
    const next = steps[i + 1];
    if (at[key] === undefined || typeof at[key] !== 'object') at[key] = next === '[]' ? [] : {};
    at = at[key] as Record<string | number, unknown>;
  }
  return copy;
}
