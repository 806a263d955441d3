// Writes a status only when it differs, and only what differs: one operation for each top-level field, lists and nested
// objects whole, removed fields removed. The write is for the object that was read: a new one of the same name, with
// another UID, never gets the old one's status (the error's `conflict` is true then).
import { jsonEqual } from './json-equal.ts';
import { pathSegment, requireVersion, testGeneration, testUid } from './json-patch.ts';
import type { JsonPatchOperation } from './json-patch.ts';
import { keyOf } from './objects.ts';
import type { KubeObject, Resource } from './objects.ts';
import type { RestClient } from './rest.ts';

export interface PatchStatusOptions {
  /** Refuse the write (409) when anything about the object changed since it was read, as for a status that pins a spec. */
  readonly withResourceVersion?: boolean;
  /** Refuse the write when the spec changed since it was read; what else was written meanwhile doesn't matter. */
  readonly withGeneration?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Brings the object's status to `newStatus`. Gives the object as the server answered, or undefined when nothing was sent
 * because nothing differs. Throws ApiError.
 */
export async function patchStatus<T extends KubeObject>(
  rest: RestClient,
  resource: Resource<T>,
  object: T,
  newStatus: NonNullable<T['status']>,
  options: PatchStatusOptions = {},
): Promise<T | undefined> {
  const changes = statusOperations(object.status, newStatus);
  if (changes.length === 0) return undefined;
  const { uid, resourceVersion, generation } = object.metadata;
  const conditions = [
    ...(options.withResourceVersion === true ? [requireVersion(resourceVersion)] : []),
    ...(options.withGeneration === true && generation !== undefined ? [testGeneration(generation)] : []),
  ];
  const patch = [testUid(uid), ...conditions, ...changes];
  return rest.patch(resource, keyOf(object), patch, { type: 'json', subresource: 'status' }, options.signal);
}

/** The operations that make `after` of `before`; none when they're equal. Members that are undefined or null count as absent. */
export function statusOperations(before: unknown, after: unknown): JsonPatchOperation[] {
  const next = present(after);
  if (!isRecord(before)) return [{ op: 'add', path: '/status', value: Object.fromEntries(next) }];
  const old = present(before);
  const operations: JsonPatchOperation[] = [];
  for (const [name, value] of next) {
    if (!jsonEqual(old.get(name), value)) operations.push({ op: 'add', path: pathOf(name), value });
  }
  for (const name of old.keys()) if (!next.has(name)) operations.push({ op: 'remove', path: pathOf(name) });
  return operations;
}

function pathOf(name: string): string {
  return `/status/${pathSegment(name)}`;
}

function present(value: unknown): Map<string, unknown> {
  if (!isRecord(value)) return new Map();
  return new Map(Object.entries(value).filter(([, member]) => member !== undefined && member !== null));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
