// The schema of a CRD's spec as a schema of values, so that a lab can set everything that its objects have, and nothing else.
// Nothing is required here: what one value leaves out another may give, and the API server has the last word.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { repositoryPath } from '../../src/testbed/repository.ts';
import type { JsonSchema } from './value.ts';

interface CrdSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, CrdSchema>>;
}

const KEPT = [
  ...['type', 'description', 'enum', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems', 'minProperties', 'maxProperties'],
];

/** The openAPIV3Schema of the one version of a CRD. */
export function crdSpecSchema(plural: string): CrdSchema {
  const crd = parse(readFileSync(repositoryPath(`crds/linkedclone.dev_${plural}.yaml`), 'utf8')) as {
    spec: { versions: readonly [{ schema: { openAPIV3Schema: CrdSchema } }] };
  };
  return member(crd.spec.versions[0].schema.openAPIV3Schema, 'spec');
}

export function member(schema: CrdSchema, name: string): CrdSchema {
  const found = schema.properties?.[name];
  if (found === undefined) throw new Error(`the CRD has no field ${name}`);
  return found;
}

/** `without`: members that other values decide. */
export function valueSchema(schema: CrdSchema, without: readonly string[] = []): JsonSchema {
  const kept = Object.fromEntries(
    KEPT.filter((keyword) => keyword in schema).map((keyword) => [keyword, schema[keyword]]),
  );
  if (schema['x-kubernetes-int-or-string'] === true) kept['type'] = ['integer', 'string'];
  const { properties, items, additionalProperties } = schema;
  if (items !== undefined) kept['items'] = valueSchema(items as CrdSchema);
  if (typeof additionalProperties === 'object')
    kept['additionalProperties'] = valueSchema(additionalProperties as CrdSchema);
  if (properties === undefined) return kept;
  const members = Object.entries(properties).filter(([name]) => !without.includes(name));
  return {
    ...kept,
    properties: Object.fromEntries(members.map(([name, one]) => [name, valueSchema(one)])),
    additionalProperties: false,
  };
}
