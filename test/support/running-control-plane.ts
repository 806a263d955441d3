// Hands the shared control plane from jest's global set-up to its tear-down, which run in one process but may be loaded
// as modules of their own.
import type { ControlPlane } from '../../src/testbed/control-plane/control-plane.ts';

const SLOT = Symbol.for('linked-clone-operator.test-run.control-plane');
const slots = globalThis as { [SLOT]?: ControlPlane | undefined };

export function rememberControlPlane(controlPlane: ControlPlane): void {
  slots[SLOT] = controlPlane;
}

/** What was remembered, once. */
export function forgetControlPlane(): ControlPlane | undefined {
  const controlPlane = slots[SLOT];
  slots[SLOT] = undefined;
  return controlPlane;
}
