// What the simulated vCenter needs from whoever fills it: an inventory out of a file, the methods on it, and a
// description of it for tests. The simulator's own model is the default; tests of the wire bring a small one.
import type { MethodTable } from './call-context.ts';
import type { SavedState } from '../state/saved-state.ts';
import type { World } from './world.ts';

export interface SimulatorModel {
  /** Reads an inventory file. Throws an error whose message names line and field. */
  parse(text: string): unknown;
  /** Fills the world with what `parse` gave. */
  build(world: World, seed: unknown, saved?: SavedState): MethodTable;
  /** For `--state`: what `build` takes at the next start. What runs is undone when it is the `last` time. */
  save?(world: World, last: boolean): SavedState;
  /** The answer to GET /v1/inventory. */
  describe(world: World): unknown;
}
