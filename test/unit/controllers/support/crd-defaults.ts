// What the API server adds to an object when it stores it: the defaults of the CRD's schema, in objects that are there.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Schema {
  readonly type?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

interface Crd {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] };
}

function schemaOf(plural: string): Schema {
  const path = new URL(`../../../../crds/linkedclone.dev_${plural}.yaml`, import.meta.url);
  const crd = parse(readFileSync(path, 'utf8')) as Crd;
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error(`no schema of ${plural}`);
  return schema;
}

function apply(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) return value.map((item) => apply(item, schema.items ?? {}));
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = { ...value };
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    if (result[key] === undefined && inner.default !== undefined) result[key] = structuredClone(inner.default);
    if (result[key] !== undefined) result[key] = apply(result[key], inner);
  }
  return result;
}

const schemas = new Map<string, Schema>();

/** The object with the defaults that its CRD has; metadata and status stay as they are. */
export function withDefaults<T extends { spec: unknown }>(plural: 'linkedclones' | 'linkedclonesets', object: T): T {
  const schema = schemas.get(plural) ?? schemaOf(plural);
  schemas.set(plural, schema);
  return { ...object, spec: apply(object.spec, schema.properties?.['spec'] ?? {}) };
}
