// Computed properties: VirtualMachine.summary follows from config, runtime, guest and storage and is never set by hand.
import type { SimObject } from './sim-object.ts';

export interface Derivation {
  readonly property: string;
  /** Paths on the same object: a change at, above or below one of them counts as a change of `property`. */
  readonly from: readonly string[];
  readonly compute: (object: SimObject) => unknown;
}

/** What an object needs from the registry that holds it. */
export interface ObjectHost {
  derivationsOf(type: string): ReadonlyMap<string, Derivation>;
  changed(object: SimObject, path: string, op: 'assign' | 'add' | 'remove'): void;
}
