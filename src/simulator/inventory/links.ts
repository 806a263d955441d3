// Lists of references on managed objects (`host.vm`, `folder.childEntity`): adding, removing, reading.
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';

/** The references that a property lists; none when it is unset. */
export function refsAt(object: SimObject, property: string): readonly MoRef[] {
  return (object.get(property) as readonly MoRef[] | undefined) ?? [];
}

/** The reference that a property holds. Throws when it is unset: a mistake of ours. */
export function refAt(object: SimObject, property: string): MoRef {
  const ref = object.get(property) as MoRef | undefined;
  if (ref === undefined) throw new Error(`${moRefKey(object.ref)} has no ${property}`);
  return ref;
}

/** Adds `ref` unless it is there. */
export function link(object: SimObject, property: string, ref: MoRef): void {
  object.addRef(property, ref);
}

export function unlink(object: SimObject, property: string, ref: MoRef): void {
  object.removeRef(property, ref);
}

export function sameRef(one: MoRef | undefined, other: MoRef | undefined): boolean {
  return one !== undefined && other !== undefined && one.value === other.value && one.type === other.type;
}
