// The last check of an object that was read from the API server, before it's acted on: one that was stored under another
// version of the CRDs, or through an API server that was told not to validate, must not reach vCenter. The schemas are
// part of the program and compiled once at start; nothing remote is ever resolved, and checking ends at the first error.
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { forbiddenCharacter } from '../util/xml-text.ts';
import type { Kind } from './reasons.ts';
import { schemas } from './schemas.generated.ts';

/** RFC 3339 as Kubernetes writes it; fractions of a second and offsets are allowed. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

const ajv = new Ajv({ strict: true, allErrors: false, $data: false, allowUnionTypes: true });
ajv.addFormat('date-time', DATE_TIME);
ajv.addFormat('int32', { type: 'number', validate: (value: number) => Math.abs(value) <= 2 ** 31 });
ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger });

const validators: Readonly<Record<Kind, ValidateFunction>> = {
  VCenter: ajv.compile(schemas.VCenter),
  BaseSnapshot: ajv.compile(schemas.BaseSnapshot),
  LinkedClone: ajv.compile(schemas.LinkedClone),
  LinkedCloneSet: ajv.compile(schemas.LinkedCloneSet),
};

/** Text that goes to the API server and nowhere else. */
const ONLY_KUBERNETES = new Set(['metadata']);

/** The first text below `value` that can't be sent to vCenter, as `spec.notes has the character U+FFFE`. */
function unsendable(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') {
    const character = forbiddenCharacter(value);
    return character === undefined
      ? undefined
      : `${path} has the character ${character}, which can't be sent to vCenter`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const problem = ONLY_KUBERNETES.has(key) ? undefined : unsendable(child, `${path}.${key}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What is wrong with `object`, as `spec.limits.clones must be >= 1`; undefined when it fits its kind's schema. */
export function validateObject(kind: Kind, object: unknown): string | undefined {
  const validate = validators[kind];
  if (validate(object)) return unsendable((object as { readonly spec?: unknown }).spec, 'spec');
  const [first] = validate.errors ?? [];
  return first === undefined ? `doesn't fit the schema of ${kind}` : describe(first);
}

function describe(error: ErrorObject): string {
  const path = error.instancePath.slice(1).replaceAll('/', '.') || 'the object';
  const { allowedValues } = error.params as { allowedValues?: readonly unknown[] };
  const allowed = allowedValues === undefined ? '' : `: ${allowedValues.map(String).join(', ')}`;
  return `${path} ${error.message ?? error.keyword}${allowed}`;
}
