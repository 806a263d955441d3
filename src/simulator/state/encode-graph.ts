// Any graph of the model's values as JSON: objects that are shared or refer to each other stay so. Every object is a node of
// a list; a value is itself, or `[n]` for node n. What is neither data nor one of the known classes can't be saved, which is a
// mistake of ours.
import { SimObject } from '../core/sim-object.ts';
import { Volume } from '../disks/volume.ts';
import { SnapshotTree } from '../snapshots/snapshot-tree.ts';
import { VmHome } from '../vm/vm-home.ts';

/** A scalar, `[n]`, or `['undefined']`. */
export type Encoded = string | number | boolean | null | readonly [number] | readonly ['undefined'];

export type Fields = Readonly<Record<string, Encoded>>;

export type Node =
  | { readonly o: Fields }
  | { readonly a: readonly Encoded[] }
  | { readonly m: readonly (readonly [Encoded, Encoded])[] }
  | { readonly s: readonly Encoded[] }
  /** MoRef value of its datastore. */
  | { readonly volume: string }
  | { readonly object: Fields }
  | { readonly home: Fields }
  | { readonly tree: Fields };

export interface Graph {
  readonly nodes: readonly Node[];
  readonly root: Encoded;
}

export function encodeGraph(root: unknown): Graph {
  const numbers = new Map<object, number>();
  const found: object[] = [];
  const nodes: Node[] = [];
  function encode(value: unknown): Encoded {
    if (value === undefined) return ['undefined'];
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value;
    if (typeof value !== 'object') throw new Error(`a ${typeof value} can't be saved`);
    let number = numbers.get(value);
    if (number === undefined) {
      number = found.length;
      numbers.set(value, number);
      found.push(value);
    }
    return [number];
  }
  const encoded = encode(root);
  // The list grows while it is walked: no recursion, however deep a chain is.
  for (const value of found) nodes.push(nodeOf(value, encode));
  return { nodes, root: encoded };
}

function nodeOf(value: object, encode: (value: unknown) => Encoded): Node {
  const fields = (record: object): Fields =>
    Object.fromEntries(Object.entries(record).map(([key, field]) => [key, encode(field)]));
  if (Array.isArray(value)) return { a: value.map(encode) };
  if (value instanceof Map) return { m: [...value].map(([key, entry]) => [encode(key), encode(entry)] as const) };
  if (value instanceof Set) return { s: [...value].map(encode) };
  if (value instanceof Volume) return { volume: value.ref.value };
  if (value instanceof VmHome) return { home: fields(value.save()) };
  if (value instanceof SnapshotTree) return { tree: fields(value.save()) };
  if (value instanceof SimObject)
    return { object: fields({ type: value.type, value: value.value, properties: value.stored() }) };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new Error(`a ${value.constructor.name} can't be saved`);
  return { o: fields(value) };
}
