// What the API server stores, as plain JSON, and how it's named: object, key, and the description of a resource (path
// and kind) that every call takes. Everything is readonly: objects in the cache are frozen and shared.

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  /** RFC 3339, whole seconds. */
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface KubeObject<Spec = unknown, Status = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  readonly status?: Status;
}

/** Metadata of an object that doesn't exist yet: the server fills in the rest. */
export interface NewObjectMeta extends Partial<Omit<ObjectMeta, 'uid' | 'resourceVersion' | 'creationTimestamp'>> {
  readonly generateName?: string;
}

/** What create takes; apiVersion and kind come from the resource where they're left out. */
export type NewObject<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata' | 'spec' | 'status'> & {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: NewObjectMeta;
  readonly spec?: T['spec'];
};

/** Where a kind lives in the API; `__type` carries the object's type and never a value. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly __type?: T;
}

export interface ObjectKey {
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** The key of anything that has metadata. */
export function keyOf(object: {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}): ObjectKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

/** "namespace/name", or just the name for cluster-scoped objects; neither part can hold a slash. */
export function formatKey(key: ObjectKey): string {
  return key.namespace === '' ? key.name : `${key.namespace}/${key.name}`;
}

/** The reverse of formatKey. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0 ? { namespace: '', name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}
