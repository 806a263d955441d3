// The answer of WaitForUpdatesEx as decoded (vSphere API: UpdateSet and below).
import type { MoRef } from '../mo-ref.ts';
import type { MissingProperty } from '../object-state.ts';

export interface PropertyChange {
  readonly name: string;
  readonly op: 'add' | 'remove' | 'assign' | 'indirectRemove';
  /** Absent: the property has no value any more. */
  readonly val?: unknown;
}

export interface ObjectUpdate {
  /** An `enter` may come again for an object that is there already. */
  readonly kind: 'enter' | 'modify' | 'leave';
  readonly obj: MoRef;
  readonly changeSet?: readonly PropertyChange[];
  readonly missingSet?: readonly MissingProperty[];
}

export interface MissingObject {
  readonly obj: MoRef;
  readonly fault: unknown;
}

export interface FilterUpdate {
  readonly filter: MoRef;
  readonly objectSet?: readonly ObjectUpdate[];
  readonly missingSet?: readonly MissingObject[];
}

export interface UpdateSet {
  readonly version: string;
  readonly filterSet?: readonly FilterUpdate[];
  /** There is more of the same state: the next page is asked for at once. */
  readonly truncated?: boolean;
}

/** Properties after a change set; `before` is what they were, nothing at an `enter`. */
export function applyChanges(
  before: Readonly<Record<string, unknown>>,
  changes: readonly PropertyChange[],
): Record<string, unknown> {
  const after: Record<string, unknown> = { ...before };
  for (const { name, op, val } of changes) {
    if (val === undefined || op === 'remove' || op === 'indirectRemove') delete after[name];
    else after[name] = val;
  }
  return after;
}
