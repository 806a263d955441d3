// The model that `npm run simulator` runs: linked clones and what they are made of.
import type { SimulatorModel } from './core/model.ts';
import { describeInventory } from './inventory/describe.ts';
import { buildModel } from './inventory/model.ts';
import { modelOf } from './inventory/model-state.ts';
import { parseInventory } from './inventory/parse-inventory.ts';
import type { Seed } from './inventory/seed.ts';
import { saveState } from './state/saved-state.ts';

export const linkedCloneModel: SimulatorModel = {
  parse: parseInventory,
  build: (world, seed, saved) => buildModel(world, seed as Seed, saved),
  save(world, last) {
    const model = modelOf(world);
    if (last) model.tasks.abortAll();
    return saveState(model);
  },
  describe: describeInventory,
};
