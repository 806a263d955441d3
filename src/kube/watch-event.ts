// One line of a watch as a typed event. What can't be read is an error, never skipped: a skipped line is a missed change.
import type { StatusDetails } from './api-error.ts';
import type { KubeObject } from './objects.ts';

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  | { readonly type: 'ERROR'; readonly status: WatchStatus };

/** The Status object of an ERROR event. */
export interface WatchStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
}

/** A line that isn't an event as the API promises it. */
export class BadWatchLineError extends Error {
  override readonly name = 'BadWatchLineError';
}

const VERSION = /^\d+$/;

/** Throws BadWatchLineError; its message never holds the line, which may be somebody's Secret. */
export function parseWatchLine<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = parseJson(line);
  if (!isRecord(event) || !isRecord(event['object'])) throw new BadWatchLineError('a watch line without an object');
  const object = event['object'];
  switch (event['type']) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (!isKubeObject(object)) throw new BadWatchLineError('a watch event without name, uid or resourceVersion');
      return { type: event['type'], object: object as T };
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: versionOf(object) };
    case 'ERROR':
      if (!isStatus(object)) throw new BadWatchLineError('a watch error that is no Status');
      return { type: 'ERROR', status: object };
    default:
      throw new BadWatchLineError('a watch event of an unknown type');
  }
}

/** True for what a store can keep. */
export function isKubeObject(value: unknown): value is KubeObject {
  if (!isRecord(value) || !isRecord(value['metadata'])) return false;
  const { name, uid, resourceVersion } = value['metadata'];
  return isText(name) && isText(uid) && isText(resourceVersion) && VERSION.test(resourceVersion);
}

function isStatus(object: Readonly<Record<string, unknown>>): boolean {
  const fits = (field: string, type: string): boolean => object[field] === undefined || typeof object[field] === type;
  return fits('code', 'number') && fits('reason', 'string') && fits('message', 'string');
}

function versionOf(object: Readonly<Record<string, unknown>>): string {
  const version = isRecord(object['metadata']) ? object['metadata']['resourceVersion'] : undefined;
  if (typeof version !== 'string' || !VERSION.test(version)) {
    throw new BadWatchLineError('a bookmark without a resourceVersion');
  }
  return version;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new BadWatchLineError('a watch line that is not JSON');
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
