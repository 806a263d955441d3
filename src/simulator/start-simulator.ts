// The simulator as a whole, for tests and the demo: `startSimulator({ inventory })` gives a vCenter that listens on free
// loopback ports.
import type { SimulatorOptions } from './core/simulator-options.ts';
import { withDefaults } from './default-options.ts';
import { linkedCloneModel } from './simulator-model.ts';
import { startVCenter } from './start-vcenter.ts';
import type { RunningSimulator } from './start-vcenter.ts';

export type { RunningSimulator };

/** Rejects with an InventoryError for a bad inventory, and with the system's error when a port is taken. */
export function startSimulator(options: Partial<SimulatorOptions> = {}): Promise<RunningSimulator> {
  return startVCenter(withDefaults(options), linkedCloneModel);
}
