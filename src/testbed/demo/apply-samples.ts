// Applies the sample objects through the API, as `kubectl apply --server-side` would, without a kubectl for each file.
import type { AdminApi } from '../control-plane/admin-api.ts';
import type { SampleObject } from './samples.ts';

const FIELD_MANAGER = 'demo';
const OWN_GROUP = '/apis/linkedclone.dev/v1alpha1';
const COLLECTIONS: Readonly<Record<string, { group: string; plural: string }>> = {
  Namespace: { group: '/api/v1', plural: 'namespaces' },
  Secret: { group: '/api/v1', plural: 'secrets' },
  VCenter: { group: OWN_GROUP, plural: 'vcenters' },
  BaseSnapshot: { group: OWN_GROUP, plural: 'basesnapshots' },
  LinkedCloneSet: { group: OWN_GROUP, plural: 'linkedclonesets' },
};

/** The files one after the other, the objects of one file together. Rejects with the API server's words. */
export async function applySamples(
  api: AdminApi,
  files: readonly (readonly SampleObject[])[],
  signal: AbortSignal,
): Promise<void> {
  for (const objects of files) {
    await Promise.all(
      objects.map((body) =>
        api.call('PATCH', `${pathOf(body)}?fieldManager=${FIELD_MANAGER}`, {
          body,
          contentType: 'application/apply-patch+yaml',
          signal,
        }),
      ),
    );
  }
}

function pathOf({ kind, metadata: { name, namespace } }: SampleObject): string {
  const collection = COLLECTIONS[kind];
  if (collection === undefined) throw new Error(`the demo doesn't know the kind ${kind} of its sample ${name}`);
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${collection.group}${scope}/${collection.plural}/${name}`;
}
