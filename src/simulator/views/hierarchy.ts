// Who contains whom, read upwards: an entity knows its parent, a machine also its pool and its host. Upwards is cheap:
// a machine in a deep folder has some ten ancestors, its folder may have ten thousand children.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import { isManagedA } from '../schema/schema.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';

/** Properties that say what an entity is in. A change of one of them may move it into or out of a view. */
export const PARENT_PATHS: readonly string[] = ['parent', 'resourcePool', 'runtime.host', 'parentVApp'];

/** What may be the container of a container view. */
const CONTAINERS: readonly string[] = ['Folder', 'Datacenter', 'ComputeResource', 'ResourcePool', 'HostSystem'];

export function isContainer(object: SimObject): boolean {
  return CONTAINERS.some((type) => isManagedA(object.type, type));
}

/** The entities that `object` is directly in. */
export function parentsOf(registry: Registry, object: SimObject): readonly SimObject[] {
  const paths = object.type === 'VirtualMachine' ? PARENT_PATHS : ['parent'];
  return paths.flatMap((path) => {
    const ref = object.get(path);
    const parent = isMoRef(ref) ? registry.get(ref) : undefined;
    return parent === undefined ? [] : [parent];
  });
}

/** Every entity above `object`, nearest first, each once. */
export function ancestorsOf(registry: Registry, object: SimObject): ReadonlySet<SimObject> {
  const ancestors = new Set<SimObject>();
  const pending = [object];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    for (const parent of parentsOf(registry, next)) {
      if (ancestors.has(parent)) continue;
      ancestors.add(parent);
      pending.push(parent);
    }
  }
  return ancestors;
}
