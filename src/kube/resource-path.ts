// URL paths of resources: /api for the core group, /apis for the others, each segment escaped.
import type { Resource } from './objects.ts';

export const SUBRESOURCES = ['status', 'scale'] as const;
export type Subresource = (typeof SUBRESOURCES)[number];

/** "group/version", or just the version for the core group: what apiVersion holds. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** Path of a collection: of one namespace, or with an empty one of all namespaces (and of cluster-scoped resources). */
export function collectionPath(resource: Resource, namespace: string): string {
  const root = resource.group === '' ? '/api' : `/apis/${encodeURIComponent(resource.group)}`;
  const scope = resource.namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}/${encodeURIComponent(resource.version)}${scope}/${encodeURIComponent(resource.plural)}`;
}

/**
 * Path of one object or of its subresource. Throws when a namespaced resource comes without a namespace: such a path
 * would name another thing.
 */
export function objectPath(
  resource: Resource,
  key: { readonly namespace: string; readonly name: string },
  subresource?: Subresource,
): string {
  if (key.name === '') throw new Error(`${resource.plural}: an object needs a name`);
  if (resource.namespaced && key.namespace === '')
    throw new Error(`${resource.plural} "${key.name}" needs a namespace`);
  const path = `${collectionPath(resource, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
