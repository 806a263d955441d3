// Property paths as vSphere writes them: `config.hardware.device[4000].backing.fileName`, `config.extraConfig["key"]`.
// A list element is addressed by its `key` field. Reading never throws: what isn't there is undefined. Writing copies
// the containers along the path and shares the rest, so whoever holds an old value keeps it unchanged.

export interface PathSegment {
  readonly text: string;
  /** True for `[text]`: an element of a list, by its `key`. */
  readonly isKey: boolean;
}

const SEGMENT = /(?:^|\.)([^.[\]"]+)|\[(?:"([^"]*)"|([^\]]*))\]/gy;
const CACHE_LIMIT = 4096;
/** Longer paths aren't kept: clients may send any. */
const LONGEST_CACHED = 256;
const cache = new Map<string, readonly PathSegment[]>();

/** Splits a path; undefined when it is malformed. Results of ordinary length are cached, at most CACHE_LIMIT of them. */
export function parsePath(path: string): readonly PathSegment[] | undefined {
  const cached = cache.get(path);
  if (cached !== undefined) return cached;
  const segments: PathSegment[] = [];
  SEGMENT.lastIndex = 0;
  while (SEGMENT.lastIndex < path.length) {
    const match = SEGMENT.exec(path);
    if (match === null) return undefined;
    const name = match[1];
    segments.push(
      name === undefined ? { text: match[2] ?? match[3] ?? '', isKey: true } : { text: name, isKey: false },
    );
  }
  if (segments.length === 0 || segments[0]?.isKey === true) return undefined;
  if (path.length > LONGEST_CACHED) return segments;
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(path, segments);
  return segments;
}

/** True when a change at `one` can be seen at `other`: equal, or one encloses the other. */
export function pathsTouch(one: string, other: string): boolean {
  return one === other || encloses(one, other) || encloses(other, one);
}

/** True when `inner` lies strictly below `outer`. */
export function encloses(outer: string, inner: string): boolean {
  if (inner.length <= outer.length || !inner.startsWith(outer)) return false;
  const next = inner[outer.length];
  return next === '.' || next === '[';
}

/** The key of a list element as it stands in a path; undefined when the element has none. */
export function elementKey(element: unknown): string | undefined {
  if (typeof element !== 'object' || element === null) return undefined;
  const key = (element as Record<string, unknown>)['key'];
  return typeof key === 'string' || typeof key === 'number' ? String(key) : undefined;
}

/** One step down from `value`. */
export function step(value: unknown, segment: PathSegment): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (segment.isKey) {
    return Array.isArray(value) ? value.find((element) => elementKey(element) === segment.text) : undefined;
  }
  return Object.hasOwn(value, segment.text) ? (value as Record<string, unknown>)[segment.text] : undefined;
}

/** The value at `segments` from index `from` on, below `root`. */
export function readPath(root: unknown, segments: readonly PathSegment[], from = 0): unknown {
  let at = root;
  for (let i = from; i < segments.length; i++) {
    if (at === undefined) return undefined;
    at = step(at, segments[i] as PathSegment);
  }
  return at;
}

/** A copy of `root` with `value` at the path; undefined removes the field or the list element. Missing containers are made. */
export function writePath(root: unknown, segments: readonly PathSegment[], value: unknown, from = 0): unknown {
  const segment = segments[from];
  if (segment === undefined) return value;
  const next = writePath(step(root, segment), segments, value, from + 1);
  if (segment.isKey) return withElement(Array.isArray(root) ? root : [], segment.text, next);
  const copy: Record<string, unknown> = { ...(root as Record<string, unknown> | undefined) };
  if (next === undefined) delete copy[segment.text];
  else copy[segment.text] = next;
  return copy;
}

function withElement(list: readonly unknown[], key: string, element: unknown): readonly unknown[] {
  const index = list.findIndex((candidate) => elementKey(candidate) === key);
  if (element === undefined) return index < 0 ? list : list.toSpliced(index, 1);
  return index < 0 ? [...list, element] : list.with(index, element);
}
