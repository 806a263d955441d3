// Adds and removes one finalizer and leaves everybody else's alone: the patch tests UID and the list it was computed from,
// and when that test fails the object is read live and it's tried again. Never adds to an object that is being deleted.
import { isConflict, isNotFound } from './api-error.ts';
import { requireVersion, testUid } from './json-patch.ts';
import type { JsonPatchOperation } from './json-patch.ts';
import { keyOf } from './objects.ts';
import type { KubeObject, Resource } from './objects.ts';
import type { RestClient } from './rest.ts';

const PATH = '/metadata/finalizers';
const MAX_ATTEMPTS = 4;

export function hasFinalizer({ metadata }: KubeObject, name: string): boolean {
  return metadata.finalizers?.includes(name) === true;
}

/**
 * Makes sure that the object has the finalizer. Gives the object as the server answered, or undefined when nothing was
 * written: it's there already, or the object is being deleted, gone or recreated. Throws ApiError.
 */
export function addFinalizer<T extends KubeObject>(
  rest: RestClient,
  resource: Resource<T>,
  object: T,
  name: string,
  signal?: AbortSignal,
): Promise<T | undefined> {
  return change(
    rest,
    resource,
    object,
    (current, list) =>
      current.metadata.deletionTimestamp !== undefined || list.includes(name) ? undefined : [...list, name],
    signal,
  );
}

/** Makes sure that the object doesn't have the finalizer; the same answers. */
export function removeFinalizer<T extends KubeObject>(
  rest: RestClient,
  resource: Resource<T>,
  object: T,
  name: string,
  signal?: AbortSignal,
): Promise<T | undefined> {
  return change(
    rest,
    resource,
    object,
    (_current, list) => (list.includes(name) ? list.filter((other) => other !== name) : undefined),
    signal,
  );
}

/**
 * Takes the finalizer away only from the object exactly as it was read: whatever anybody wrote to it since refuses that, by an
 * ApiError whose `conflict` is true. Gives the object as the server answered, or undefined when it's gone or has none.
 */
export async function removeFinalizerAsRead<T extends KubeObject>(
  rest: RestClient,
  resource: Resource<T>,
  object: T,
  name: string,
): Promise<T | undefined> {
  if (!hasFinalizer(object, name)) return undefined;
  const left = (object.metadata.finalizers ?? []).filter((other) => other !== name);
  const patch = [requireVersion(object.metadata.resourceVersion), ...operations(object, left)];
  try {
    return await rest.patch(resource, keyOf(object), patch, { type: 'json' });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function change<T extends KubeObject>(
  rest: RestClient,
  resource: Resource<T>,
  object: T,
  wanted: (current: T, list: readonly string[]) => readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  let current: T | undefined = object;
  for (let attempt = 1; current !== undefined; attempt += 1) {
    const list = current.metadata.finalizers ?? [];
    const next = wanted(current, list);
    if (next === undefined) return undefined;
    try {
      return await rest.patch(resource, keyOf(object), operations(current, next), { type: 'json' }, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!isConflict(error) || attempt >= MAX_ATTEMPTS) throw error;
      current = await readSame(rest, resource, object, signal);
    }
  }
  return undefined;
}

function operations(current: KubeObject, next: readonly string[]): JsonPatchOperation[] {
  // An absent list tests equal to null.
  const before = current.metadata.finalizers ?? null;
  return [
    testUid(current.metadata.uid),
    { op: 'test', path: PATH, value: before },
    { op: 'add', path: PATH, value: next },
  ];
}

/** The object as it is now; undefined when it's gone or another one has its name. */
async function readSame<T extends KubeObject>(
  rest: RestClient,
  resource: Resource<T>,
  object: T,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  try {
    const live = await rest.get(resource, keyOf(object), signal);
    return live.metadata.uid === object.metadata.uid ? live : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
