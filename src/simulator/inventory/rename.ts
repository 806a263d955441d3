// Renaming an entity. A VM's name is in its configuration too; its files keep theirs.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { sameRef } from './links.ts';
import type { Model } from './model-state.ts';

/** Throws DuplicateName when something else in the folder has the name. */
export function demandNewName(model: Model, object: SimObject, name: string): void {
  const parent = object.get('parent') as MoRef | undefined;
  if (parent === undefined) return;
  // The same name in other letters is no conflict with oneself.
  if (!sameRef(model.names.find(parent, name), object.ref)) model.names.demandFree(parent, name);
}

/** Throws DuplicateName. */
export function rename(model: Model, object: SimObject, name: string): void {
  demandNewName(model, object, name);
  const parent = object.get('parent') as MoRef | undefined;
  if (parent !== undefined) {
    model.names.release(parent, String(object.get('name')));
    model.names.claim(parent, name, object.ref);
  }
  object.setMany(object.type === 'VirtualMachine' ? { name, 'config.name': name } : { name });
}
