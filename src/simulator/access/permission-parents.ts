// From where an entity inherits permissions. Most have one parent; a machine inherits from its folder and, at the same time,
// from its resource pool, or from its host while it's in no pool (vSphere Security, "Hierarchical Inheritance of Permissions").
import { isMoRef } from '../../vsphere/mo-ref.ts';
import { ownerOf } from '../core/belongs-to.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { isManagedA } from '../schema/schema.ts';

/** Both of a machine's parents, the one of anything else; none for the root folder. */
export function permissionParents(registry: Registry, entity: SimObject): readonly SimObject[] {
  const parent = objectAt(registry, entity, 'parent');
  const parents = parent === undefined ? [] : [parent];
  if (entity.type !== 'VirtualMachine') return parents;
  const compute = objectAt(registry, entity, 'resourcePool') ?? objectAt(registry, entity, 'runtime.host');
  return compute === undefined ? parents : [...parents, compute];
}

/** True when a change of the property may change what an entity inherits. */
export function isInheritancePath(entity: SimObject, path: string): boolean {
  if (path === 'parent') return true;
  if (entity.type !== 'VirtualMachine') return false;
  return path === 'resourcePool' || (path === 'runtime.host' && entity.get('resourcePool') === undefined);
}

/**
 * The entity whose permissions count for an object: a task's is what it works on, a snapshot's its machine, a manager's the
 * root folder. Undefined for a task whose entity is gone.
 */
export function permissionEntity(registry: Registry, root: SimObject, object: SimObject): SimObject | undefined {
  if (isManagedA(object.type, 'ManagedEntity')) return object;
  if (object.type === 'Task') {
    const entity = objectAt(registry, object, 'info.entity');
    return entity === undefined ? undefined : permissionEntity(registry, root, entity);
  }
  if (object.type === 'VirtualMachineSnapshot') return objectAt(registry, object, 'vm') ?? root;
  return ownerOf(object) ?? root;
}

function objectAt(registry: Registry, object: SimObject, path: string): SimObject | undefined {
  const ref = object.get(path);
  return isMoRef(ref) ? registry.get(ref) : undefined;
}
