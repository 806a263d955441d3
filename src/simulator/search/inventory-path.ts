// Inventory paths: `DC0/vm/labs/web%2f1`. In names `/`, `\` and `%` are escaped, in paths the slash separates, so a path
// is split first and its parts are compared unescaped.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { isManagedA } from '../schema/schema.ts';
import type { SimObject } from '../core/sim-object.ts';

/** From a reference to its object, if that may be seen. */
export type Resolve = (ref: MoRef) => SimObject | undefined;

/** Where an entity's children are listed, by type. */
const CHILD_PATHS: readonly (readonly [string, readonly string[]])[] = [
  ['Folder', ['childEntity']],
  ['Datacenter', ['vmFolder', 'hostFolder', 'datastoreFolder', 'networkFolder']],
  ['ComputeResource', ['host', 'resourcePool']],
  ['ResourcePool', ['resourcePool', 'vm']],
];

/** The entity at a path below `root`; undefined when there is none. */
export function findByPath(resolve: Resolve, root: SimObject, path: string): SimObject | undefined {
  let at: SimObject | undefined = root;
  for (const part of path.split('/').filter((text) => text !== '')) {
    at = at === undefined ? undefined : findChild(resolve, at, part);
  }
  return at;
}

/** The direct child of `parent` with this name, escaped or not. */
export function findChild(resolve: Resolve, parent: SimObject, name: string): SimObject | undefined {
  const wanted = unescapeName(name);
  for (const child of childrenOf(resolve, parent)) {
    const own = child.get('name');
    if (typeof own === 'string' && (own === name || unescapeName(own) === wanted)) return child;
  }
  return undefined;
}

function* childrenOf(resolve: Resolve, parent: SimObject): Iterable<SimObject> {
  const paths = CHILD_PATHS.find(([type]) => isManagedA(parent.type, type))?.[1] ?? [];
  for (const path of paths) {
    const value = parent.get(path);
    for (const ref of Array.isArray(value) ? value : [value]) {
      const child = isMoRef(ref) ? resolve(ref) : undefined;
      if (child !== undefined) yield child;
    }
  }
}

function unescapeName(name: string): string {
  return name.replaceAll(/%(2f|5c|25)/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
