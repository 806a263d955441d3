// The model that `npm run simulator` runs: linked clones and what they are made of.
import type { SimulatorModel } from './core/model.ts';
import { describeInventory } from './inventory/describe.ts';
import { buildModel } from './inventory/model.ts';
import { parseInventory } from './inventory/parse-inventory.ts';
import type { Seed } from './inventory/seed.ts';

export const linkedCloneModel: SimulatorModel = {
  parse: parseInventory,
  build: (world, seed) => buildModel(world, seed as Seed),
  describe: describeInventory,
};
