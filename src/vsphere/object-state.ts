// What was read of one object: the properties that have a value, and the faults of those that couldn't be read. Three
// different things must not be taken for each other: unset (in neither), not readable (in `missing`), object gone (no state).
import { errorFromFault } from './faults.ts';
import type { VSphereError } from './faults.ts';
import type { MoRef } from './mo-ref.ts';

export interface ObjectState {
  readonly ref: MoRef;
  /** By the path that was asked for. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** By path; NoPermission and the like. Whoever decides on absence has to look here first. */
  readonly missing: Readonly<Record<string, VSphereError>>;
}

/** MissingProperty of the vSphere API. */
export interface MissingProperty {
  readonly path: string;
  readonly fault: unknown;
}

/** ObjectContent of the vSphere API. */
export interface ObjectContent {
  readonly obj: MoRef;
  readonly propSet?: readonly { readonly name: string; readonly val: unknown }[];
  readonly missingSet?: readonly MissingProperty[];
}

export function toObjectState({ obj, propSet = [], missingSet = [] }: ObjectContent): ObjectState {
  return {
    ref: obj,
    properties: Object.fromEntries(propSet.map(({ name, val }) => [name, val])),
    missing: toMissing(obj, missingSet),
  };
}

/** For whoever takes an unset property for an answer: throws the fault of the first that could not be read. */
export function refuseMissing({ missing }: ObjectState): void {
  const refused = Object.values(missing)[0];
  if (refused !== undefined) throw refused;
}

/** It was removed while it was read; that says nothing of what it was in. */
export function hasVanished({ missing }: ObjectState): boolean {
  // of a task that is gone the kind is another: what it did isn't known
  return Object.values(missing).some(({ kind, fault }) => kind === 'notFound' || fault === 'ManagedObjectNotFound');
}

export function toMissing(ref: MoRef, missingSet: readonly MissingProperty[]): Record<string, VSphereError> {
  return Object.fromEntries(
    missingSet.map(({ path, fault }) => [path, errorFromFault(fault, { method: `reading ${path}`, object: ref })]),
  );
}
