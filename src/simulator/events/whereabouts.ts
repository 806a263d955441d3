// What something was about and what that was in, kept with an event or a task: an entity that is gone is still found under
// its folder, and read by those who see the folder.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { World } from '../core/world.ts';

export interface Whereabouts {
  /** Undefined: the vCenter itself. */
  readonly about: MoRef | undefined;
  /** Its parents, the nearest first; then, for a VM, its host and its pool with theirs. */
  readonly ancestors: readonly MoRef[];
}

/** EventFilterSpec and TaskFilterSpec by entity. */
export interface ByEntity {
  readonly entity: MoRef;
  readonly recursion: string;
}

/** As of now. What is about the vCenter itself is found under the root folder. */
export function whereaboutsOf({ registry, rootFolder }: World, entity: SimObject | undefined): Whereabouts {
  if (entity === undefined) return { about: undefined, ancestors: [rootFolder.ref] };
  const found = new Map<string, MoRef>();
  const starts = [entity.get('parent')];
  if (entity.type === 'VirtualMachine') starts.push(entity.get('runtime.host'), entity.get('resourcePool'));
  for (const start of starts) {
    for (let at = start; isMoRef(at) && !found.has(at.value); at = registry.get(at)?.get('parent'))
      found.set(at.value, at);
  }
  return { about: entity.ref, ancestors: [...found.values()] };
}

/** Whether a filter by entity means it. */
export function isMeant({ entity, recursion }: ByEntity, { about, ancestors }: Whereabouts): boolean {
  if (recursion !== 'children' && about?.value === entity.value) return true;
  return recursion !== 'self' && ancestors.some((ancestor) => ancestor.value === entity.value);
}
