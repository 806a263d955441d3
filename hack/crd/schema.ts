// Reads the CRD files: what the generators need of them, in the order in which types build on each other.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** One node of an OpenAPI v3 schema as Kubernetes takes it; only the keywords that the CRDs use. */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode;
  readonly enum?: readonly (string | boolean)[];
  readonly default?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly pattern?: string;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly {
    readonly rule: string;
    readonly message: string;
    readonly fieldPath?: string;
  }[];
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

export interface Crd {
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly shortNames: readonly string[];
  readonly columns: readonly PrinterColumn[];
  readonly schema: SchemaNode;
}

interface CrdFile {
  readonly spec: {
    readonly scope: 'Cluster' | 'Namespaced';
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly [
      {
        readonly additionalPrinterColumns: readonly PrinterColumn[];
        readonly schema: { readonly openAPIV3Schema: SchemaNode };
      },
    ];
  };
}

const PLURALS = ['vcenters', 'basesnapshots', 'linkedclones', 'linkedclonesets'] as const;

/** The four CRDs of `crds/`. */
export function readCrds(): readonly Crd[] {
  return PLURALS.map((plural) => {
    const url = new URL(`../../crds/linkedclone.dev_${plural}.yaml`, import.meta.url);
    const { spec } = parse(readFileSync(url, 'utf8')) as CrdFile;
    const [version] = spec.versions;
    return {
      kind: spec.names.kind,
      plural,
      scope: spec.scope,
      shortNames: spec.names.shortNames ?? [],
      columns: version.additionalPrinterColumns,
      schema: version.schema.openAPIV3Schema,
    };
  });
}
