// Who depends on a VCenter: bases and clones that name it or are pinned to it. For a figure the cache will do; before the
// finalizer goes, the API server is asked, because a VM whose VCenter is gone could never be released.
import type { BaseSnapshot, LinkedClone, VCenter } from '../../api/types.generated.ts';
import type { KubeObject, Resource } from '../../kube/objects.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import { BASE_SNAPSHOTS, LINKED_CLONES } from '../shared/resources.ts';

export interface VCenterDependents {
  readonly bases: number;
  readonly clones: number;
}

interface VCenterPin {
  readonly name: string;
  readonly uid: string;
  readonly instanceUuid: string;
}

export function baseDependsOn(base: BaseSnapshot, vCenter: VCenter): boolean {
  return base.status?.vCenter === undefined
    ? base.spec.vCenterRef.name === vCenter.metadata.name
    : isPinnedTo(base.status.vCenter, vCenter);
}

export function cloneDependsOn(clone: LinkedClone, vCenter: VCenter): boolean {
  return clone.status?.vCenter !== undefined && isPinnedTo(clone.status.vCenter, vCenter);
}

/** One made later under its name for the same vCenter is what a pin is resolved by, so it's held like the first. */
function isPinnedTo(pin: VCenterPin, { metadata, status }: VCenter): boolean {
  return pin.uid === metadata.uid || (pin.name === metadata.name && pin.instanceUuid === status?.instanceUuid);
}

export function cachedDependents(runtime: Runtime, vCenter: VCenter): VCenterDependents {
  const name = vCenter.metadata.name;
  return {
    bases: runtime.stores.bases.byIndex(INDEX.vCenter, name).filter((base) => baseDependsOn(base, vCenter)).length,
    clones: runtime.stores.clones.byIndex(INDEX.vCenter, name).filter((clone) => cloneDependsOn(clone, vCenter)).length,
  };
}

/** The same from live lists. */
export async function liveDependents(runtime: Runtime, vCenter: VCenter): Promise<VCenterDependents> {
  const [bases, clones] = await Promise.all([
    listManaged(runtime, BASE_SNAPSHOTS),
    listManaged(runtime, LINKED_CLONES),
  ]);
  return {
    bases: bases.filter((base) => baseDependsOn(base, vCenter)).length,
    clones: clones.filter((clone) => cloneDependsOn(clone, vCenter)).length,
  };
}

/** All objects of a kind in the namespaces that this operator manages, live. */
export async function listManaged<T extends KubeObject>(
  { config, live }: Pick<Runtime, 'config' | 'live'>,
  resource: Resource<T>,
): Promise<readonly T[]> {
  const namespaces = config['watch-namespaces'];
  if (namespaces.length === 0) return live.list(resource);
  const lists = await Promise.all(namespaces.map((namespace) => live.list(resource, namespace)));
  return lists.flat();
}
