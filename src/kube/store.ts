// The cache of one kind: what the reflector has seen, frozen and shared, never cloned. Knows how far each watched scope
// (all namespaces, or each of several) has come, so that a gate can tell whether a write of ours is in it already.
// Listeners run after the store has changed; one that throws is reported and disturbs neither store nor the others.
import { abortReason } from '../util/abort.ts';
import { deepFreeze } from './deep-freeze.ts';
import { formatKey, keyOf } from './objects.ts';
import type { KubeObject, ObjectKey } from './objects.ts';
import { StoreIndex } from './store-index.ts';
import type { IndexFunction } from './store-index.ts';

/** `old` alone: deleted; `new` alone: added; both: updated. Another UID under the same name is a delete and an add. */
export interface StoreChange<T extends KubeObject> {
  readonly key: ObjectKey;
  readonly old?: T;
  readonly new?: T;
}

/** How far a scope has come. */
export interface StoreProgress {
  /** A namespace, or empty for all. */
  readonly scope: string;
  readonly resourceVersion: bigint;
  /** Only after a complete list: our monotonic clock when that list was begun. */
  readonly listedAt?: number;
}

export interface StoreOptions<T extends KubeObject> {
  /** Cuts objects down to what is needed; metadata must stay. */
  readonly project?: (object: T) => T;
  /** A listener threw: log and count it. */
  readonly onListenerError: (error: unknown) => void;
}

type Listener<E> = (event: E) => void;

interface Scope {
  resourceVersion: bigint;
  synced: boolean;
}

export class Store<T extends KubeObject> {
  readonly #options: StoreOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, StoreIndex<T>>();
  readonly #scopes = new Map<string, Scope>();
  readonly #changeListeners = new Set<Listener<StoreChange<T>>>();
  readonly #progressListeners = new Set<Listener<StoreProgress>>();

  constructor(options: StoreOptions<T>) {
    this.#options = options;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(formatKey(key));
  }

  /** All objects, or those of one namespace. */
  list(namespace?: string): readonly T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter((object) => (object.metadata.namespace ?? '') === namespace);
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Indexes what is there and what comes. Throws when the name is taken. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    if (this.#indexes.has(name)) throw new Error(`the index "${name}" exists already`);
    const index = new StoreIndex(valuesOf);
    for (const [key, object] of this.#objects) this.#index(index, key, object);
    this.#indexes.set(name, index);
  }

  /** Objects for which the index function gave `value`. Throws for an unknown index. */
  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`there is no index "${name}"`);
    return index.get(value);
  }

  /** The highest resourceVersion seen in any scope; "0" before the first list. */
  get resourceVersion(): string {
    let highest = 0n;
    for (const scope of this.#scopes.values()) if (scope.resourceVersion > highest) highest = scope.resourceVersion;
    return highest.toString();
  }

  /** The scope that the objects of a namespace come from. */
  scopeOf(namespace: string): string {
    return this.#scopes.has(namespace) ? namespace : '';
  }

  /** How far the scope of this namespace has come; 0n before its first list. */
  progressOf(namespace: string): bigint {
    return this.#scopes.get(this.scopeOf(namespace))?.resourceVersion ?? 0n;
  }

  /** True once every scope was listed completely. */
  get synced(): boolean {
    return this.#scopes.size > 0 && [...this.#scopes.values()].every((scope) => scope.synced);
  }

  /** Calls `listener` for each change; returns how to stop that. */
  onChange(listener: Listener<StoreChange<T>>): () => void {
    this.#changeListeners.add(listener);
    return () => void this.#changeListeners.delete(listener);
  }

  /** Calls `listener` whenever a scope has come further, after the changes of that step; returns how to stop that. */
  onProgress(listener: Listener<StoreProgress>): () => void {
    this.#progressListeners.add(listener);
    return () => void this.#progressListeners.delete(listener);
  }

  /** Resolves once `predicate` holds, looked at after every step; rejects with the signal's reason. */
  waitUntil(predicate: (store: Store<T>) => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(abortReason(signal));
      if (predicate(this)) return resolve();
      const settle = (): void => {
        stop();
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        settle();
        reject(abortReason(signal as AbortSignal));
      };
      const stop = this.onProgress(() => {
        if (!predicate(this)) return;
        settle();
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** For reflectors: says that this scope will be fed, before anything waits for it. */
  addScope(scope: string): void {
    if (!this.#scopes.has(scope)) this.#scopes.set(scope, { resourceVersion: 0n, synced: false });
  }

  /** For reflectors: brings a fresh object into the form it's kept in: projected, without managedFields, frozen. */
  ingest(object: T): T {
    // Assigned rather than deleted: a deleted key makes V8 keep the object as a slow dictionary.
    if ('managedFields' in object.metadata) Object.assign(object.metadata, { managedFields: undefined });
    return deepFreeze(this.#options.project?.(object) ?? object);
  }

  /** For reflectors: one event of a watch, with an object that was ingested. */
  apply(scope: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    const key = keyOf(object);
    const changes = type === 'DELETED' ? this.#remove(key) : this.#put(key, object);
    this.#notify(changes);
    this.advance(scope, object.metadata.resourceVersion);
  }

  /** For reflectors: a bookmark, or the version of an event. Never goes back. */
  advance(scope: string, resourceVersion: string): void {
    const state = this.#scopeState(scope);
    const version = BigInt(resourceVersion);
    if (version > state.resourceVersion) state.resourceVersion = version;
    this.#emit(this.#progressListeners, { scope, resourceVersion: state.resourceVersion });
  }

  /**
   * For reflectors: a complete list of the scope, with objects that were ingested. Takes its resourceVersion even when
   * it's lower than before: then the cluster went back to a backup.
   */
  replace(scope: string, objects: readonly T[], resourceVersion: string, listedAt: number): void {
    const state = this.#scopeState(scope);
    const version = BigInt(resourceVersion); // first: a list that can't be read changes nothing
    const wentBack = version < state.resourceVersion;
    const listed = new Map(objects.map((object) => [formatKey(keyOf(object)), object]));
    const changes: StoreChange<T>[] = [];
    for (const [key, old] of this.#objects) {
      const inScope = scope === '' || old.metadata.namespace === scope;
      if (inScope && !listed.has(key)) changes.push(...this.#remove(keyOf(old)));
    }
    for (const object of listed.values()) {
      const old = this.get(keyOf(object));
      // versions of before the backup say nothing about those of after it
      const same = !wentBack && old?.metadata.resourceVersion === object.metadata.resourceVersion;
      if (!same || old.metadata.uid !== object.metadata.uid) changes.push(...this.#put(keyOf(object), object));
    }
    state.resourceVersion = version;
    state.synced = true;
    this.#notify(changes);
    this.#emit(this.#progressListeners, { scope, resourceVersion: state.resourceVersion, listedAt });
  }

  #put(key: ObjectKey, object: T): StoreChange<T>[] {
    const text = formatKey(key);
    const old = this.#objects.get(text);
    this.#objects.set(text, object);
    for (const index of this.#indexes.values()) this.#index(index, text, object);
    if (old === undefined) return [{ key, new: object }];
    if (old.metadata.uid === object.metadata.uid) return [{ key, old, new: object }];
    return [
      { key, old },
      { key, new: object },
    ];
  }

  /** An index function that chokes on one object must not keep that object out of the store. */
  #index(index: StoreIndex<T>, key: string, object: T): void {
    try {
      index.put(key, object);
    } catch (error) {
      index.remove(key);
      this.#options.onListenerError(error);
    }
  }

  #remove(key: ObjectKey): StoreChange<T>[] {
    const text = formatKey(key);
    const old = this.#objects.get(text);
    if (old === undefined) return [];
    this.#objects.delete(text);
    for (const index of this.#indexes.values()) index.remove(text);
    return [{ key, old }];
  }

  #scopeState(scope: string): Scope {
    this.addScope(scope);
    return this.#scopes.get(scope) as Scope;
  }

  #notify(changes: readonly StoreChange<T>[]): void {
    for (const change of changes) this.#emit(this.#changeListeners, change);
  }

  #emit<E>(listeners: ReadonlySet<Listener<E>>, event: E): void {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#options.onListenerError(error);
      }
    }
  }
}
