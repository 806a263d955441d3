// The part of Kubernetes' object metadata that the operator reads. Declared here as plain structure, because this folder
// imports nothing of the Kubernetes client: the client's objects fit it, and it fits theirs. Objects out of the cache are
// frozen, so everything is readonly.

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Metadata of an object that was read from the API server. Times are RFC 3339. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Raised by the API server with every change of the spec, and when a deletion begins. */
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Metadata of an object in a namespace. */
export interface NamespacedObjectMeta extends ObjectMeta {
  readonly namespace: string;
}

/** What the API server adds when an object is created. */
type ServerSet = 'uid' | 'resourceVersion' | 'generation' | 'creationTimestamp' | 'deletionTimestamp';

/** An object that is about to be created, as `NewObject<LinkedClone>`: without what the API server adds, without a status. */
export type NewObject<T extends { readonly metadata: ObjectMeta }> = Omit<T, 'metadata' | 'status'> & {
  readonly metadata: Omit<T['metadata'], ServerSet>;
};
