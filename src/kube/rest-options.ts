// What the REST client takes and gives: options of each verb, hooks, pages. Types only.
import type { Clock } from '../util/clock.ts';
import type { ClusterAccess, PoolName } from './cluster-access.ts';
import type { AnswerRecord } from './http-exchange.ts';
import type { ObjectKey, Resource } from './objects.ts';
import type { Subresource } from './resource-path.ts';

export interface RequestRecord {
  readonly verb: string;
  /** Plural, with a subresource after a slash. */
  readonly resource: string;
  /** HTTP status; 0: no answer. */
  readonly code: number;
  readonly seconds: number;
}

export type WriteListener = (resource: Resource, key: ObjectKey, resourceVersion: string) => void;

export interface RestClientOptions {
  readonly config: ClusterAccess;
  readonly userAgent: string;
  readonly fieldManager: string;
  readonly clock: Clock;
  /** Per request, in milliseconds; a watch has its own limits. */
  readonly timeoutMs?: number;
  readonly pool?: Exclude<PoolName, 'watch'>;
  /** Called for every request that ended; a watch counts when it ends. */
  readonly observe?: (record: RequestRecord) => void;
  /** Called for every answer of the API server, or failure to get one; a watch counts when it begins. */
  readonly onAnswer?: (record: AnswerRecord) => void;
  /** Called with the resourceVersion that the server gave for our write. */
  readonly onWrite?: WriteListener;
}

export interface ListSelection {
  /** Left out: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListOptions extends ListSelection {
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface ListPage<T> {
  readonly items: T[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

export interface PatchOptions {
  readonly type: 'merge' | 'json' | 'apply';
  readonly subresource?: Subresource;
  /** Takes over fields of other managers; only for `apply`. */
  readonly force?: boolean;
}

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

export interface WatchOptions extends ListSelection {
  readonly resourceVersion: string;
  /** After which the server ends the watch. */
  readonly timeoutSeconds: number;
}

export interface WatchHandlers {
  /** The server has answered. */
  onOpen(): void;
  /** One event, still as text. An error thrown here ends the watch with that error. */
  onLine(line: string): void;
}
