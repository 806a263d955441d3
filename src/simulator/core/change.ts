// What watchers hear: one thing that changed on one object. Changes say where, not what: the value is read from the
// object when somebody asks, so a burst of changes costs one read.
import type { SimObject } from './sim-object.ts';

export interface Change {
  readonly kind: 'modify' | 'enter' | 'leave';
  readonly object: SimObject;
  /** `runtime.powerState`; `config.hardware.device[4000]` for list elements with a key; '' for enter and leave. */
  readonly path: string;
  readonly op: 'assign' | 'add' | 'remove';
}
