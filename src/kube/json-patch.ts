// The JSON Patch operations (RFC 6902) that our writes are made of. A `test` that fails makes the whole patch fail, which
// is how a write says on what it relies: an error for which ApiError.conflict is true.

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Fails unless the object is still this one: a merge patch's metadata.uid is ignored by the status subresource of CRs. */
export function testUid(uid: string): JsonPatchOperation {
  return { op: 'test', path: '/metadata/uid', value: uid };
}

/** Fails unless the spec is the one that was read. */
export function testGeneration(generation: number): JsonPatchOperation {
  return { op: 'test', path: '/metadata/generation', value: generation };
}

/** Makes the server answer 409 when the object has changed since it was read. */
export function requireVersion(resourceVersion: string): JsonPatchOperation {
  return { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion };
}

/** A member's name as a segment of a path. */
export function pathSegment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
