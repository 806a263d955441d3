// The object that a reconcile starts from: the cached one, or, when the cache hasn't shown our own last write in time, the
// one that the API server has now.
import type { ReconcileContext } from '../../kube/controller.ts';
import type { KubeObject, ObjectKey, Resource } from '../../kube/objects.ts';
import type { Store } from '../../kube/store.ts';
import type { LiveReads } from './live.ts';

/** Undefined when there is none. */
export async function currentObject<T extends KubeObject>(
  live: LiveReads,
  store: Store<T>,
  resource: Resource<T>,
  key: ObjectKey,
  context: ReconcileContext,
): Promise<T | undefined> {
  return context.gateExpired ? live.get(resource, key) : store.get(key);
}
