// What was said of objects in a story, version by version: made, changed or deleted, by whomever. Not what the operator says
// of them: their status. After each of these versions the world is another one, so a view as of one of them is a true one of the past.
import type { HistoryEntry, KnownObject } from './history.ts';

export type Saying = 'made' | 'changed' | 'deleted';

export interface Word {
  readonly plural: string;
  readonly name: string;
  readonly what: Saying;
  /** The API server's version right after it. */
  readonly version: string;
}

/** What somebody wishes of the object. A deletion makes a generation of its own; annotations make none. */
function wishOf({ metadata }: KnownObject): string {
  return JSON.stringify([metadata.generation, metadata.annotations ?? {}]);
}

function sayingOf(before: KnownObject | undefined, now: KnownObject): Saying | undefined {
  if (before === undefined) return 'made';
  if (now.metadata.deletionTimestamp !== before.metadata.deletionTimestamp)
    return before.metadata.deletionTimestamp === undefined ? 'deleted' : undefined;
  return wishOf(before) === wishOf(now) ? undefined : 'changed';
}

export function pluralOf({ kind }: Pick<KnownObject, 'kind'>): string {
  return `${kind.toLowerCase()}s`;
}

/** What was said of objects in the namespace, and of those in none, after the version `since`; in the order of versions. */
export function wordsOf(entries: readonly HistoryEntry[], since: string, namespace: string): Word[] {
  const last = new Map<string, KnownObject>();
  const words: Word[] = [];
  for (const { type, object } of entries) {
    const { uid, name, resourceVersion, namespace: home = namespace } = object.metadata;
    const what = type === 'DELETED' ? undefined : sayingOf(last.get(uid), object);
    last.set(uid, object);
    if (what === undefined || home !== namespace || BigInt(resourceVersion) <= BigInt(since)) continue;
    words.push({ plural: pluralOf(object), name, what, version: resourceVersion });
  }
  return words.toSorted((a, b) => Number(BigInt(a.version) - BigInt(b.version)));
}
