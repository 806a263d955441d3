// Moving an entity to another folder of the same kind.
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { link, refAt, unlink } from './links.ts';
import type { Model } from './model-state.ts';

/** Throws DuplicateName, or InvalidFolder for a folder below the entity itself. */
export function moveEntity(model: Model, entity: SimObject, folder: SimObject): void {
  const { registry } = model.world;
  for (let at: SimObject | undefined = folder; at !== undefined; at = parentOf(at)) {
    if (at === entity)
      throw new VimFault('InvalidFolder', { target: entity.ref }, 'An entity cannot be moved into itself or below.');
  }
  const before = registry.must(refAt(entity, 'parent'));
  if (before === folder) return;
  const name = String(entity.get('name'));
  model.names.claim(folder.ref, name, entity.ref);
  model.names.release(before.ref, name);
  unlink(before, 'childEntity', entity.ref);
  entity.set('parent', folder.ref);
  link(folder, 'childEntity', entity.ref);

  function parentOf(object: SimObject): SimObject | undefined {
    const parent = object.get('parent') as SimObject['ref'] | undefined;
    return parent === undefined ? undefined : registry.get(parent);
  }
}
