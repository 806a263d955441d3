// What changed between two values of a property, in vCenter's terms: nested paths, and elements of keyed lists that came,
// went or changed. Guarantee: applying the changes in order to the old value gives the new one.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import { elementKey } from '../core/property-path.ts';

export interface ValueChange {
  readonly name: string;
  readonly op: 'assign' | 'add' | 'remove';
  /** Undefined: unset, or removed. */
  readonly value: unknown;
}

type Data = Readonly<Record<string, unknown>>;

/** Deep equality of two vim25 values. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((element, index) => sameValue(element, other[index]));
  }
  const [left, right] = [one as Data, other as Data];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) if (!sameValue(left[key], right[key])) return false;
  return true;
}

/** The smallest changes that lead from `before` to `after`, named from `path` on. Empty when nothing changed. */
export function diffValues(path: string, before: unknown, after: unknown): readonly ValueChange[] {
  if (sameValue(before, after)) return [];
  if (isData(before) && isData(after) && before['$type'] === after['$type']) return diffData(path, before, after);
  if (Array.isArray(before) && Array.isArray(after)) {
    const changes = diffKeyed(path, before, after);
    if (changes !== undefined) return changes;
  }
  return [{ name: path, op: 'assign', value: after }];
}

function isData(value: unknown): value is Data {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    (Object.hasOwn(value, '$type') || !isMoRef(value))
  );
}

function diffData(path: string, before: Data, after: Data): readonly ValueChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => diffValues(`${path}.${name}`, before[name], after[name]));
}

/** Undefined when the lists can't be told apart by key, or their order changed: then the whole list is the change. */
function diffKeyed(
  path: string,
  before: readonly unknown[],
  after: readonly unknown[],
): readonly ValueChange[] | undefined {
  const [old, now] = [byKey(before), byKey(after)];
  if (old === undefined || now === undefined) return undefined;
  const kept = [...old.keys()].filter((key) => now.has(key));
  // New elements are put at the end when changes are applied, so they must be there.
  if (![...now.keys()].every((key, index) => index >= kept.length || key === kept[index])) return undefined;
  const element = (key: string): string => `${path}[${keyText(now.get(key) ?? old.get(key))}]`;
  return [
    ...[...old.keys()]
      .filter((key) => !now.has(key))
      .map((key) => ({ name: element(key), op: 'remove' as const, value: undefined })),
    ...kept.flatMap((key) => diffValues(element(key), old.get(key), now.get(key))),
    ...[...now.keys()]
      .filter((key) => !old.has(key))
      .map((key) => ({ name: element(key), op: 'add' as const, value: now.get(key) })),
  ];
}

/** Elements by their key, in order; undefined unless each has one of its own that a path can hold. */
function byKey(list: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const elements = new Map<string, unknown>();
  for (const element of list) {
    const key = elementKey(element);
    if (key === undefined || elements.has(key) || key.includes('"')) return undefined;
    elements.set(key, element);
  }
  return elements;
}

function keyText(element: unknown): string {
  const key = (element as { key: string | number }).key;
  return typeof key === 'number' ? String(key) : `"${key}"`;
}
