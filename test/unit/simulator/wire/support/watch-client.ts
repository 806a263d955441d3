// A client's side of a property filter: applies update sets to a picture of the inventory, as a careful client would.
import { parsePath, writePath } from '../../../../../src/simulator/core/property-path.ts';
import type { MoRef } from '../../../../../src/vsphere/mo-ref.ts';
import type { TypedValue } from '../../../../../src/simulator/wire/typed-value.ts';
import type { UpdateSet } from '../../../../../src/simulator/property-collector/collector.ts';

interface PropertyChange {
  readonly name: string;
  readonly op: 'add' | 'assign' | 'remove' | 'indirectRemove';
  readonly val?: TypedValue;
}

interface ObjectUpdate {
  readonly kind: 'enter' | 'modify' | 'leave';
  readonly obj: MoRef;
  readonly changeSet?: readonly PropertyChange[];
}

/** Path → value, by MoRef value. Paths are those of the filter. */
export type Picture = Map<string, Record<string, unknown>>;

export class WatchClient {
  readonly picture: Picture = new Map();
  version = '';
  /** Objects in all update sets so far. */
  updates = 0;
  readonly #paths: readonly string[];

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  apply(set: UpdateSet): void {
    this.version = String(set['version']);
    for (const filter of (set['filterSet'] ?? []) as { objectSet?: ObjectUpdate[] }[]) {
      for (const update of filter.objectSet ?? []) this.#applyObject(update);
    }
  }

  #applyObject({ kind, obj, changeSet }: ObjectUpdate): void {
    this.updates += 1;
    const known = this.picture.get(obj.value);
    if ((kind === 'enter') === (known !== undefined))
      throw new Error(`${kind} of ${obj.value}, which is ${known === undefined ? 'not ' : ''}known`);
    if (kind === 'leave') {
      this.picture.delete(obj.value);
      return;
    }
    const values = known ?? {};
    for (const change of changeSet ?? []) this.#applyChange(values, change);
    this.picture.set(obj.value, values);
  }

  #applyChange(values: Record<string, unknown>, { name, op, val }: PropertyChange): void {
    const path = this.#paths.find(
      (candidate) => name === candidate || name.startsWith(`${candidate}.`) || name.startsWith(`${candidate}[`),
    );
    if (path === undefined) throw new Error(`nobody asked for ${name}`);
    const value = op === 'add' || op === 'assign' ? val?.content : undefined;
    // The rest of the name, below the path that was asked for.
    const below = parsePath(`root${name.slice(path.length)}`);
    if (below === undefined) throw new Error(`malformed name ${name}`);
    const next = writePath({ root: values[path] }, below, value) as { root?: unknown };
    if (next.root === undefined) delete values[path];
    else values[path] = next.root;
  }
}
